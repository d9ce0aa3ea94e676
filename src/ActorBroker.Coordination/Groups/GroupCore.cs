namespace ActorBroker.Coordination.Groups;

/// <summary>
/// One consumer group of the classic protocol: the whole of Kafka's group coordinator for it, without clock, I/O or threads.
/// </summary>
/// <remarks>
/// <para>Life: <see cref="Replay"/> the group's records, step <see cref="GroupEvent.Loaded"/>, then one step per event. A new group skips the first two.</para>
/// <para>Who joins does so in memory, as in Kafka: what a crash loses, the members' next heartbeat repairs. Who left is written (in Kafka a
/// coordinator that takes over waits for the whole session of such a member). Generations with their assignments, departures and offsets are told to clients
/// only after their records are committed.</para>
/// </remarks>
public sealed class GroupCore
{
    private readonly ClassicGroup _group;
    private readonly GroupMembership _membership;
    private readonly GroupOffsets _offsets;
    private readonly EffectSink _effects = new();
    private GroupOverview? _shown;
    private bool _isRemoved;

    public GroupCore(string groupId, GroupSettings settings)
    {
        _group = new ClassicGroup(groupId);
        _membership = new GroupMembership(_group, settings, _effects);
        _offsets = new GroupOffsets(_group, _membership, settings, _effects);
    }

    public string GroupId => _group.GroupId;

    public GroupState State => _group.State;

    /// <summary>The current generation; 0 before the first.</summary>
    public int Generation => _group.Generation;

    public int MemberCount => _group.Count;

    public int CommittedOffsetCount => _offsets.CommittedCount;

    /// <summary>Nothing was ever written of the group, or everything was taken back: it need not be kept after a load.</summary>
    public bool IsVacant => _group is { State: GroupState.Empty, Generation: 0, ProtocolType: null, PendingMembers.Count: 0 } && _offsets.IsEmpty;

    /// <summary>Takes in one record of the log while the group is being loaded, in the log's order.</summary>
    public void Replay(GroupRecord record)
    {
        switch (record)
        {
            case GroupRecord.Metadata metadata:
                _group.Restore(metadata.Snapshot);
                break;
            case GroupRecord.MetadataTombstone:
                _group.Clear();
                break;
            default:
                _offsets.Apply([record], 0);
                break;
        }
    }

    /// <summary>Advances the group by one event.</summary>
    /// <param name="nowMs">Milliseconds since 1970; not going back between steps.</param>
    /// <returns>What to do, in this order. The list is the caller's.</returns>
    public IReadOnlyList<GroupEffect> Step(GroupEvent happened, long nowMs)
    {
        if (happened is GroupEvent.WriteCompleted completed)
        {
            _effects.Complete(completed.WriteId, completed.Outcome, nowMs);
        }
        else if (happened is GroupEvent.Unload)
        {
            Unload(nowMs);
        }
        else if (_group.State == GroupState.Dead)
        {
            if (happened is GroupEvent.Request request)
            {
                _effects.Reply(request.Token, ReplyOfTheDead(request));
            }
        }
        else
        {
            StepAlive(happened, nowMs);
        }

        ShowOverview();
        return _effects.Take();
    }

