using ActorBroker.Model;
using ActorBroker.Replication;
using ActorBroker.Storage;

namespace ActorBroker.Actors.Partitions;

/// <summary>A log's epochs for the cores of replication.</summary>
internal sealed class LogEpochs(PartitionLog log) : IEpochHistory
{
    /// <summary>Another one after the replica has moved to another data directory.</summary>
    public PartitionLog Log { get; set; } = log;

    public LeaderEpoch Latest => Log.View.LatestEpoch;

    public EpochEnd EndOf(LeaderEpoch epoch)
    {
        var end = Log.View.EndOffsetForEpoch(epoch);
        return new EpochEnd(end.Epoch, end.EndOffset);
    }

    public LeaderEpoch At(Offset offset) => Log.View.LeaderEpochs.EpochOf(offset);
}
