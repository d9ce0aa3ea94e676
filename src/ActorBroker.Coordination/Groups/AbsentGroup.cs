namespace ActorBroker.Coordination.Groups;

/// <summary>How requests to a group that does not exist are answered.</summary>
public static class AbsentGroup
{
    /// <summary>Null when the request brings the group into being: a first join, or offsets committed from outside of a generation.</summary>
    public static GroupReply? ReplyTo(GroupEvent.Request request) => request switch
    {
        GroupEvent.Join { MemberId.Length: 0 } => null,
        GroupEvent.CommitOffsets { GenerationId: < 0 } => null,
        GroupEvent.Join or GroupEvent.Sync or GroupEvent.Heartbeat => GroupReply.Refuse(request, GroupError.UnknownMemberId),
        GroupEvent.CommitOffsets => GroupReply.Refuse(request, GroupError.IllegalGeneration),
        GroupEvent.Leave leave => new GroupReply.Leave(GroupError.None,
            [.. leave.Members.Select(member => new LeftMember(member.MemberId, member.GroupInstanceId, GroupError.UnknownMemberId))]),
        GroupEvent.FetchOffsets fetch => new GroupReply.FetchOffsets(GroupError.None,
            [.. (fetch.Partitions ?? []).Select(GroupOffsets.NothingCommitted)]),
        GroupEvent.DeleteOffsets or GroupEvent.Delete => GroupReply.Refuse(request, GroupError.GroupIdNotFound),
        GroupEvent.Describe => new GroupReply.Describe(GroupError.None, GroupState.Dead, "", "", []),
        _ => throw new ArgumentOutOfRangeException(nameof(request), request, "Not a request to a group."),
    };

    /// <summary>How requests are answered while the group's partition is still being loaded, as Kafka does it.</summary>
    public static GroupReply ReplyWhileLoading(GroupEvent.Request request) => request switch
    {
        // The member may well be in the group: it goes on, and is heard of again before its session ends.
        GroupEvent.Heartbeat => new GroupReply.Heartbeat(GroupError.None),
        // Clients before Kafka 2.4 did not expect a loading coordinator here; joining again leads to the same.
        GroupEvent.Sync => GroupReply.Sync.Failed(GroupError.RebalanceInProgress),
        _ => GroupReply.Refuse(request, GroupError.CoordinatorLoadInProgress),
    };

    /// <summary>Whether an empty group id is allowed: only where groups of simple consumers are concerned, which once could be nameless.</summary>
    public static bool MayBeNameless(GroupEvent.Request request) => request is
        GroupEvent.CommitOffsets or GroupEvent.FetchOffsets or GroupEvent.DeleteOffsets or GroupEvent.Describe or GroupEvent.Delete;
}
