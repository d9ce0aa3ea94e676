#nullable disable
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;

namespace Akka.Dispatch.MessageQueues;

/// <summary>
/// A queue of limited length. A sender waits up to the push timeout for room and then gives its message to the dead
/// letters; it never waits on the actor's own thread, which is the one that makes room.
/// </summary>
#pragma warning disable CA1001 // The semaphore makes no wait handle, so there is nothing to dispose of.
public class BoundedMessageQueue : IMessageQueue, IBoundedMessageQueueSemantics
{
    private readonly UnboundedMessageQueue _messages = new();
    private readonly SemaphoreSlim _room;

    public BoundedMessageQueue(Config config)
        : this(config.GetInt("mailbox-capacity"), config.GetTimeSpan("mailbox-push-timeout-time"))
    {
    }

    /// <param name="boundedCapacity">Most messages that the queue holds.</param>
    /// <param name="pushTimeOut">How long a sender waits for room; negative waits for ever.</param>
    public BoundedMessageQueue(int boundedCapacity, TimeSpan pushTimeOut)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(boundedCapacity);
        _room = new SemaphoreSlim(boundedCapacity);
        PushTimeOut = pushTimeOut;
    }

    public int Count => _messages.Count;

    public bool HasMessages => _messages.HasMessages;

    public TimeSpan PushTimeOut { get; set; }

    public void CleanUp(IActorRef owner, IMessageQueue deadletters)
    {
        while (TryDequeue(out Envelope envelope)) deadletters.Enqueue(owner, envelope);
    }

    public void Enqueue(IActorRef receiver, Envelope envelope)
    {
        TimeSpan wait = PushTimeOut < TimeSpan.Zero ? Timeout.InfiniteTimeSpan : PushTimeOut;
        if (receiver is not null && ReferenceEquals(Actor.Internal.InternalCurrentActorCellKeeper.Current?.Self, receiver)) wait = TimeSpan.Zero;
        if (_room.Wait(wait))
            _messages.Enqueue(receiver, envelope);
        else if (receiver is IInternalActorRef { Provider: { } provider })
            provider.DeadLetters.Tell(new DeadLetter(envelope.Message, envelope.Sender, receiver), envelope.Sender);
    }

    public bool TryDequeue(out Envelope envelope)
    {
        if (!_messages.TryDequeue(out envelope)) return false;
        _room.Release();
        return true;
    }
}
