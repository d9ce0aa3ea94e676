using ActorBroker.Model;

namespace ActorBroker.Coordination.Groups;

/// <summary>Names a request that waits for its reply; each one gets exactly one <see cref="GroupEffect.Reply"/>.</summary>
public readonly record struct RequestToken(long Value);

/// <summary>Something that happens to a group.</summary>
public abstract record GroupEvent
{
    private GroupEvent()
    {
    }

    /// <summary>A request that gets one reply.</summary>
    public abstract record Request(RequestToken Token) : GroupEvent;

    /// <summary>A consumer joins, or joins again.</summary>
    /// <param name="MemberId">Empty on the first join.</param>
    /// <param name="NewMemberUuid">The random part of the member id, should one be given out.</param>
    /// <param name="GroupInstanceId">The identity of a static member (KIP-345), else null.</param>
    /// <param name="RequireKnownMemberId">From version 4 a new member must come back with the id it is given (KIP-394).</param>
    /// <param name="SupportsSkippingAssignment">From version 9 a returning leader can be told not to assign (KIP-814).</param>
    /// <param name="Protocols">In the member's order of preference.</param>
    public sealed record Join(
        RequestToken Token,
        string MemberId,
        Guid NewMemberUuid,
        string? GroupInstanceId,
        bool RequireKnownMemberId,
        bool SupportsSkippingAssignment,
        string ClientId,
        string ClientHost,
        int SessionTimeoutMs,
        int RebalanceTimeoutMs,
        string ProtocolType,
        IReadOnlyList<GroupProtocol> Protocols) : Request(Token);

    /// <summary>A member asks for its assignment; the leader brings everybody's.</summary>
    /// <param name="ProtocolType">Checked when not null (version 5 and later).</param>
    /// <param name="ProtocolName">Checked when not null (version 5 and later).</param>
    public sealed record Sync(
        RequestToken Token,
        int GenerationId,
        string MemberId,
        string? GroupInstanceId,
        string? ProtocolType,
        string? ProtocolName,
        IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Assignments) : Request(Token);

    public sealed record Heartbeat(RequestToken Token, int GenerationId, string MemberId, string? GroupInstanceId) : Request(Token);

    public sealed record Leave(RequestToken Token, IReadOnlyList<MemberIdentity> Members) : Request(Token);

    /// <summary>Commits offsets: of a member (generation and member id), or of a simple consumer or tool (generation -1, no member id).</summary>
    /// <param name="RetentionMs">Null for the broker's retention (versions 2 to 4 could ask for their own).</param>
    public sealed record CommitOffsets(
        RequestToken Token,
        int GenerationId,
        string MemberId,
        string? GroupInstanceId,
        long? RetentionMs,
        IReadOnlyList<OffsetToCommit> Offsets) : Request(Token);

    /// <summary>Reads committed offsets.</summary>
    /// <param name="Partitions">Null for all.</param>
    public sealed record FetchOffsets(RequestToken Token, IReadOnlyList<TopicPartition>? Partitions) : Request(Token);

    public sealed record DeleteOffsets(RequestToken Token, IReadOnlyList<TopicPartition> Partitions) : Request(Token);

    public sealed record Delete(RequestToken Token) : Request(Token);

    public sealed record Describe(RequestToken Token) : Request(Token);

    /// <summary>A write asked for with <see cref="GroupEffect.Write"/> ended.</summary>
    public sealed record WriteCompleted(long WriteId, WriteOutcome Outcome) : GroupEvent;

    /// <summary>The time of a <see cref="GroupEffect.WakeAt"/> has come.</summary>
    public sealed record Tick : GroupEvent;

    /// <summary>Every record of the group was replayed; the members' sessions start.</summary>
    public sealed record Loaded : GroupEvent;

    /// <summary>Periodic: drop offsets that outlived their retention, and the group when nothing is left of it.</summary>
    public sealed record ExpireOffsets : GroupEvent;

    /// <summary>Topics were deleted: their offsets go.</summary>
    public sealed record TopicsDeleted(IReadOnlySet<string> Topics) : GroupEvent;

    /// <summary>This node stops coordinating the group: everybody who waits is sent to the new coordinator.</summary>
    public sealed record Unload : GroupEvent;
}

/// <summary>An assignment protocol that a member offers (for consumers: an assignor), with its own opaque metadata.</summary>
public readonly record struct GroupProtocol(string Name, ReadOnlyMemory<byte> Metadata);

/// <summary>Who leaves: a member id, or only a static identity (an administrator removing it).</summary>
public readonly record struct MemberIdentity(string MemberId, string? GroupInstanceId);

/// <param name="CommitTimestampMs">Null for now (version 1 could state it).</param>
public readonly record struct OffsetToCommit(
    TopicPartition Partition, Offset Offset, LeaderEpoch LeaderEpoch, string? Metadata, long? CommitTimestampMs = null);
