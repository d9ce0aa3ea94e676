using ActorBroker.Model;

namespace ActorBroker.Coordination.Groups;

/// <summary>The answer to a <see cref="GroupEvent.Request"/>.</summary>
public abstract record GroupReply
{
    private GroupReply()
    {
    }

    /// <param name="Members">Filled for the leader only, who assigns.</param>
    /// <param name="SkipAssignment">The returning static leader must not assign again (KIP-814).</param>
    public sealed record Join(
        GroupError Error,
        string MemberId,
        int GenerationId,
        string? ProtocolType,
        string? ProtocolName,
        string LeaderId,
        bool SkipAssignment,
        IReadOnlyList<JoinedMember> Members) : GroupReply
    {
        public static Join Failed(string memberId, GroupError error) => new(error, memberId, -1, null, null, "", false, []);
    }

    public sealed record Sync(GroupError Error, string? ProtocolType, string? ProtocolName, ReadOnlyMemory<byte> Assignment) : GroupReply
    {
        public static Sync Failed(GroupError error) => new(error, null, null, default);
    }

    public sealed record Heartbeat(GroupError Error) : GroupReply;

    public sealed record Leave(GroupError Error, IReadOnlyList<LeftMember> Members) : GroupReply;

    /// <param name="Errors">In the order of the request's partitions.</param>
    public sealed record CommitOffsets(IReadOnlyList<GroupError> Errors) : GroupReply;

    /// <param name="Offsets">In the order of the request's partitions; for all, sorted by topic and partition.</param>
    public sealed record FetchOffsets(GroupError Error, IReadOnlyList<FetchedOffset> Offsets) : GroupReply;

    /// <param name="Errors">In the order of the request's partitions.</param>
    public sealed record DeleteOffsets(GroupError Error, IReadOnlyList<GroupError> Errors) : GroupReply;

    public sealed record Delete(GroupError Error) : GroupReply;

    /// <param name="Protocol">The chosen protocol when stable, else empty.</param>
    public sealed record Describe(
        GroupError Error, GroupState State, string ProtocolType, string Protocol, IReadOnlyList<DescribedMember> Members) : GroupReply;

    /// <summary>The reply that refuses a request as a whole.</summary>
    public static GroupReply Refuse(GroupEvent.Request request, GroupError error) => request switch
    {
        GroupEvent.Join join => Join.Failed(join.MemberId, error),
        GroupEvent.Sync => Sync.Failed(error),
        GroupEvent.Heartbeat => new Heartbeat(error),
        GroupEvent.Leave => new Leave(error, []),
        GroupEvent.CommitOffsets commit => new CommitOffsets([.. commit.Offsets.Select(_ => error)]),
        GroupEvent.FetchOffsets => new FetchOffsets(error, []),
        GroupEvent.DeleteOffsets => new DeleteOffsets(error, []),
        GroupEvent.Delete => new Delete(error),
        GroupEvent.Describe => new Describe(error, GroupState.Dead, "", "", []),
        _ => throw new ArgumentOutOfRangeException(nameof(request), request, "Not a request to a group."),
    };
}

public readonly record struct JoinedMember(string MemberId, string? GroupInstanceId, ReadOnlyMemory<byte> Metadata);

public readonly record struct LeftMember(string MemberId, string? GroupInstanceId, GroupError Error);

/// <param name="Offset">Unknown (-1) when nothing is committed.</param>
public readonly record struct FetchedOffset(TopicPartition Partition, Offset Offset, LeaderEpoch LeaderEpoch, string Metadata);

public readonly record struct DescribedMember(
    string MemberId, string? GroupInstanceId, string ClientId, string ClientHost, ReadOnlyMemory<byte> Metadata, ReadOnlyMemory<byte> Assignment);
