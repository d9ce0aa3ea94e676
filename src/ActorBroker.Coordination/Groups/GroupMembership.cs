namespace ActorBroker.Coordination.Groups;

/// <summary>
/// The membership protocol of classic groups (Kafka's "classic" rebalance protocol): this part holds heartbeats and
/// everything that time does; <c>.Join</c> the ways in; <c>.Leave</c> the ways out; <c>.Rebalance</c> how a generation comes to be.
/// </summary>
/// <remarks>
/// Instead of a timer per member there are deadlines, and one wake-up at the earliest of them. A heartbeat only moves a deadline
/// later, so that it costs neither a timer nor an effect.
/// </remarks>
internal sealed partial class GroupMembership(ClassicGroup group, GroupSettings settings, EffectSink effects)
{
    /// <summary>When joining ends for those who joined; MaxValue when no rebalance waits.</summary>
    private long _joinDeadlineMs = long.MaxValue;

    /// <summary>When those of the generation who did not ask for their assignment are removed.</summary>
    private long _syncDeadlineMs = long.MaxValue;

    public void Heartbeat(GroupEvent.Heartbeat request, long nowMs)
    {
        var error = Validate(request.MemberId, request.GroupInstanceId, out var member);
        if (error == GroupError.None && request.GenerationId != group.Generation)
        {
            error = GroupError.IllegalGeneration;
        }

        if (error == GroupError.None)
        {
            HeardOf(member!, nowMs);
            if (group.State == GroupState.PreparingRebalance)
            {
                error = GroupError.RebalanceInProgress;
            }
        }

        effects.Reply(request.Token, new GroupReply.Heartbeat(error));
    }

    /// <summary>Any sign of life: the session starts anew.</summary>
    public void HeardOf(GroupMember member, long nowMs)
    {
        member.SessionDeadlineMs = nowMs + member.SessionTimeoutMs;
        effects.WakeBy(member.SessionDeadlineMs);
    }

    /// <summary>Whether the caller is the member that it says it is.</summary>
    public GroupError Validate(string memberId, string? groupInstanceId, out GroupMember? member)
    {
        member = group.Find(memberId);
        if (groupInstanceId is not null)
        {
            var current = group.StaticMemberId(groupInstanceId);
            return current is null ? GroupError.UnknownMemberId
                : current != memberId ? GroupError.FencedInstanceId
                : GroupError.None;
        }

        return member is null ? GroupError.UnknownMemberId : GroupError.None;
    }

    /// <summary>Everything whose time has come, then the next wake-up.</summary>
    public void Tick(long nowMs)
    {
        effects.Woken();
        foreach (var (memberId, deadlineMs) in group.PendingMembers.ToArray())
        {
            if (deadlineMs <= nowMs)
            {
                group.PendingMembers.Remove(memberId);
                TryCompleteJoin(nowMs);
            }
        }

        foreach (var member in group.Members.ToArray())
        {
            if (member.SessionDeadlineMs <= nowMs)
            {
                Expire(member, nowMs);
            }
        }

        PersistDepartures(static _ => { });
        if (_joinDeadlineMs <= nowMs)
        {
            JoinTimeIsUp(nowMs);
        }

        if (_syncDeadlineMs <= nowMs)
        {
            SyncTimeIsUp(nowMs);
        }

        WakeByNextDeadline();
    }

    /// <summary>After a load: everybody has a whole session to be heard of, and goes on with the rebalance that the coordinator before had begun.</summary>
    public void StartSessions(long nowMs)
    {
        foreach (var member in group.Members)
        {
            HeardOf(member, nowMs);
        }

        if (group.IsBetweenGenerations || group.Count > settings.MaxSize)
        {
            PrepareRebalance(nowMs);
        }
    }

    /// <summary>Answers everybody who waits, because the group moves away or ends.</summary>
    public void Abandon(GroupError error)
    {
        foreach (var member in group.Members)
        {
            AnswerJoin(member, GroupReply.Join.Failed(member.MemberId, error));
            AnswerSync(member, GroupReply.Sync.Failed(error));
        }

        _joinDeadlineMs = _syncDeadlineMs = long.MaxValue;
    }

    private void WakeByNextDeadline()
    {
        var next = Math.Min(_joinDeadlineMs, _syncDeadlineMs);
        foreach (var member in group.Members)
        {
            next = Math.Min(next, member.SessionDeadlineMs);
        }

        foreach (var deadlineMs in group.PendingMembers.Values)
        {
            next = Math.Min(next, deadlineMs);
        }

        if (next != long.MaxValue)
        {
            effects.WakeBy(next);
        }
    }

    private bool AnswerJoin(GroupMember member, GroupReply.Join reply)
    {
        if (group.TakeJoin(member) is not { } token)
        {
            return false;
        }

        effects.Reply(token, reply);
        return true;
    }

    private bool AnswerSync(GroupMember member, GroupReply.Sync reply)
    {
        if (member.AwaitingSync is not { } token)
        {
            return false;
        }

        member.AwaitingSync = null;
        effects.Reply(token, reply);
        return true;
    }
}
