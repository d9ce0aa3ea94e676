using Akka.Persistence;
using Akka.Persistence.Snapshot;

namespace ActorBroker.Actors.Controller;

/// <summary>
/// The snapshot store of the persistent controller: offers the image that this node has applied, so that a new controller replays only what came after it. The image
/// is of the committed part of the journal, and its sequence number is its version, see <see cref="QuorumJournal"/>.
/// It stores nothing: snapshots of the journal are taken on every controller node, by its <see cref="JournalReplicaActor"/>, whoever is the controller.
/// </summary>
public sealed class KnownImageStore : SnapshotStore
{
    private readonly ControllerSetup setup = ControllerPersistence.Of(Context.System).Setup;

    protected override Task<SelectedSnapshot?> LoadAsync(string persistenceId, SnapshotSelectionCriteria criteria, CancellationToken cancellationToken)
    {
        var image = setup.Cluster.Image;
        return Task.FromResult(persistenceId != ControllerPersistence.PersistenceId || image.Version == 0 || image.Version > criteria.MaxSequenceNr
            ? null
            : new SelectedSnapshot(new SnapshotMetadata(persistenceId, image.Version, setup.Time.GetUtcNow().UtcDateTime), image));
    }

    protected override Task SaveAsync(SnapshotMetadata metadata, object snapshot, CancellationToken cancellationToken) => Refuse();

    protected override Task DeleteAsync(SnapshotMetadata metadata, CancellationToken cancellationToken) => Refuse();

    protected override Task DeleteAsync(string persistenceId, SnapshotSelectionCriteria criteria, CancellationToken cancellationToken) => Refuse();

    private static Task Refuse() => Task.FromException(new NotSupportedException("snapshots of the metadata are taken by the journal's replicas"));
}
