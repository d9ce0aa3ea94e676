#nullable disable
using Akka.Actor;
using Akka.Event;

namespace Akka.Persistence;

/// <summary>Marks what persistent actors, journals and snapshot stores say to each other.</summary>
public interface IPersistenceMessage : INoSerializationVerificationNeeded
{
}

/// <summary>Said between persistent actors and journals.</summary>
public interface IJournalMessage : IPersistenceMessage
{
}

/// <summary>Said to a journal.</summary>
public interface IJournalRequest : IJournalMessage
{
}

/// <summary>Said by a journal.</summary>
public interface IJournalResponse : IJournalMessage
{
}

/// <summary>Asks a journal to write events. Each atomic write is answered event by event, in order.</summary>
public sealed class WriteMessages(IEnumerable<IPersistentEnvelope> messages, IActorRef persistentActor, int actorInstanceId) : IJournalRequest, IEquatable<WriteMessages>
{
    /// <summary>Atomic writes, and messages that only pass through.</summary>
    public IEnumerable<IPersistentEnvelope> Messages { get; } = messages;

    /// <summary>Who gets the answer.</summary>
    public IActorRef PersistentActor { get; } = persistentActor;

    /// <summary>The incarnation of the persistent actor that wrote.</summary>
    public int ActorInstanceId { get; } = actorInstanceId;

    public bool Equals(WriteMessages other) => other is not null && Equals(Messages, other.Messages) && Equals(PersistentActor, other.PersistentActor) && Equals(ActorInstanceId, other.ActorInstanceId);

    public override bool Equals(object obj) => Equals(obj as WriteMessages);

    public override int GetHashCode() => HashCode.Combine(Messages, PersistentActor, ActorInstanceId);

    public override string ToString() => $"WriteMessages<messages: {Messages}, persistentActor: {PersistentActor}, actorInstanceId: {ActorInstanceId}>";
}

/// <summary>Says that a batch has been written, as far as it was not rejected.</summary>
public sealed class WriteMessagesSuccessful : IJournalResponse
{
    private WriteMessagesSuccessful()
    {
    }

    public static WriteMessagesSuccessful Instance { get; } = new();
}

/// <summary>Says that a batch has not been written, or nobody knows.</summary>
public sealed class WriteMessagesFailed(Exception cause, int writeCount) : IJournalResponse, IEquatable<WriteMessagesFailed>
{
    public Exception Cause { get; } = cause;

    /// <summary>Atomic writes in the batch.</summary>
    public int WriteCount { get; } = writeCount;

    public bool Equals(WriteMessagesFailed other) => other is not null && Equals(Cause, other.Cause) && Equals(WriteCount, other.WriteCount);

    public override bool Equals(object obj) => Equals(obj as WriteMessagesFailed);

    public override int GetHashCode() => HashCode.Combine(Cause, WriteCount);

    public override string ToString() => $"WriteMessagesFailed<cause: {Cause}, writeCount: {WriteCount}>";
}

/// <summary>Says that an event has been written.</summary>
public sealed class WriteMessageSuccess(IPersistentRepresentation persistent, int actorInstanceId) : IJournalResponse, IEquatable<WriteMessageSuccess>
{
    public IPersistentRepresentation Persistent { get; } = persistent;

    /// <summary>The incarnation of the persistent actor that wrote.</summary>
    public int ActorInstanceId { get; } = actorInstanceId;

    public bool Equals(WriteMessageSuccess other) => other is not null && Equals(Persistent, other.Persistent) && Equals(ActorInstanceId, other.ActorInstanceId);

    public override bool Equals(object obj) => Equals(obj as WriteMessageSuccess);

    public override int GetHashCode() => HashCode.Combine(Persistent, ActorInstanceId);

    public override string ToString() => $"WriteMessageSuccess<persistent: {Persistent}, actorInstanceId: {ActorInstanceId}>";
}

/// <summary>Says that an event was refused before anything of its atomic write was written.</summary>
public sealed class WriteMessageRejected(IPersistentRepresentation persistent, Exception cause, int actorInstanceId) : IJournalResponse, IEquatable<WriteMessageRejected>
{
    public IPersistentRepresentation Persistent { get; } = persistent;

    public Exception Cause { get; } = cause;

    /// <summary>The incarnation of the persistent actor that wrote.</summary>
    public int ActorInstanceId { get; } = actorInstanceId;

    public bool Equals(WriteMessageRejected other) => other is not null && Equals(Persistent, other.Persistent) && Equals(Cause, other.Cause) && Equals(ActorInstanceId, other.ActorInstanceId);

    public override bool Equals(object obj) => Equals(obj as WriteMessageRejected);

    public override int GetHashCode() => HashCode.Combine(Persistent, Cause, ActorInstanceId);

    public override string ToString() => $"WriteMessageRejected<persistent: {Persistent}, cause: {Cause}, actorInstanceId: {ActorInstanceId}>";
}

/// <summary>Says that an event has not been written, or nobody knows.</summary>
public sealed class WriteMessageFailure(IPersistentRepresentation persistent, Exception cause, int actorInstanceId) : IJournalResponse, IEquatable<WriteMessageFailure>
{
    public IPersistentRepresentation Persistent { get; } = persistent;

