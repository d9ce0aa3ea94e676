#nullable disable
using Akka.Actor;
using Akka.Actor.Internal;
using Akka.Dispatch;

namespace Akka.TestKit.Internal;

/// <summary>The reference behind a <see cref="TestActorRef{TActor}"/>.</summary>
public class InternalTestActorRef : LocalActorRef
{
    private static long numbers;

    private InternalTestActorRef(
        ActorSystemImpl system, Props props, MessageDispatcher dispatcher, MailboxType mailboxType, IInternalActorRef supervisor, ActorPath path)
        : base(system, props, dispatcher, mailboxType, supervisor, path)
    {
    }

    /// <summary>The actor.</summary>
    /// <exception cref="IllegalActorStateException">It has stopped.</exception>
    public object UnderlyingActor => GetTestActorCell().Actor
        ?? throw new IllegalActorStateException($"[{Path}] has no actor: it has stopped or could not be created.");

    /// <summary>Creates the actor below a supervisor, or below the user guardian.</summary>
    public static InternalTestActorRef Create(ActorSystem system, Props props, IActorRef supervisor = null, string name = null)
    {
        var implementation = (ActorSystemImpl)system;
        supervisor ??= implementation.Guardian;
        Props onCallingThread = props.Deploy.Dispatcher == Deploy.NoDispatcherGiven ? props.WithDispatcher(CallingThreadDispatcher.Id) : props;
        MessageDispatcher dispatcher = system.Dispatchers.Lookup(onCallingThread.Dispatcher);
        MailboxType mailbox = system.Mailboxes.GetMailboxType(onCallingThread, dispatcher.Configurator.Config);
        var path = new ChildActorPath(supervisor.Path, name ?? CreateUniqueName(), Random.Shared.Next(1, int.MaxValue));
        var actor = new InternalTestActorRef(implementation, onCallingThread, dispatcher, mailbox, (IInternalActorRef)supervisor, path);
        if (supervisor is LocalActorRef local) local.Cell.InitChild(actor);
        else ((IInternalActorRef)supervisor).SendSystemMessage(new Dispatch.SysMsg.Supervise(actor, async: false));
        actor.Start();
        return actor;
    }

    public static string CreateUniqueName() => $"testActor{Interlocked.Increment(ref numbers)}-ref";

    /// <summary>Has the actor process a message now; exceptions come through.</summary>
    public void Receive(object message, IActorRef sender = null) =>
        GetTestActorCell().ReceiveMessageForTest(new Envelope(message, sender ?? System.DeadLetters));

    public override string ToString() => $"TestActor[{Path}]";

    /// <summary>Has the actor end a watch.</summary>
    public void Unwatch(IActorRef subject) => Cell.UseThreadContext(() => Cell.Unwatch(subject));

    /// <summary>Has the actor watch another.</summary>
    public void Watch(IActorRef subject) => Cell.UseThreadContext(() => Cell.Watch(subject));

    protected TestActorCell GetTestActorCell() => (TestActorCell)Cell;

    protected override ActorCell NewActorCell(
        ActorSystemImpl system, IInternalActorRef self, Props props, MessageDispatcher dispatcher, IInternalActorRef supervisor) =>
        new TestActorCell(system, self, props, dispatcher, supervisor);

    /// <summary>A cell that shows its actor.</summary>
    protected class TestActorCell : ActorCell
    {
        public TestActorCell(ActorSystemImpl system, IInternalActorRef self, Props props, MessageDispatcher dispatcher, IInternalActorRef parent)
            : base(system, self, props, dispatcher, parent)
        {
        }

        /// <summary>The actor; null if there is none.</summary>
        public new object Actor => base.Actor;
    }
}
