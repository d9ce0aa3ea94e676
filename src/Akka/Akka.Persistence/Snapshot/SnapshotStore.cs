#nullable disable
using Akka.Actor;

namespace Akka.Persistence.Snapshot;

/// <summary>
/// Base of snapshot stores: an actor at /system/[path of its section]; its constructor takes that section, or nothing.
/// </summary>
public abstract class SnapshotStore : ActorBase
{
    /// <summary>Deletes one snapshot; with a time of DateTime.MinValue, all of that number.</summary>
    protected abstract Task DeleteAsync(SnapshotMetadata metadata);

    /// <summary>Deletes all snapshots that fit.</summary>
    protected abstract Task DeleteAsync(string persistenceId, SnapshotSelectionCriteria criteria);

    /// <summary>The newest snapshot that fits; null if there is none.</summary>
    protected abstract Task<SelectedSnapshot> LoadAsync(string persistenceId, SnapshotSelectionCriteria criteria);

    /// <summary>Saves a snapshot; when the task ends it can be loaded.</summary>
    protected abstract Task SaveAsync(SnapshotMetadata metadata, object snapshot);

    protected sealed override bool Receive(object message) => ReceiveSnapshotStore(message) || ReceivePluginInternal(message);

    /// <summary>Handles the plug-in's own messages.</summary>
    protected virtual bool ReceivePluginInternal(object message) => false;

    private bool ReceiveSnapshotStore(object message)
    {
        switch (message)
        {
            case LoadSnapshot load when Equals(load.Criteria, SnapshotSelectionCriteria.None):
                Sender.Tell(new LoadSnapshotResult(null, load.ToSequenceNr), Self);
                return true;
            case LoadSnapshot load:
                Try(() => LoadAsync(load.PersistenceId, load.Criteria.Limit(load.ToSequenceNr))).PipeTo(
                    Sender, Self, selected => new LoadSnapshotResult(selected, load.ToSequenceNr), e => new LoadSnapshotFailed(e));
                return true;
            case SaveSnapshot save:
                Save(save.Metadata, save.Snapshot);
                return true;
            case DeleteSnapshot delete:
                Try(() => DeleteAsync(delete.Metadata)).PipeTo(
                    Sender, Self, () => new DeleteSnapshotSuccess(delete.Metadata), e => new DeleteSnapshotFailure(delete.Metadata, e));
                return true;
            case DeleteSnapshots delete:
                Try(() => DeleteAsync(delete.PersistenceId, delete.Criteria)).PipeTo(
                    Sender, Self, () => new DeleteSnapshotsSuccess(delete.Criteria), e => new DeleteSnapshotsFailure(delete.Criteria, e));
                return true;
            default:
                return false;
        }
    }

    private void Save(SnapshotMetadata metadata, object snapshot)
    {
        var stamped = metadata.Timestamp == DateTime.MinValue ? new SnapshotMetadata(metadata.PersistenceId, metadata.SequenceNr, DateTime.UtcNow) : metadata;
        Try(() => SaveAsync(stamped, snapshot)).PipeTo(Sender, Self, () => new SaveSnapshotSuccess(stamped), e => new SaveSnapshotFailure(stamped, e));
    }

    private static T Try<T>(Func<T> start)
        where T : Task
    {
        try
        {
            return start();
        }
        catch (Exception e)
        {
            Task failed = typeof(T) == typeof(Task<SelectedSnapshot>) ? Task.FromException<SelectedSnapshot>(e) : Task.FromException(e);
            return (T)failed;
        }
    }
}

/// <summary>The store of actors that have none: it loads nothing and refuses to save.</summary>
public sealed class NoSnapshotStore : SnapshotStore
{
    protected override Task DeleteAsync(SnapshotMetadata metadata) => Refuse();

    protected override Task DeleteAsync(string persistenceId, SnapshotSelectionCriteria criteria) => Refuse();

    protected override Task<SelectedSnapshot> LoadAsync(string persistenceId, SnapshotSelectionCriteria criteria) => Task.FromResult<SelectedSnapshot>(null);

    protected override Task SaveAsync(SnapshotMetadata metadata, object snapshot) => Refuse();

    private static Task Refuse() => Task.FromException(new NoSnapshotStoreException("No snapshot store configured."));

    /// <summary>There is no snapshot store.</summary>
    public class NoSnapshotStoreException : Exception
    {
        public NoSnapshotStoreException()
        {
        }

        public NoSnapshotStoreException(string message)
            : base(message)
        {
        }

        public NoSnapshotStoreException(string message, Exception innerException)
            : base(message, innerException)
        {
        }
    }
}
