#nullable disable
using Akka.Dispatch.SysMsg;
using Akka.Event;

namespace Akka.Actor;

/// <summary>A reference to a path where no actor is: messages become dead letters.</summary>
public class EmptyLocalActorRef : MinimalActorRef
{
    private readonly EventStream _eventStream;

    public EmptyLocalActorRef(IActorRefProvider provider, ActorPath path, EventStream eventStream)
    {
        Provider = provider;
        Path = path;
        _eventStream = eventStream;
    }

    public override bool IsTerminated => true;

    public override ActorPath Path { get; }

    public override IActorRefProvider Provider { get; }

    public override void SendSystemMessage(ISystemMessage message) => SpecialHandle(message, Provider.DeadLetters);

    /// <summary>Answers what can be answered without an actor; false for a dead letter.</summary>
    protected virtual bool SpecialHandle(object message, IActorRef sender)
    {
        switch (message)
        {
            case Watch watch:
                if (watch.Watchee.Equals(this) && !watch.Watcher.Equals(this))
                    watch.Watcher.SendSystemMessage(new DeathWatchNotification(watch.Watchee, existenceConfirmed: false, addressTerminated: false));
                return true;
            case ISystemMessage:
                return true;
            case Identify identify:
                sender?.Tell(new ActorIdentity(identify.MessageId, null), ActorRefs.NoSender);
                return true;
            case ActorSelectionMessage { Message: Identify identify, WildCardFanOut: var fanOut }:
                if (!fanOut) sender?.Tell(new ActorIdentity(identify.MessageId, null), ActorRefs.NoSender);
                return true;
            case ActorSelectionMessage selection:
                Publish(selection.Message, sender, this);
                return true;
            case IDeadLetterSuppression:
                Publish(message, sender, this);
                return true;
            default:
                return false;
        }
    }

    protected override void TellInternal(object message, IActorRef sender)
    {
        if (message is DeadLetter deadLetter) SpecialHandle(deadLetter.Message, deadLetter.Sender);
        else if (!SpecialHandle(message, sender)) Publish(message, sender, this);
    }

    private protected void Publish(object message, IActorRef sender, IActorRef recipient)
    {
        IActorRef from = sender ?? Provider.DeadLetters;
        if (message is IDeadLetterSuppression suppressed) _eventStream.Publish(new SuppressedDeadLetter(suppressed, from, recipient));
        else _eventStream.Publish(new DeadLetter(message, from, recipient));
    }
}

/// <summary>Takes the messages to all actors that have stopped.</summary>
public class DeadLetterActorRef : EmptyLocalActorRef
{
    public DeadLetterActorRef(IActorRefProvider provider, ActorPath path, EventStream eventStream)
        : base(provider, path, eventStream)
    {
    }

    protected override bool SpecialHandle(object message, IActorRef sender)
    {
        if (message is not Watch watch) return base.SpecialHandle(message, sender);

        // Sent to an actor that has stopped: its mailbox forwards here.
        if (!watch.Watchee.Equals(this) && !watch.Watcher.Equals(this))
            watch.Watcher.SendSystemMessage(new DeathWatchNotification(watch.Watchee, existenceConfirmed: false, addressTerminated: false));
        return true;
    }

    protected override void TellInternal(object message, IActorRef sender)
    {
        if (message is DeadLetter deadLetter)
        {
            if (!SpecialHandleFor(deadLetter)) Publish(deadLetter.Message, deadLetter.Sender, deadLetter.Recipient);
        }
        else if (!SpecialHandle(message, sender))
        {
            Publish(message, sender, this);
        }
    }

    private bool SpecialHandleFor(DeadLetter deadLetter)
    {
        if (deadLetter.Message is not IDeadLetterSuppression || deadLetter.Message is ISystemMessage)
            return deadLetter.Message is not ActorSelectionMessage && SpecialHandle(deadLetter.Message, deadLetter.Sender);
        return false;
    }
}

/// <summary>Takes messages that nobody wants, without a trace.</summary>
internal sealed class IgnoreActorRef : MinimalActorRef
{
    public IgnoreActorRef(IActorRefProvider provider)
    {
        Provider = provider;
        Path = new RootActorPath(provider.RootPath.Address) / "ignore";
    }

    public override ActorPath Path { get; }

    public override IActorRefProvider Provider { get; }
}

/// <summary>Holds references that are no actors, for example those of asks, below /temp.</summary>
internal sealed class VirtualPathContainer : MinimalActorRef
{
    private readonly System.Collections.Concurrent.ConcurrentDictionary<string, IInternalActorRef> _children = new();

    public VirtualPathContainer(IActorRefProvider provider, ActorPath path, IInternalActorRef parent)
    {
        Provider = provider;
        Path = path;
        Parent = parent;
    }

    public override IInternalActorRef Parent { get; }

    public override ActorPath Path { get; }

    public override IActorRefProvider Provider { get; }

    public void Add(string name, IInternalActorRef actor) => _children[name] = actor;

    public void Remove(string name) => _children.TryRemove(name, out _);

    public override IActorRef GetChild(IReadOnlyList<string> name)
    {
        if (name.Count == 0 || name[0].Length == 0) return this;
        if (!_children.TryGetValue(LocalActorRef.SplitNameAndUid(name[0]).Name, out IInternalActorRef child)) return ActorRefs.Nobody;
        return name.Count == 1 ? child : child.GetChild([.. name.Skip(1)]);
    }
}
