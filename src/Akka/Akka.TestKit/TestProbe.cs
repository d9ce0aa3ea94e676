#nullable disable
using Akka.Actor;
using Akka.Dispatch.SysMsg;
using Akka.Util;

namespace Akka.TestKit;

/// <summary>A test actor with a queue of its own; it can be used as a reference.</summary>
public class TestProbe : TestKitBase, INoImplicitSender, IInternalActorRef
{
    public TestProbe(ActorSystem system, ITestKitAssertions assertions, string testProbeName = null)
        : base(assertions, system, testProbeName)
    {
    }

    bool IActorRefScope.IsLocal => Internal.IsLocal;

    bool IInternalActorRef.IsTerminated => Internal.IsTerminated;

    IInternalActorRef IInternalActorRef.Parent => Internal.Parent;

    ActorPath IActorRef.Path => TestActor.Path;

    IActorRefProvider IInternalActorRef.Provider => Internal.Provider;

    /// <summary>The probe's reference.</summary>
    public IActorRef Ref => TestActor;

    /// <summary>Sender of the message that was taken last.</summary>
    public IActorRef Sender => LastSender;

    private IInternalActorRef Internal => (IInternalActorRef)TestActor;

    public IActorRef ChildActorOf<T>(string name, SupervisorStrategy supervisorStrategy, CancellationToken cancellationToken = default)
        where T : ActorBase => ChildActorOf(Props.Create<T>(), name, supervisorStrategy, cancellationToken);

    public IActorRef ChildActorOf<T>(SupervisorStrategy supervisorStrategy, CancellationToken cancellationToken = default)
        where T : ActorBase => ChildActorOf(Props.Create<T>(), supervisorStrategy, cancellationToken);

    public IActorRef ChildActorOf<T>(string name, CancellationToken cancellationToken = default)
        where T : ActorBase => ChildActorOf(Props.Create<T>(), name, cancellationToken);

    public IActorRef ChildActorOf<T>(CancellationToken cancellationToken = default)
        where T : ActorBase => ChildActorOf(Props.Create<T>(), cancellationToken);

    public int CompareTo(object obj) => TestActor.CompareTo(obj);

    int IComparable<IActorRef>.CompareTo(IActorRef other) => TestActor.CompareTo(other);

    /// <exception cref="NotSupportedException">Always: create probes from the test.</exception>
    public override TestProbe CreateTestProbe(string name = null) =>
        throw new NotSupportedException("Cannot create a TestProbe from a TestProbe");

    public override bool Equals(object obj) => TestActor.Equals(obj is TestProbe probe ? probe.TestActor : obj);

    bool IEquatable<IActorRef>.Equals(IActorRef other) => Equals((object)other);

    /// <summary>Passes a message on with the sender of the last one.</summary>
    public void Forward(IActorRef actor, object message) => actor.Tell(message, Sender);

    /// <summary>Passes the last message on with its sender.</summary>
    public void Forward(IActorRef actor) => actor.Tell(LastMessage, Sender);

    public override int GetHashCode() => TestActor.GetHashCode();

    /// <summary>Answers the sender of the last message.</summary>
    public void Reply(object message) => Sender.Tell(message, TestActor);

    /// <summary>Sends with the probe as the sender.</summary>
    public void Send(IActorRef actor, object message) => actor.Tell(message, TestActor);

    public void SendSystemMessage(ISystemMessage message, IActorRef sender) => Internal.SendSystemMessage(message);

    public void SendSystemMessage(ISystemMessage message) => Internal.SendSystemMessage(message);

    public override string ToString() => $"TestProbe({TestActor})";

    void ICanTell.Tell(object message, IActorRef sender) => TestActor.Tell(message, sender);

    IActorRef IInternalActorRef.GetChild(IReadOnlyList<string> name) => Internal.GetChild(name);

    void IInternalActorRef.Restart(Exception cause) => Internal.Restart(cause);

    void IInternalActorRef.Resume(Exception causedByFailure) => Internal.Resume(causedByFailure);

    void IInternalActorRef.Start() => Internal.Start();

    void IInternalActorRef.Stop() => Internal.Stop();

    void IInternalActorRef.Suspend() => Internal.Suspend();

    ISurrogate ISurrogated.ToSurrogate(ActorSystem system) => TestActor.ToSurrogate(system);
}
