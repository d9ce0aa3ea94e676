#nullable disable
using Akka.Actor;

namespace Akka.Dispatch;

/// <summary>Says what kind of message queue an actor needs; akka.actor.mailbox.requirements maps it to a mailbox.</summary>
public interface IRequiresMessageQueue<T>
    where T : ISemantics
{
}

/// <summary>Says what kind of message queue a mailbox type makes.</summary>
public interface IProducesMessageQueue<TQueue>
    where TQueue : class, MessageQueues.IMessageQueue
{
}

/// <summary>A mailbox type whose queues wait when they are full.</summary>
public interface IProducesPushTimeoutSemanticsMailbox
{
    /// <summary>How long a sender waits for room.</summary>
    TimeSpan PushTimeout { get; }
}

/// <summary>Base of the properties that message queues may have.</summary>
public interface ISemantics
{
}

/// <summary>Several threads may take from the queue.</summary>
public interface IMultipleConsumerSemantics : ISemantics
{
}

/// <summary>The queue holds any number of messages.</summary>
public interface IUnboundedMessageQueueSemantics : ISemantics
{
}

/// <summary>The queue holds a limited number of messages.</summary>
public interface IBoundedMessageQueueSemantics : ISemantics
{
    /// <summary>How long a sender waits for room; negative waits for ever.</summary>
    TimeSpan PushTimeOut { get; }
}

/// <summary>The queue blocks.</summary>
public interface IBlockingMessageQueueSemantics : IMultipleConsumerSemantics
{
    /// <summary>How long to wait for the queue's lock.</summary>
    TimeSpan BlockTimeOut { get; set; }
}

/// <summary>Messages can be put back at the front, as stashing needs.</summary>
public interface IDequeBasedMessageQueueSemantics : ISemantics
{
    /// <summary>Puts a message at the front. Only the actor itself may do so.</summary>
    void EnqueueFirst(Envelope envelope);
}

/// <summary>An unbounded queue with a front to put messages back.</summary>
public interface IUnboundedDequeBasedMessageQueueSemantics : IDequeBasedMessageQueueSemantics, IUnboundedMessageQueueSemantics
{
}

/// <summary>A bounded queue with a front to put messages back.</summary>
public interface IBoundedDequeBasedMessageQueueSemantics : IDequeBasedMessageQueueSemantics, IBoundedMessageQueueSemantics
{
}
