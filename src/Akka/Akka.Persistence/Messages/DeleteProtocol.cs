#nullable disable
using Akka.Actor;

namespace Akka.Persistence;

/// <summary>Asks a journal to delete events.</summary>
public sealed class DeleteMessagesTo(string persistenceId, long toSequenceNr, IActorRef persistentActor) : IJournalRequest, IEquatable<DeleteMessagesTo>
{
    public string PersistenceId { get; } = persistenceId;

    /// <summary>Inclusive.</summary>
    public long ToSequenceNr { get; } = toSequenceNr;

    /// <summary>Who gets the answer.</summary>
    public IActorRef PersistentActor { get; } = persistentActor;

    public bool Equals(DeleteMessagesTo other) => other is not null && Equals(PersistenceId, other.PersistenceId) && Equals(ToSequenceNr, other.ToSequenceNr) && Equals(PersistentActor, other.PersistentActor);

    public override bool Equals(object obj) => Equals(obj as DeleteMessagesTo);

    public override int GetHashCode() => HashCode.Combine(PersistenceId, ToSequenceNr, PersistentActor);

    public override string ToString() => $"DeleteMessagesTo<persistenceId: {PersistenceId}, toSequenceNr: {ToSequenceNr}, persistentActor: {PersistentActor}>";
}

/// <summary>Says that events have been deleted.</summary>
public sealed class DeleteMessagesSuccess(long toSequenceNr) : IEquatable<DeleteMessagesSuccess>
{
    /// <summary>Inclusive.</summary>
    public long ToSequenceNr { get; } = toSequenceNr;

    public bool Equals(DeleteMessagesSuccess other) => other is not null && Equals(ToSequenceNr, other.ToSequenceNr);

    public override bool Equals(object obj) => Equals(obj as DeleteMessagesSuccess);

    public override int GetHashCode() => HashCode.Combine(ToSequenceNr);

    public override string ToString() => $"DeleteMessagesSuccess<toSequenceNr: {ToSequenceNr}>";
}

/// <summary>Says that events have not been deleted.</summary>
public sealed class DeleteMessagesFailure(Exception cause, long toSequenceNr) : INoSerializationVerificationNeeded, IEquatable<DeleteMessagesFailure>
{
    public Exception Cause { get; } = cause;

    /// <summary>Inclusive.</summary>
    public long ToSequenceNr { get; } = toSequenceNr;

    public bool Equals(DeleteMessagesFailure other) => other is not null && Equals(Cause, other.Cause) && Equals(ToSequenceNr, other.ToSequenceNr);

    public override bool Equals(object obj) => Equals(obj as DeleteMessagesFailure);

    public override int GetHashCode() => HashCode.Combine(Cause, ToSequenceNr);

    public override string ToString() => $"DeleteMessagesFailure<cause: {Cause}, toSequenceNr: {ToSequenceNr}>";
}
