#nullable disable
using Akka.Actor;

namespace Akka.Dispatch.MessageQueues;

/// <summary>A queue under a lock.</summary>
public abstract class BlockingMessageQueue : IMessageQueue, IBlockingMessageQueueSemantics
{
    private readonly Lock _lock = new();

    /// <summary>How long to wait for the lock.</summary>
    public TimeSpan BlockTimeOut { get; set; } = TimeSpan.FromSeconds(1);

    public int Count
    {
        get
        {
            lock (_lock) return LockedCount;
        }
    }

    public bool HasMessages => Count > 0;

    /// <summary>Number of messages, asked under the lock.</summary>
    protected abstract int LockedCount { get; }

    public void CleanUp(IActorRef owner, IMessageQueue deadletters)
    {
        while (TryDequeue(out Envelope envelope)) deadletters.Enqueue(owner, envelope);
    }

    public void Enqueue(IActorRef receiver, Envelope envelope)
    {
        lock (_lock) LockedEnqueue(envelope);
    }

    public bool TryDequeue(out Envelope envelope)
    {
        lock (_lock) return LockedTryDequeue(out envelope);
    }

    /// <summary>Puts a message, under the lock.</summary>
    protected abstract void LockedEnqueue(Envelope envelope);

    /// <summary>Takes a message, under the lock.</summary>
    protected abstract bool LockedTryDequeue(out Envelope envelope);
}

/// <summary>A heap by priority.</summary>
public class UnboundedPriorityMessageQueue : BlockingMessageQueue, IUnboundedDequeBasedMessageQueueSemantics
{
    private readonly PriorityQueue<Envelope, int> _messages;
    private readonly Func<object, int> _priority;
    private readonly Stack<Envelope> _front = new();

    /// <param name="priorityGenerator">The priority of a message; lower comes first.</param>
    /// <param name="initialCapacity">Messages to make room for.</param>
    public UnboundedPriorityMessageQueue(Func<object, int> priorityGenerator, int initialCapacity)
    {
        _priority = priorityGenerator;
        _messages = new PriorityQueue<Envelope, int>(initialCapacity);
    }

    protected override int LockedCount => _messages.Count + _front.Count;

    public void EnqueueFirst(Envelope envelope) => _front.Push(envelope);

    protected override void LockedEnqueue(Envelope envelope) => _messages.Enqueue(envelope, _priority(envelope.Message));

    protected override bool LockedTryDequeue(out Envelope envelope) =>
        _front.TryPop(out envelope) || _messages.TryDequeue(out envelope, out _);
}

/// <summary>A heap by priority and then by arrival.</summary>
public class UnboundedStablePriorityMessageQueue : BlockingMessageQueue, IUnboundedDequeBasedMessageQueueSemantics
{
    private readonly PriorityQueue<Envelope, (int Priority, long Arrival)> _messages;
    private readonly Func<object, int> _priority;
    private readonly Stack<Envelope> _front = new();
    private long _arrivals;

    /// <param name="priorityGenerator">The priority of a message; lower comes first.</param>
    /// <param name="initialCapacity">Messages to make room for.</param>
    public UnboundedStablePriorityMessageQueue(Func<object, int> priorityGenerator, int initialCapacity)
    {
        _priority = priorityGenerator;
        _messages = new PriorityQueue<Envelope, (int Priority, long Arrival)>(initialCapacity);
    }

    protected override int LockedCount => _messages.Count + _front.Count;

    public void EnqueueFirst(Envelope envelope) => _front.Push(envelope);

    protected override void LockedEnqueue(Envelope envelope) => _messages.Enqueue(envelope, (_priority(envelope.Message), _arrivals++));

    protected override bool LockedTryDequeue(out Envelope envelope) =>
        _front.TryPop(out envelope) || _messages.TryDequeue(out envelope, out _);
}
