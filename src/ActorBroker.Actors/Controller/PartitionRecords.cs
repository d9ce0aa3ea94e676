using System.Collections.Immutable;
using ActorBroker.Metadata;
using ActorBroker.Model;
using ActorBroker.Protocol;
using ActorBroker.Protocol.MetadataRecords;

namespace ActorBroker.Actors.Controller;

/// <summary>Partitions and their changes as KRaft's records; each in the lowest version that holds what it says.</summary>
internal static class PartitionRecords
{
    private const int LeaderUnchanged = -2;
    private const sbyte RecoveryUnchanged = -1;
    private const short WithElr = 2;

    public static (ITypedRecord Record, short Version) Of(PartitionCreated created)
    {
        var partition = created.Partition;
        var hasElr = !partition.Elr.IsEmpty || !partition.LastKnownElr.IsEmpty;
        var record = new PartitionRecord
        {
            PartitionId = partition.Index,
            TopicId = created.Topic.Value,
            Replicas = Values(partition.Replicas),
            Isr = Values(partition.Isr),
            RemovingReplicas = Values(partition.Removing),
            AddingReplicas = Values(partition.Adding),
            Leader = partition.Leader.Value,
            LeaderRecoveryState = (sbyte)partition.LeaderRecoveryState,
            LeaderEpoch = partition.LeaderEpoch.Value,
            PartitionEpoch = partition.Epoch.Value,
            EligibleLeaderReplicas = hasElr ? Values(partition.Elr) : null,
            LastKnownElr = hasElr ? Values(partition.LastKnownElr) : null,
        };
        return (record, hasElr ? WithElr : (short)0);
    }

    public static PartitionCreated Read(PartitionRecord record) => new(new TopicId(record.TopicId), new PartitionImage(
        record.PartitionId,
        Ids(record.Replicas),
        Ids(record.Isr),
        new NodeId(record.Leader),
        new LeaderEpoch(record.LeaderEpoch),
        new PartitionEpoch(record.PartitionEpoch))
    {
        Adding = Ids(record.AddingReplicas),
        Removing = Ids(record.RemovingReplicas),
        Elr = MaybeIds(record.EligibleLeaderReplicas) ?? [],
        LastKnownElr = MaybeIds(record.LastKnownElr) ?? [],
        LeaderRecoveryState = StateOf(record.LeaderRecoveryState),
    });

    public static (ITypedRecord Record, short Version) Of(PartitionChanged change)
    {
        var record = new PartitionChangeRecord
        {
            PartitionId = change.Index,
            TopicId = change.Topic.Value,
            Isr = MaybeValues(change.Isr),
            Leader = change.Leader?.Value ?? LeaderUnchanged,
            Replicas = MaybeValues(change.Replicas),
            RemovingReplicas = MaybeValues(change.Removing),
            AddingReplicas = MaybeValues(change.Adding),
            LeaderRecoveryState = (sbyte?)change.LeaderRecoveryState ?? RecoveryUnchanged,
            EligibleLeaderReplicas = MaybeValues(change.Elr),
            LastKnownElr = MaybeValues(change.LastKnownElr),
        };
        return (record, change.Elr is not null || change.LastKnownElr is not null ? WithElr : (short)0);
    }

    public static PartitionChanged Read(PartitionChangeRecord record) => new(
        new TopicId(record.TopicId),
        record.PartitionId,
        MaybeIds(record.Isr),
        record.Leader == LeaderUnchanged ? null : new NodeId(record.Leader),
        record.LeaderRecoveryState == RecoveryUnchanged ? null : StateOf(record.LeaderRecoveryState),
        MaybeIds(record.Replicas),
        MaybeIds(record.RemovingReplicas),
        MaybeIds(record.AddingReplicas),
        MaybeIds(record.EligibleLeaderReplicas),
        MaybeIds(record.LastKnownElr));

    /// <exception cref="ProtocolException">No such state.</exception>
    private static LeaderRecoveryState StateOf(sbyte value) => Enum.IsDefined((LeaderRecoveryState)value)
        ? (LeaderRecoveryState)value
        : throw new ProtocolException($"partition with leader recovery state {value}; known are 0 and 1");

    private static List<int> Values(ImmutableArray<NodeId> ids) => [.. ids.Select(id => id.Value)];

    private static List<int>? MaybeValues(ImmutableArray<NodeId>? ids) => ids is { } known ? Values(known) : null;

    private static ImmutableArray<NodeId> Ids(List<int> values) => [.. values.Select(value => new NodeId(value))];

    private static ImmutableArray<NodeId>? MaybeIds(List<int>? values) => values is null ? null : Ids(values);
}
