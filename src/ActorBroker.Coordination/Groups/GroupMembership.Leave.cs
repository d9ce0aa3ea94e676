namespace ActorBroker.Coordination.Groups;

internal sealed partial class GroupMembership
{
    private List<Action<GroupError>> _awaitingDepartures = [];
    private bool _hasDepartures;
    private bool _isWritingDepartures;

    public void Leave(GroupEvent.Leave request, long nowMs)
    {
        var left = new LeftMember[request.Members.Count];
        for (var i = 0; i < left.Length; i++)
        {
            var identity = request.Members[i];
            left[i] = new LeftMember(identity.MemberId, identity.GroupInstanceId, Leave(identity, nowMs));
        }

        PersistDepartures(error => effects.Reply(request.Token, new GroupReply.Leave(error, left)));
    }

    private GroupError Leave(MemberIdentity identity, long nowMs)
    {
        // An administrator removes a static member by its identity alone (KIP-345).
        var memberId = identity.MemberId.Length == 0 && identity.GroupInstanceId is { } instance
            ? group.StaticMemberId(instance) ?? ""
            : identity.MemberId;
        if (identity.GroupInstanceId is null && group.PendingMembers.Remove(memberId))
        {
            TryCompleteJoin(nowMs);
            return GroupError.None;
        }

        var error = Validate(memberId, identity.GroupInstanceId, out var member);
        if (error == GroupError.None)
        {
            Remove(member!, nowMs);
        }

        return error;
    }

    private void Expire(GroupMember member, long nowMs)
    {
        // Who waits for an answer of ours is not expected to heartbeat; the answer starts the session again.
        // New members do time out: nobody may ever come to fetch the answer.
        if (!member.IsNew && (member.AwaitingJoin is not null || member.AwaitingSync is not null))
        {
            member.SessionDeadlineMs = long.MaxValue;
        }
        else if (group.Find(member.MemberId) == member)
        {
            Remove(member, nowMs);
        }
    }

    /// <summary>Removes a member and lets the others rebalance.</summary>
    private void Remove(GroupMember member, long nowMs)
    {
        _hasDepartures |= !member.IsNew;
        RemoveQuietly(member);
        if (group.State is GroupState.Stable or GroupState.CompletingRebalance)
        {
            PrepareRebalance(nowMs);
        }
        else
        {
            TryCompleteJoin(nowMs);
        }
    }

    private void RemoveQuietly(GroupMember member)
    {
        AnswerJoin(member, GroupReply.Join.Failed("", GroupError.UnknownMemberId));
        AnswerSync(member, GroupReply.Sync.Failed(GroupError.UnknownMemberId));
        group.Remove(member);
    }

    /// <summary>
    /// Has the log forget who left, so that a coordinator that takes over before the next generation is written does not take them for
    /// members until their sessions end. While one record is on its way the next departures gather: a large group that ends at once writes few.
    /// </summary>
    /// <param name="afterwards">Is told when the members that left by now are gone for good.</param>
    private void PersistDepartures(Action<GroupError> afterwards)
    {
        if (!_hasDepartures)
        {
            afterwards(GroupError.None);
            return;
        }

        _awaitingDepartures.Add(afterwards);
        if (!_isWritingDepartures)
        {
            WriteDepartures();
        }
    }

    private void WriteDepartures()
    {
        var told = _awaitingDepartures;
        _awaitingDepartures = [];
        _hasDepartures = false;
        if (group.State is not (GroupState.PreparingRebalance or GroupState.CompletingRebalance))
        {
            // The record of the next generation, or of the empty group, is in the log already, or before whatever follows.
            told.ForEach(static afterwards => afterwards(GroupError.None));
            return;
        }

        _isWritingDepartures = true;
        effects.Write([new GroupRecord.Metadata(group.GroupId, group.SnapshotBetweenGenerations())], (outcome, _) =>
        {
            _isWritingDepartures = false;
            told.ForEach(afterwards => afterwards(outcome.ForDepartures()));
            if (_awaitingDepartures.Count > 0 && group.State != GroupState.Dead)
            {
                WriteDepartures();
            }
            else
            {
                _awaitingDepartures.ForEach(afterwards => afterwards(outcome.ForDepartures()));
                _awaitingDepartures.Clear();
            }
        });
    }
}
