namespace ActorBroker.Coordination.Groups;

/// <summary>
/// The state of a classic group: members, generation, leader, protocol. It holds the rules that need nothing but the state;
/// <see cref="GroupMembership"/> runs the protocol on it.
/// </summary>
internal sealed class ClassicGroup(string groupId)
{
    /// <summary>The protocol type of consumers, whose metadata tells their topics.</summary>
    public const string ConsumerProtocolType = "consumer";

    private readonly OrderedDictionary<string, GroupMember> _members = [];
    private readonly Dictionary<string, string> _staticMembers = [];
    private readonly Dictionary<string, int> _supporters = [];

    public string GroupId { get; } = groupId;

    public GroupState State { get; private set; } = GroupState.Empty;

    /// <summary>When the state was entered; -1 unknown.</summary>
    public long StateTimestampMs { get; private set; } = -1;

    public int Generation { get; private set; }

    public string? ProtocolType { get; private set; }

    /// <summary>The protocol chosen for this generation.</summary>
    public string? Protocol { get; private set; }

    public string? LeaderId { get; private set; }

    /// <summary>The topics of all members, when the group is one of consumers and they could be read.</summary>
    public HashSet<string>? Topics { get; private set; }

    public int Count => _members.Count;

    public int AwaitingJoinCount { get; private set; }

    /// <summary>Members in the order they came.</summary>
    public IList<GroupMember> Members => _members.Values;

    /// <summary>Ids that were given out and have not come back, with the time at which they are forgotten.</summary>
    public Dictionary<string, long> PendingMembers { get; } = [];

    /// <summary>Members of this generation that have not asked for their assignment yet.</summary>
    public HashSet<string> PendingSync { get; } = [];

    /// <summary>Was restored from <see cref="SnapshotBetweenGenerations"/>: its members have to join again.</summary>
    public bool IsBetweenGenerations { get; private set; }

    public bool IsConsumerGroup => ProtocolType == ConsumerProtocolType;

    public int RebalanceTimeoutMs
    {
        get
        {
            var timeoutMs = 0;
            foreach (var member in _members.Values)
            {
                timeoutMs = Math.Max(timeoutMs, member.RebalanceTimeoutMs);
            }

            return timeoutMs;
        }
    }

    public bool EverybodyJoined => AwaitingJoinCount == _members.Count && PendingMembers.Count == 0;

    public GroupMember? Find(string memberId) => _members.GetValueOrDefault(memberId);

    public string? StaticMemberId(string groupInstanceId) => _staticMembers.GetValueOrDefault(groupInstanceId);

    public bool IsLeader(GroupMember member) => member.MemberId == LeaderId;

    public void TransitionTo(GroupState state, long nowMs)
    {
        var legal = (State, state) switch
        {
            (_, GroupState.Dead) => true,
            (GroupState.Empty or GroupState.Stable or GroupState.CompletingRebalance, GroupState.PreparingRebalance) => true,
            (GroupState.PreparingRebalance, GroupState.Empty or GroupState.CompletingRebalance) => true,
            (GroupState.CompletingRebalance, GroupState.Stable) => true,
            (GroupState.Dead, GroupState.Empty) => true, // the tombstone could not be written
            _ => false,
        };
        if (!legal)
        {
            throw new InvalidOperationException($"Group {GroupId} cannot go from {State} to {state}.");
        }

        State = state;
        StateTimestampMs = nowMs;
    }

    public void Add(GroupMember member, string protocolType)
    {
        if (_members.Count == 0)
        {
            ProtocolType = protocolType;
        }

        _members.Add(member.MemberId, member);
        if (member.GroupInstanceId is { } instance)
        {
            _staticMembers.Add(instance, member.MemberId);
        }

        CountSupport(member.Protocols, 1);
        if (member.AwaitingJoin is not null)
        {
            AwaitingJoinCount++;
        }

        LeaderId ??= member.MemberId;
        PendingMembers.Remove(member.MemberId);
    }

    /// <summary>Takes the member out. Its waiting requests must have been answered.</summary>
    public void Remove(GroupMember member)
    {
        if (!_members.Remove(member.MemberId))
        {
            return;
        }

        if (member.AwaitingJoin is not null)
        {
            AwaitingJoinCount--;
            member.AwaitingJoin = null;
        }

        CountSupport(member.Protocols, -1);
        if (member.GroupInstanceId is { } instance)
        {
            _staticMembers.Remove(instance);
        }

        PendingSync.Remove(member.MemberId);
        if (IsLeader(member))
        {
            LeaderId = _members.Count > 0 ? _members.GetAt(0).Key : null;
        }
    }

    /// <summary>Gives a static member another id, in the same place. Its waiting requests must have been answered.</summary>
    public void ChangeId(GroupMember member, string newMemberId)
    {
        var oldMemberId = member.MemberId;
        var place = _members.IndexOf(oldMemberId);
        _members.RemoveAt(place);
        member.MemberId = newMemberId;
        _members.Insert(place, newMemberId, member);
        _staticMembers[member.GroupInstanceId!] = newMemberId;
        if (PendingSync.Remove(oldMemberId))
        {
            PendingSync.Add(newMemberId);
        }

        if (LeaderId == oldMemberId)
        {
            LeaderId = newMemberId;
        }
    }

    public void ChangeProtocols(GroupMember member, IReadOnlyList<GroupProtocol> protocols)
    {
        CountSupport(member.Protocols, -1);
        member.Protocols = protocols;
        CountSupport(protocols, 1);
    }

    public void AwaitJoin(GroupMember member, RequestToken token)
    {
        member.AwaitingJoin = token;
        AwaitingJoinCount++;
    }

