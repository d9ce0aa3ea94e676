using ActorBroker.Actors.Partitions;
using ActorBroker.Model;

namespace ActorBroker.Actors.Groups;

/// <summary>Appends a coordinator's records; the smallest part of a partition that a group needs.</summary>
public interface IPartitionAppender
{
    /// <summary>The epoch in which this node coordinates: appends of it are refused in every other.</summary>
    LeaderEpoch LeaderEpoch { get; }

    /// <summary>Hands batches to the partition's leader. The request is completed exactly once, in the order of the appends.</summary>
    void Append(Append request);
}

/// <summary>A partition of an internal topic as the coordinator on its leader uses it.</summary>
public interface ICoordinatorLog : IPartitionAppender
{
    /// <summary>Earliest readable offset.</summary>
    Offset LogStartOffset { get; }

    /// <summary>Where a load may stop: everything below was appended before this node began to coordinate.</summary>
    Offset LogEndOffset { get; }

    /// <summary>Whole batches from <paramref name="from"/> on, at least one; none at the end. The caller releases the records.</summary>
    PartitionRead Read(Offset from, int maxBytes);
}

/// <summary>A real partition as the log of a coordinator, while this node leads it in one epoch.</summary>
public sealed class PartitionCoordinatorLog(Partition partition, LeaderEpoch epoch) : ICoordinatorLog
{
    public LeaderEpoch LeaderEpoch => epoch;

    public Offset LogStartOffset => partition.LogStartOffset;

    public Offset LogEndOffset => partition.LogEndOffset;

    public void Append(Append request) => partition.Append(request);

    public PartitionRead Read(Offset from, int maxBytes) =>
        partition.Read(from, maxBytes, ReadIsolation.LogEnd, atLeastOneBatch: true, LeaderEpoch.Unknown);
}
