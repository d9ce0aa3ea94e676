#nullable disable
using Akka.Actor;
using Akka.Dispatch.SysMsg;
using Akka.TestKit.Internal;
using Akka.Util;

namespace Akka.TestKit;

/// <summary>A reference that gives access to its actor; messages are processed on the sender's thread.</summary>
public abstract class TestActorRefBase<TActor> : IInternalActorRef
    where TActor : ActorBase
{
    protected TestActorRefBase(ActorSystem system, Props actorProps, IActorRef supervisor = null, string name = null) =>
        InternalRef = InternalTestActorRef.Create(system, actorProps, supervisor, name);

    bool IActorRefScope.IsLocal => true;

    bool IInternalActorRef.IsTerminated => InternalRef.IsTerminated;

    IInternalActorRef IInternalActorRef.Parent => InternalRef.Parent;

    public ActorPath Path => InternalRef.Path;

    IActorRefProvider IInternalActorRef.Provider => InternalRef.Provider;

    /// <summary>The real reference.</summary>
    public IActorRef Ref => InternalRef;

    /// <summary>The actor.</summary>
    public TActor UnderlyingActor => (TActor)InternalRef.UnderlyingActor;

    protected InternalTestActorRef InternalRef { get; }

    public static bool operator ==(TestActorRefBase<TActor> testActorRef, IActorRef actorRef) =>
        testActorRef is null ? actorRef is null : testActorRef.Equals(actorRef);

    public static bool operator ==(IActorRef actorRef, TestActorRefBase<TActor> testActorRef) => testActorRef == actorRef;

    public static bool operator !=(TestActorRefBase<TActor> testActorRef, IActorRef actorRef) => !(testActorRef == actorRef);

    public static bool operator !=(IActorRef actorRef, TestActorRefBase<TActor> testActorRef) => !(testActorRef == actorRef);

    public static IActorRef ToActorRef(TestActorRefBase<TActor> actorRef) => actorRef.InternalRef;

    public int CompareTo(object obj) => InternalRef.CompareTo(obj is TestActorRefBase<TActor> other ? other.InternalRef : obj);

    int IComparable<IActorRef>.CompareTo(IActorRef other) => CompareTo((object)other);

    public override bool Equals(object obj) => InternalRef.Equals(obj is TestActorRefBase<TActor> other ? other.InternalRef : obj);

    public bool Equals(IActorRef other) => Equals((object)other);

    /// <summary>Passes a message on with the current sender.</summary>
    public void Forward(object message) => InternalRef.Tell(message, ActorCell.GetCurrentSenderOrNoSender());

    public override int GetHashCode() => InternalRef.GetHashCode();

    /// <summary>Has the actor process a message now; exceptions come through.</summary>
    public void Receive(object message, IActorRef sender = null) => InternalRef.Receive(message, sender);

    public void SendSystemMessage(ISystemMessage message, IActorRef sender) => InternalRef.SendSystemMessage(message);

    public void SendSystemMessage(ISystemMessage message) => InternalRef.SendSystemMessage(message);

    public void Tell(object message) => InternalRef.Tell(message, ActorCell.GetCurrentSelfOrNoSender());

    public void Tell(object message, IActorRef sender) => InternalRef.Tell(message, sender);

    public override string ToString() => InternalRef.ToString();

    /// <summary>Has the actor end a watch.</summary>
    public void Unwatch(IActorRef subject) => InternalRef.Unwatch(subject);

    /// <summary>Has the actor watch another.</summary>
    public void Watch(IActorRef subject) => InternalRef.Watch(subject);

    IActorRef IInternalActorRef.GetChild(IReadOnlyList<string> name) => InternalRef.GetChild(name);

    void IInternalActorRef.Restart(Exception cause) => InternalRef.Restart(cause);

    void IInternalActorRef.Resume(Exception causedByFailure) => InternalRef.Resume(causedByFailure);

    void IInternalActorRef.Start() => InternalRef.Start();

    void IInternalActorRef.Stop() => InternalRef.Stop();

    void IInternalActorRef.Suspend() => InternalRef.Suspend();

    ISurrogate ISurrogated.ToSurrogate(ActorSystem system) => InternalRef.ToSurrogate(system);
}

/// <summary>A reference that gives access to its actor.</summary>
public class TestActorRef<TActor> : TestActorRefBase<TActor>
    where TActor : ActorBase
{
    public TestActorRef(ActorSystem system, Props actorProps, IActorRef supervisor = null, string name = null)
        : base(system, actorProps, supervisor, name)
    {
    }

    public static bool operator ==(TestActorRef<TActor> testActorRef, IActorRef actorRef) =>
        testActorRef is null ? actorRef is null : testActorRef.Equals(actorRef);

    public static bool operator ==(IActorRef actorRef, TestActorRef<TActor> testActorRef) => testActorRef == actorRef;

    public static bool operator !=(TestActorRef<TActor> testActorRef, IActorRef actorRef) => !(testActorRef == actorRef);

    public static bool operator !=(IActorRef actorRef, TestActorRef<TActor> testActorRef) => !(testActorRef == actorRef);

    public override bool Equals(object obj) => base.Equals(obj);

    public override int GetHashCode() => base.GetHashCode();
}
