#nullable disable
using Akka.Actor.Internal;
using Akka.Dispatch;
using Akka.Dispatch.SysMsg;

namespace Akka.Actor;

/// <summary>Handles a message; false leaves it unhandled.</summary>
public delegate bool Receive(object message);

/// <summary>Handles every message.</summary>
public delegate void UntypedReceive(object message);

/// <summary>What an actor can do with the runtime. Valid only while it processes a message.</summary>
public interface IActorContext : IActorRefFactory, ICanWatch
{
    /// <summary>The dispatcher that runs the actor.</summary>
    MessageDispatcher Dispatcher { get; }

    /// <summary>The supervisor.</summary>
    IActorRef Parent { get; }

    /// <summary>How the actor was created.</summary>
    Props Props { get; }

    /// <summary>Time without messages after which <see cref="Actor.ReceiveTimeout"/> comes; null for none.</summary>
    TimeSpan? ReceiveTimeout { get; }

    /// <summary>The actor itself.</summary>
    IActorRef Self { get; }

    /// <summary>Sender of the message being processed; the dead letters if it had none.</summary>
    IActorRef Sender { get; }

    /// <summary>The actor system.</summary>
    ActorSystem System { get; }

    /// <summary>Handles messages by <paramref name="receive"/> from now on.</summary>
    void Become(Receive receive);

    /// <summary>Handles messages by <paramref name="receive"/> until <see cref="UnbecomeStacked"/>.</summary>
    void BecomeStacked(Receive receive);

    /// <summary>The child of that name, or nobody.</summary>
    IActorRef Child(string name);

    /// <summary>The children at this moment.</summary>
    IEnumerable<IActorRef> GetChildren();

    /// <summary>Sets the receive timeout; null for none.</summary>
    void SetReceiveTimeout(TimeSpan? timeout);

    /// <summary>Stops a child, or the actor itself.</summary>
    void Stop(IActorRef child);

    /// <summary>Returns to the behaviour before the last <see cref="BecomeStacked"/>.</summary>
    void UnbecomeStacked();
}

/// <summary>The context of an <see cref="UntypedActor"/>.</summary>
public interface IUntypedActorContext : IActorContext
{
    /// <summary>Handles messages by <paramref name="receive"/> from now on.</summary>
    void Become(UntypedReceive receive);

    /// <summary>Handles messages by <paramref name="receive"/> until UnbecomeStacked.</summary>
    void BecomeStacked(UntypedReceive receive);
}

/// <summary>What is behind a reference: the actor's place in the tree and its mailbox.</summary>
public interface ICell
{
    IChildrenContainer ChildrenContainer { get; }

    /// <summary>True if user messages wait.</summary>
    bool HasMessages { get; }

    bool IsLocal { get; }

    bool IsTerminated { get; }

    /// <summary>User messages that wait, approximately.</summary>
    int NumberOfMessages { get; }

    IInternalActorRef Parent { get; }

    Props Props { get; }

    IActorRef Self { get; }

    ActorSystem System { get; }

    ActorSystemImpl SystemImpl { get; }

    IInternalActorRef GetChildByName(string name);

    IEnumerable<IInternalActorRef> GetChildren();

    IInternalActorRef GetSingleChild(string name);

    void Restart(Exception cause);

    void Resume(Exception causedByFailure);

    void SendMessage(IActorRef sender, object message);

    void SendSystemMessage(ISystemMessage message);

    void Start();

    void Stop();

    void Suspend();

    bool TryGetChildStatsByName(string name, out IChildStats child);
}
