#nullable disable
using Akka.Dispatch.SysMsg;
using Akka.Util;

namespace Akka.Actor;

/// <summary>Equality, order and the null check that all references share.</summary>
public abstract class ActorRefBase : IActorRef
{
    public abstract ActorPath Path { get; }

    public int CompareTo(object obj) => obj is null
        ? 1
        : obj is IActorRef other ? CompareTo(other) : throw new ArgumentException($"Not an actor reference: [{obj}]", nameof(obj));

    public int CompareTo(IActorRef other)
    {
        if (other is null) return 1;
        var byPath = Path.CompareTo(other.Path);
        return byPath != 0 ? byPath : Path.Uid.CompareTo(other.Path.Uid);
    }

    public override bool Equals(object obj) => ReferenceEquals(this, obj) || (obj is IActorRef other && Equals(other));

    public bool Equals(IActorRef other) => ReferenceEquals(this, other)
        || (other is not null && Path.Uid == other.Path.Uid && Path.Equals(other.Path));

    public override int GetHashCode() => Path.Uid == 0 ? Path.GetHashCode() : Path.Uid.GetHashCode();

    /// <inheritdoc cref="ICanTell.Tell"/>
    /// <exception cref="InvalidMessageException">The message is null.</exception>
    public void Tell(object message, IActorRef sender)
    {
        if (message is null) ThrowNullMessage();
        TellInternal(message, sender);
    }

    public override string ToString() => Path.Uid == 0 ? $"[{Path}]" : $"[{Path.ToStringWithUid()}]";

    public virtual ISurrogate ToSurrogate(ActorSystem system) => new Surrogate(Serialization.Serialization.SerializedActorPath(this));

    /// <summary>Delivers a message that is not null.</summary>
    protected abstract void TellInternal(object message, IActorRef sender);

    private static void ThrowNullMessage() => throw new InvalidMessageException("Message is null.");

    /// <summary>What a serialiser writes for a reference.</summary>
    public class Surrogate : ISurrogate
    {
        public Surrogate(string path) => Path = path;

        /// <summary>The path as text, with its uid.</summary>
        public string Path { get; }

        public ISurrogated FromSurrogate(ActorSystem system) => ((ExtendedActorSystem)system).Provider.ResolveActorRef(Path);
    }
}

/// <summary>Base of the runtime's references.</summary>
public abstract class InternalActorRefBase : ActorRefBase, IInternalActorRef
{
    public abstract bool IsLocal { get; }

    public abstract bool IsTerminated { get; }

    public abstract IInternalActorRef Parent { get; }

    public abstract IActorRefProvider Provider { get; }

    public abstract IActorRef GetChild(IReadOnlyList<string> name);

    public abstract void Restart(Exception cause);

    public abstract void Resume(Exception causedByFailure = null);

    public void SendSystemMessage(ISystemMessage message, IActorRef sender) => SendSystemMessage(message);

    public abstract void SendSystemMessage(ISystemMessage message);

    public abstract void Start();

    public abstract void Stop();

    public abstract void Suspend();
}

/// <summary>A reference without an actor behind it; everything is ignored unless a subclass says otherwise.</summary>
public abstract class MinimalActorRef : InternalActorRefBase
{
    public override bool IsLocal => true;

    public override bool IsTerminated => false;

    public override IInternalActorRef Parent => ActorRefs.Nobody;

    public override IActorRef GetChild(IReadOnlyList<string> name)
    {
        foreach (var element in name)
            if (!string.IsNullOrEmpty(element)) return ActorRefs.Nobody;
        return this;
    }

    public override void Restart(Exception cause)
    {
    }

    public override void Resume(Exception causedByFailure = null)
    {
    }

    public override void SendSystemMessage(ISystemMessage message)
    {
    }

    public override void Start()
    {
    }

    public override void Stop()
    {
    }

    public override void Suspend()
    {
    }

    protected override void TellInternal(object message, IActorRef sender)
    {
    }
}

/// <summary>A reference with a cell behind it.</summary>
public abstract class ActorRefWithCell : InternalActorRefBase
{
    /// <summary>The children at this moment.</summary>
    public abstract IEnumerable<IActorRef> Children { get; }

    /// <summary>The cell.</summary>
    public abstract ICell Underlying { get; }

    /// <summary>The child with that name, which may hold "#uid"; <see cref="ActorRefs.Nobody"/> if there is none.</summary>
    public abstract IInternalActorRef GetSingleChild(string name);
}

/// <summary>The reference to nobody: messages to it vanish.</summary>
public sealed class Nobody : MinimalActorRef
{
    private static readonly ActorPath NobodyPath = new RootActorPath(new Address("akka", "all-systems")) / "Nobody";

    private Nobody()
    {
    }

    /// <summary>The only instance.</summary>
    public static Nobody Instance = new();

    public override ActorPath Path => NobodyPath;

    public override IActorRefProvider Provider => throw new NotSupportedException("Nobody has no provider.");

    public override ISurrogate ToSurrogate(ActorSystem system) => new NobodySurrogate();

    /// <summary>What a serialiser writes for nobody.</summary>
    public class NobodySurrogate : ISurrogate
    {
        public ISurrogated FromSurrogate(ActorSystem system) => Instance;
    }
}

/// <summary>Well-known references.</summary>
public static class ActorRefs
{
    /// <summary>No sender; replies go to the dead letters.</summary>
    public static readonly IActorRef NoSender = null;

    /// <summary>Nobody.</summary>
    public static readonly Nobody Nobody = Nobody.Instance;
}

/// <summary>Questions about references.</summary>
public static class ActorRefExtensions
{
    /// <summary>The reference, or another one if it is null or nobody.</summary>
    public static IActorRef GetOrElse(this IActorRef actorRef, Func<IActorRef> elseValue) =>
        actorRef.IsNobody() ? elseValue() : actorRef;

    /// <summary>True if the reference is null or nobody.</summary>
    public static bool IsNobody(this IActorRef actorRef) => actorRef is null or Nobody or DeadLetterActorRef;
}

/// <summary>Sending with the current actor as the sender.</summary>
public static class ActorRefImplicitSenderExtensions
{
    /// <summary>Passes <paramref name="message"/> on with the sender of the message being processed.</summary>
    public static void Forward(this IActorRef receiver, object message) =>
        receiver.Tell(message, ActorCell.GetCurrentSenderOrNoSender());

    /// <summary>Sends <paramref name="message"/>; inside an actor it is the sender.</summary>
    public static void Tell(this IActorRef receiver, object message) =>
        receiver.Tell(message, ActorCell.GetCurrentSelfOrNoSender());
}

/// <summary>Short forms of creation and selection.</summary>
public static class ActorRefFactoryExtensions
{
    /// <summary>Creates an actor by its parameterless constructor.</summary>
    public static IActorRef ActorOf<TActor>(this IActorRefFactory factory, string name = null)
        where TActor : ActorBase, new() => factory.ActorOf(Props.Create<TActor>(), name);

    /// <summary>Selects relative to <paramref name="anchorRef"/>.</summary>
    public static ActorSelection ActorSelection(this IActorRefFactory factory, IActorRef anchorRef, string actorPath) =>
        ActorRefFactoryShared.ActorSelection(anchorRef, actorPath);
}
