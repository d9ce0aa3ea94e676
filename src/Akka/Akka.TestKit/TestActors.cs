#nullable disable
using Akka.Actor;

namespace Akka.TestKit.TestActors;

/// <summary>Takes everything and does nothing.</summary>
public class BlackHoleActor : ActorBase
{
    public static Props Props { get; } = Props.Create<BlackHoleActor>();

    protected override bool Receive(object message) => true;
}

/// <summary>Sends everything to the test actor, and back to the sender.</summary>
public class EchoActor : ReceiveActor
{
    public EchoActor(TestKitBase testkit, bool echoBackToSenderAsWell = true) => ReceiveAny(message =>
    {
        IActorRef sender = Sender;
        IActorRef testActor = testkit.TestActor;
        if (echoBackToSenderAsWell && !testActor.Equals(sender)) sender.Tell(message);
        testActor.Tell(message, sender);
    });

    public static Props Props(TestKitBase testkit, bool echoBackToSenderAsWell = true) => Actor.Props.Create(() => new EchoActor(testkit, echoBackToSenderAsWell));
}

/// <summary>Sends everything back to the sender.</summary>
public class SimpleEchoActor : ReceiveActor
{
    public SimpleEchoActor() => ReceiveAny(message => Sender.Tell(message, Self));

    public static Props Props() => Actor.Props.Create(() => new SimpleEchoActor());
}

/// <summary>Passes everything on.</summary>
public class ForwardActor : ReceiveActor
{
    public ForwardActor(IActorRef target) => ReceiveAny(target.Forward);

    public static Props Props(IActorRef target) => Actor.Props.Create(() => new ForwardActor(target));
}

/// <summary>Leaves everything unhandled.</summary>
public class UnhandledMessageActor : ReceiveActor
{
}