    public Exception Cause { get; } = cause;

    /// <summary>The incarnation of the persistent actor that wrote.</summary>
    public int ActorInstanceId { get; } = actorInstanceId;

    public bool Equals(WriteMessageFailure other) => other is not null && Equals(Persistent, other.Persistent) && Equals(Cause, other.Cause) && Equals(ActorInstanceId, other.ActorInstanceId);

    public override bool Equals(object obj) => Equals(obj as WriteMessageFailure);

    public override int GetHashCode() => HashCode.Combine(Persistent, Cause, ActorInstanceId);

    public override string ToString() => $"WriteMessageFailure<persistent: {Persistent}, cause: {Cause}, actorInstanceId: {ActorInstanceId}>";
}

/// <summary>Brings back a message that went through the journal without being written.</summary>
public sealed class LoopMessageSuccess(object message, int actorInstanceId) : IJournalResponse, IEquatable<LoopMessageSuccess>
{
    public object Message { get; } = message;

    /// <summary>The incarnation of the persistent actor that wrote.</summary>
    public int ActorInstanceId { get; } = actorInstanceId;

    public bool Equals(LoopMessageSuccess other) => other is not null && Equals(Message, other.Message) && Equals(ActorInstanceId, other.ActorInstanceId);

    public override bool Equals(object obj) => Equals(obj as LoopMessageSuccess);

    public override int GetHashCode() => HashCode.Combine(Message, ActorInstanceId);

    public override string ToString() => $"LoopMessageSuccess<message: {Message}, actorInstanceId: {ActorInstanceId}>";
}

/// <summary>Asks a journal to replay events.</summary>
public sealed class ReplayMessages(long fromSequenceNr, long toSequenceNr, long max, string persistenceId, IActorRef persistentActor) : IJournalRequest, IEquatable<ReplayMessages>
{
    /// <summary>Inclusive.</summary>
    public long FromSequenceNr { get; } = fromSequenceNr;

    /// <summary>Inclusive.</summary>
    public long ToSequenceNr { get; } = toSequenceNr;

    /// <summary>Most events.</summary>
    public long Max { get; } = max;

    public string PersistenceId { get; } = persistenceId;

    /// <summary>Who gets the answer.</summary>
    public IActorRef PersistentActor { get; } = persistentActor;

    public bool Equals(ReplayMessages other) => other is not null && Equals(FromSequenceNr, other.FromSequenceNr) && Equals(ToSequenceNr, other.ToSequenceNr) && Equals(Max, other.Max) && Equals(PersistenceId, other.PersistenceId) && Equals(PersistentActor, other.PersistentActor);

    public override bool Equals(object obj) => Equals(obj as ReplayMessages);

    public override int GetHashCode() => HashCode.Combine(FromSequenceNr, ToSequenceNr, Max, PersistenceId, PersistentActor);

    public override string ToString() => $"ReplayMessages<fromSequenceNr: {FromSequenceNr}, toSequenceNr: {ToSequenceNr}, max: {Max}, persistenceId: {PersistenceId}, persistentActor: {PersistentActor}>";
}

/// <summary>A replayed event.</summary>
public sealed class ReplayedMessage(IPersistentRepresentation persistent) : IJournalResponse, IDeadLetterSuppression, IEquatable<ReplayedMessage>
{
    public IPersistentRepresentation Persistent { get; } = persistent;

    public bool Equals(ReplayedMessage other) => other is not null && Equals(Persistent, other.Persistent);

    public override bool Equals(object obj) => Equals(obj as ReplayedMessage);

    public override int GetHashCode() => HashCode.Combine(Persistent);

    public override string ToString() => $"ReplayedMessage<persistent: {Persistent}>";
}

/// <summary>Ends a replay.</summary>
public sealed class RecoverySuccess(long highestSequenceNr) : IJournalResponse, IDeadLetterSuppression, IEquatable<RecoverySuccess>
{
    /// <summary>Highest number ever written, deleted events included.</summary>
    public long HighestSequenceNr { get; } = highestSequenceNr;

    public bool Equals(RecoverySuccess other) => other is not null && Equals(HighestSequenceNr, other.HighestSequenceNr);

    public override bool Equals(object obj) => Equals(obj as RecoverySuccess);

    public override int GetHashCode() => HashCode.Combine(HighestSequenceNr);

    public override string ToString() => $"RecoverySuccess<highestSequenceNr: {HighestSequenceNr}>";
}

/// <summary>Says that a replay failed.</summary>
public sealed class ReplayMessagesFailure(Exception cause) : IJournalResponse, IDeadLetterSuppression, IEquatable<ReplayMessagesFailure>
{
    public Exception Cause { get; } = cause;

    public bool Equals(ReplayMessagesFailure other) => other is not null && Equals(Cause, other.Cause);

    public override bool Equals(object obj) => Equals(obj as ReplayMessagesFailure);

    public override int GetHashCode() => HashCode.Combine(Cause);

    public override string ToString() => $"ReplayMessagesFailure<cause: {Cause}>";
}