    private void StepAlive(GroupEvent happened, long nowMs)
    {
        switch (happened)
        {
            case GroupEvent.Heartbeat heartbeat:
                _membership.Heartbeat(heartbeat, nowMs);
                break;
            case GroupEvent.CommitOffsets commit:
                _offsets.Commit(commit, nowMs);
                break;
            case GroupEvent.FetchOffsets fetch:
                _offsets.Fetch(fetch);
                break;
            case GroupEvent.Join join:
                _membership.Join(join, nowMs);
                break;
            case GroupEvent.Sync sync:
                _membership.Sync(sync, nowMs);
                break;
            case GroupEvent.Leave leave:
                _membership.Leave(leave, nowMs);
                break;
            case GroupEvent.DeleteOffsets delete:
                _offsets.Delete(delete);
                break;
            case GroupEvent.Delete delete:
                Delete(delete, nowMs);
                break;
            case GroupEvent.Describe describe:
                _effects.Reply(describe.Token, Describe());
                break;
            case GroupEvent.Tick:
                _membership.Tick(nowMs);
                break;
            case GroupEvent.ExpireOffsets:
                ExpireOffsets(nowMs);
                break;
            case GroupEvent.TopicsDeleted deleted:
                _offsets.DropTopics(deleted.Topics);
                break;
            case GroupEvent.Loaded:
                _membership.StartSessions(nowMs);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(happened), happened, "Not an event of a group.");
        }
    }

    private static GroupReply ReplyOfTheDead(GroupEvent.Request request) => request switch
    {
        GroupEvent.Describe or GroupEvent.Delete or GroupEvent.DeleteOffsets or GroupEvent.FetchOffsets => AbsentGroup.ReplyTo(request)!,
        _ => GroupReply.Refuse(request, GroupError.CoordinatorNotAvailable),
    };

    private void Unload(long nowMs)
    {
        _membership.Abandon(GroupError.NotCoordinator);
        _group.TransitionTo(GroupState.Dead, nowMs);
        Remove();
        _effects.CompleteAll(WriteOutcome.NotLeader, nowMs);
    }

    private void Delete(GroupEvent.Delete request, long nowMs)
    {
        if (_group.State != GroupState.Empty)
        {
            _effects.Reply(request.Token, new GroupReply.Delete(GroupError.NonEmptyGroup));
            return;
        }

        Bury([.. _offsets.Known()], nowMs, outcome => _effects.Reply(request.Token, new GroupReply.Delete(outcome.ForOffsets())));
    }

    private void ExpireOffsets(long nowMs)
    {
        var expired = _offsets.Expired(nowMs);
        var nothingRemains = _group.State == GroupState.Empty && _group.PendingMembers.Count == 0
            && expired.Count == _offsets.Known().Count() && !_effects.HasWritesInFlight;
        if (nothingRemains)
        {
            Bury(expired, nowMs, static _ => { });
        }
        else if (expired.Count > 0)
        {
            _offsets.Drop(expired, static _ => { });
        }
    }

    /// <summary>Writes the tombstones of the group. It is dead from now on, so that nobody joins what is being removed.</summary>
    private void Bury(IReadOnlyList<Model.TopicPartition> partitions, long nowMs, Action<WriteOutcome> afterwards)
    {
        var stateTimestampMs = _group.StateTimestampMs;
        _group.TransitionTo(GroupState.Dead, nowMs);
        List<GroupRecord> records = [.. partitions.Select(partition => new GroupRecord.OffsetTombstone(GroupId, partition))];
        if (_group.Generation > 0)
        {
            records.Add(new GroupRecord.MetadataTombstone(GroupId));
        }

        if (records.Count == 0)
        {
            afterwards(WriteOutcome.Written);
            Remove();
            return;
        }

        _effects.Write(records, (outcome, _) =>
        {
            if (outcome == WriteOutcome.Written)
            {
                _offsets.Clear();
                Remove();
            }
            else if (!_isRemoved)
            {
                _group.TransitionTo(GroupState.Empty, stateTimestampMs);
            }

            afterwards(outcome);
        });
    }

    private void Remove()
    {
        if (!_isRemoved)
        {
            _isRemoved = true;
            _effects.Add(new GroupEffect.Removed());
        }
    }

    private GroupReply.Describe Describe()
    {
        var isStable = _group.State == GroupState.Stable;
        return new GroupReply.Describe(
            GroupError.None, _group.State, _group.ProtocolType ?? "", isStable ? _group.Protocol ?? "" : "",
            [.. _group.Members.Select(member => new DescribedMember(
                member.MemberId, member.GroupInstanceId, member.ClientId, member.ClientHost,
                isStable ? member.Metadata(_group.Protocol) : default, isStable ? member.Assignment : default))]);
    }

    private void ShowOverview()
    {
        var protocolType = _group.ProtocolType ?? "";
        if (!_isRemoved && (_shown is null || _shown.State != _group.State || _shown.ProtocolType != protocolType))
        {
            _shown = new GroupOverview(GroupId, protocolType, _group.State);
            _effects.Add(new GroupEffect.OverviewChanged(_shown));
        }
    }
}