    /// <summary>The token of the waiting join, which the caller answers now.</summary>
    public RequestToken? TakeJoin(GroupMember member)
    {
        var token = member.AwaitingJoin;
        if (token is not null)
        {
            member.AwaitingJoin = null;
            AwaitingJoinCount--;
        }

        return token;
    }

    /// <summary>Whether somebody with these protocols could be a member beside the ones there are.</summary>
    public bool CanServe(string protocolType, IReadOnlyList<GroupProtocol> protocols)
    {
        if (State == GroupState.Empty)
        {
            return protocolType.Length > 0 && protocols.Count > 0;
        }

        return ProtocolType == protocolType && protocols.Any(protocol => _supporters.GetValueOrDefault(protocol.Name) == _members.Count);
    }

    /// <summary>Each member votes for the protocol it prefers among those that all support; the most votes win, the earlier name on a draw.</summary>
    public string SelectProtocol()
    {
        var votes = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var member in _members.Values)
        {
            foreach (var protocol in member.Protocols)
            {
                if (_supporters[protocol.Name] == _members.Count)
                {
                    votes[protocol.Name] = votes.GetValueOrDefault(protocol.Name) + 1;
                    break;
                }
            }
        }

        return votes.MaxBy(vote => vote.Value).Key;
    }

    /// <summary>Keeps the leader if it joined, else takes the first who did; false when nobody did.</summary>
    public bool ElectLeaderAmongJoined()
    {
        if (LeaderId is null)
        {
            return false;
        }

        if (_members[LeaderId].AwaitingJoin is not null)
        {
            return true;
        }

        foreach (var member in _members.Values)
        {
            if (member.AwaitingJoin is not null)
            {
                LeaderId = member.MemberId;
                return true;
            }
        }

        return false;
    }

    public void StartGeneration(long nowMs)
    {
        Generation++;
        PendingSync.Clear();
        Protocol = _members.Count > 0 ? SelectProtocol() : null;
        Topics = ReadTopics();
        TransitionTo(_members.Count > 0 ? GroupState.CompletingRebalance : GroupState.Empty, nowMs);
    }

    /// <summary>The group as it is written to the log.</summary>
    /// <param name="assignments">Instead of the members' own, when not null.</param>
    public GroupSnapshot Snapshot(IReadOnlyDictionary<string, ReadOnlyMemory<byte>>? assignments = null) => new(
        ProtocolType ?? "", Generation, Protocol, LeaderId, StateTimestampMs, [.. _members.Values.Select(member => new MemberSnapshot(
            member.MemberId, member.GroupInstanceId, member.ClientId, member.ClientHost, member.RebalanceTimeoutMs, member.SessionTimeoutMs,
            member.Metadata(Protocol), assignments is null ? member.Assignment : assignments.GetValueOrDefault(member.MemberId)))]);

    /// <summary>
    /// Those of the last generation who are still there. It names no leader, which tells whoever restores it that they have to join again; Kafka reads
    /// such a group too, as a stable one.
    /// </summary>
    public GroupSnapshot SnapshotBetweenGenerations()
    {
        var isNew = _members.Values.Where(member => member.IsNew).Select(member => member.MemberId).ToHashSet();
        var all = Snapshot();
        return all with { Leader = null, Members = [.. all.Members.Where(member => !isNew.Contains(member.MemberId))] };
    }

    /// <summary>Becomes what was written to the log.</summary>
    public void Restore(GroupSnapshot snapshot)
    {
        Clear();
        ProtocolType = snapshot.ProtocolType.Length == 0 ? null : snapshot.ProtocolType;
        Generation = snapshot.Generation;
        Protocol = snapshot.Protocol;
        LeaderId = snapshot.Leader;
        IsBetweenGenerations = snapshot is { Leader: null, Members.Count: > 0 };
        StateTimestampMs = snapshot.StateTimestampMs;
        State = snapshot.Members.Count == 0 ? GroupState.Empty : GroupState.Stable;
        foreach (var stored in snapshot.Members)
        {
            var member = new GroupMember(stored.MemberId, stored.GroupInstanceId, stored.ClientId, stored.ClientHost)
            {
                RebalanceTimeoutMs = stored.RebalanceTimeoutMs,
                SessionTimeoutMs = stored.SessionTimeoutMs,
                Protocols = [new GroupProtocol(snapshot.Protocol ?? "", stored.Subscription)],
                Assignment = stored.Assignment,
            };
            Add(member, snapshot.ProtocolType);
        }

        if (LeaderId is not null && !_members.ContainsKey(LeaderId))
        {
            LeaderId = _members.Count > 0 ? _members.GetAt(0).Key : null;
        }

        Topics = ReadTopics();
    }

    /// <summary>Becomes a group that never was.</summary>
    public void Clear()
    {
        _members.Clear();
        _staticMembers.Clear();
        _supporters.Clear();
        PendingMembers.Clear();
        PendingSync.Clear();
        AwaitingJoinCount = 0;
        IsBetweenGenerations = false;
        State = GroupState.Empty;
        StateTimestampMs = -1;
        Generation = 0;
        ProtocolType = Protocol = LeaderId = null;
        Topics = null;
    }

    private HashSet<string>? ReadTopics()
    {
        if (!IsConsumerGroup)
        {
            return null;
        }

        var topics = new HashSet<string>();
        foreach (var member in _members.Values)
        {
            if (!SubscribedTopics.TryAddTo(topics, member.Metadata(Protocol).Span))
            {
                return null;
            }
        }

        return topics;
    }

    private void CountSupport(IReadOnlyList<GroupProtocol> protocols, int change)
    {
        foreach (var protocol in protocols)
        {
            var count = _supporters.GetValueOrDefault(protocol.Name) + change;
            if (count == 0)
            {
                _supporters.Remove(protocol.Name);
            }
            else
            {
                _supporters[protocol.Name] = count;
            }
        }
    }
}
