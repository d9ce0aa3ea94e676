#nullable disable
using Akka.Actor;

namespace Akka.Dispatch.MessageQueues;

/// <summary>The queue inside a mailbox: many senders put, one actor takes.</summary>
public interface IMessageQueue
{
    /// <summary>Number of messages, approximate while others put or take.</summary>
    int Count { get; }

    /// <summary>True if there is a message.</summary>
    bool HasMessages { get; }

    /// <summary>Moves what is left to <paramref name="deadletters"/> when the owner has stopped.</summary>
    void CleanUp(IActorRef owner, IMessageQueue deadletters);

    /// <summary>Puts a message at the end.</summary>
    void Enqueue(IActorRef receiver, Envelope envelope);

    /// <summary>Takes the first message.</summary>
    bool TryDequeue(out Envelope envelope);
}
