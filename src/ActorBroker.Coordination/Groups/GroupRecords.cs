using ActorBroker.Model;

namespace ActorBroker.Coordination.Groups;

/// <summary>A record of the offsets topic, in the domain's terms; its bytes are Kafka's (record-format, internal topics).</summary>
public abstract record GroupRecord(string GroupId)
{
    /// <summary>The whole group: members, generation, assignments.</summary>
    public sealed record Metadata(string GroupId, GroupSnapshot Snapshot) : GroupRecord(GroupId);

    /// <summary>The group is gone.</summary>
    public sealed record MetadataTombstone(string GroupId) : GroupRecord(GroupId);

    public sealed record OffsetCommit(string GroupId, TopicPartition Partition, CommittedOffset Offset) : GroupRecord(GroupId);

    public sealed record OffsetTombstone(string GroupId, TopicPartition Partition) : GroupRecord(GroupId);
}

/// <param name="ProtocolType">Empty for none.</param>
/// <param name="StateTimestampMs">When the group came into its state; -1 unknown.</param>
public sealed record GroupSnapshot(
    string ProtocolType, int Generation, string? Protocol, string? Leader, long StateTimestampMs, IReadOnlyList<MemberSnapshot> Members);

/// <param name="Subscription">The member's metadata for the chosen protocol.</param>
public readonly record struct MemberSnapshot(
    string MemberId,
    string? GroupInstanceId,
    string ClientId,
    string ClientHost,
    int RebalanceTimeoutMs,
    int SessionTimeoutMs,
    ReadOnlyMemory<byte> Subscription,
    ReadOnlyMemory<byte> Assignment);

/// <param name="ExpireTimestampMs">Null: the broker's retention applies.</param>
public sealed record CommittedOffset(
    Offset Offset, LeaderEpoch LeaderEpoch, string Metadata, long CommitTimestampMs, long? ExpireTimestampMs = null);
