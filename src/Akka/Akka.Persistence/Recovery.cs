#nullable disable
using Akka.Actor;

namespace Akka.Persistence;

/// <summary>Says how an actor recovers: from which snapshot, to which event, with how many.</summary>
public sealed class Recovery
{
    public Recovery()
        : this(SnapshotSelectionCriteria.Latest)
    {
    }

    public Recovery(SnapshotSelectionCriteria fromSnapshot)
        : this(fromSnapshot, long.MaxValue)
    {
    }

    public Recovery(SnapshotSelectionCriteria fromSnapshot, long toSequenceNr)
        : this(fromSnapshot, toSequenceNr, long.MaxValue)
    {
    }

    /// <param name="fromSnapshot">Snapshots to start from; null for the latest.</param>
    /// <param name="toSequenceNr">Last event, inclusive.</param>
    /// <param name="replayMax">Most events.</param>
    public Recovery(SnapshotSelectionCriteria fromSnapshot = null, long toSequenceNr = long.MaxValue, long replayMax = long.MaxValue)
    {
        FromSnapshot = fromSnapshot ?? SnapshotSelectionCriteria.Latest;
        ToSequenceNr = toSequenceNr;
        ReplayMax = replayMax;
    }

    /// <summary>From the latest snapshot to the last event.</summary>
    public static Recovery Default { get; } = new(SnapshotSelectionCriteria.Latest);

    /// <summary>Recovers nothing but the highest sequence number.</summary>
    public static Recovery None { get; } = new(SnapshotSelectionCriteria.None, 0);

    public SnapshotSelectionCriteria FromSnapshot { get; }

    public long ReplayMax { get; }

    public long ToSequenceNr { get; }
}

/// <summary>The last thing a recovering actor gets. It may persist from then on.</summary>
public sealed class RecoveryCompleted
{
    public static readonly RecoveryCompleted Instance = new();

    private RecoveryCompleted()
    {
    }

    public override bool Equals(object obj) => obj is RecoveryCompleted;

    public override int GetHashCode() => nameof(RecoveryCompleted).GetHashCode(StringComparison.Ordinal);
}

/// <summary>Asks a recovering actor whether it still hears from its plug-ins.</summary>
public sealed class RecoveryTick
{
    /// <param name="snapshot">True while it waits for the snapshot.</param>
    public RecoveryTick(bool snapshot) => Snapshot = snapshot;

    public bool Snapshot { get; }
}

/// <summary>A plug-in was silent for longer than recovery-event-timeout.</summary>
public sealed class RecoveryTimedOutException : AkkaException
{
    public RecoveryTimedOutException()
    {
    }

    public RecoveryTimedOutException(string message, Exception cause = null)
        : base(message, cause)
    {
    }
}

/// <summary>An actor that says how it recovers.</summary>
public interface IPersistenceRecovery
{
    Recovery Recovery { get; }
}

/// <summary>An actor whose history has a name.</summary>
public interface IPersistentIdentity
{
    /// <summary>Section of its journal; null or empty for the default one.</summary>
    string JournalPluginId { get; }

    /// <summary>Name of its history, of which there must be one writer at a time.</summary>
    string PersistenceId { get; }

    /// <summary>Section of its snapshot store; null or empty for the default one.</summary>
    string SnapshotPluginId { get; }
}

/// <summary>An actor with an internal stash that may overflow.</summary>
public interface IPersistenceStash : IWithUnboundedStash
{
    IStashOverflowStrategy InternalStashOverflowStrategy { get; }
}

/// <summary>Loads, saves and deletes snapshots.</summary>
public interface ISnapshotter
{
    /// <summary>The number that the next snapshot gets.</summary>
    long SnapshotSequenceNr { get; }

    /// <summary>Whose snapshots they are.</summary>
    string SnapshotterId { get; }

    void DeleteSnapshot(long sequenceNr);

    void DeleteSnapshots(SnapshotSelectionCriteria criteria);

    void LoadSnapshot(string persistenceId, SnapshotSelectionCriteria criteria, long toSequenceNr);

    void SaveSnapshot(object snapshot);
}
