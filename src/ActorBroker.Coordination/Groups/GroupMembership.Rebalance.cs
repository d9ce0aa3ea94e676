namespace ActorBroker.Coordination.Groups;

internal sealed partial class GroupMembership
{
    private bool _newMemberDuringInitialDelay;

    /// <summary>Joining waits for its whole delay, because the group was empty and more members are likely on their way.</summary>
    private bool _isInitialDelay;

    private int _initialDelayMs;
    private int _initialRemainingMs;

    public void Sync(GroupEvent.Sync request, long nowMs)
    {
        var error = ValidateSync(request, out var member);
        if (error != GroupError.None)
        {
            effects.Reply(request.Token, GroupReply.Sync.Failed(error));
            return;
        }

        group.PendingSync.Remove(request.MemberId);
        if (group.State == GroupState.Stable)
        {
            HeardOf(member!, nowMs);
            effects.Reply(request.Token, SyncedReply(member!));
        }
        else
        {
            AnswerSync(member!, GroupReply.Sync.Failed(GroupError.RebalanceInProgress));
            member!.AwaitingSync = request.Token;
            if (group.IsLeader(member))
            {
                PersistAssignment(request.Assignments);
            }
        }

        if (group.PendingSync.Count == 0)
        {
            _syncDeadlineMs = long.MaxValue;
        }
    }

    private GroupError ValidateSync(GroupEvent.Sync request, out GroupMember? member)
    {
        var error = Validate(request.MemberId, request.GroupInstanceId, out member);
        if (error != GroupError.None)
        {
            return error;
        }

        if (request.GenerationId != group.Generation)
        {
            return GroupError.IllegalGeneration;
        }

        if ((request.ProtocolType is not null && request.ProtocolType != group.ProtocolType)
            || (request.ProtocolName is not null && request.ProtocolName != group.Protocol))
        {
            return GroupError.InconsistentGroupProtocol;
        }

        return group.State == GroupState.PreparingRebalance ? GroupError.RebalanceInProgress : GroupError.None;
    }

    private void PersistAssignment(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> assignments)
    {
        var generation = group.Generation;
        effects.Write([new GroupRecord.Metadata(group.GroupId, group.Snapshot(assignments))], (outcome, laterMs) =>
        {
            // Another member may have caused a new rebalance while the assignment was on its way to the log.
            if (group.State != GroupState.CompletingRebalance || group.Generation != generation)
            {
                return;
            }

            if (outcome == WriteOutcome.Written)
            {
                foreach (var member in group.Members)
                {
                    member.Assignment = assignments.GetValueOrDefault(member.MemberId);
                }

                group.TransitionTo(GroupState.Stable, laterMs);
                foreach (var member in group.Members)
                {
                    if (AnswerSync(member, SyncedReply(member)))
                    {
                        HeardOf(member, laterMs);
                    }
                }
            }
            else
            {
                DropAssignments(outcome.ForMembers(), laterMs);
                PrepareRebalance(laterMs);
            }
        });
    }

    private GroupReply.Sync SyncedReply(GroupMember member) => new(GroupError.None, group.ProtocolType, group.Protocol, member.Assignment);

    private void DropAssignments(GroupError error, long nowMs)
    {
        foreach (var member in group.Members)
        {
            member.Assignment = default;
            if (AnswerSync(member, GroupReply.Sync.Failed(error)))
            {
                HeardOf(member, nowMs);
            }
        }
    }

    private void RebalanceIfPossible(long nowMs)
    {
        if (group.State is GroupState.Stable or GroupState.CompletingRebalance or GroupState.Empty)
        {
            PrepareRebalance(nowMs);
        }
    }

    private void PrepareRebalance(long nowMs)
    {
        if (group.State == GroupState.CompletingRebalance)
        {
            DropAssignments(GroupError.RebalanceInProgress, nowMs);
        }

        _syncDeadlineMs = long.MaxValue;
        _isInitialDelay = group.State == GroupState.Empty && settings.InitialRebalanceDelayMs > 0;
        group.TransitionTo(GroupState.PreparingRebalance, nowMs);
        if (_isInitialDelay)
        {
            _newMemberDuringInitialDelay = false;
            _initialDelayMs = settings.InitialRebalanceDelayMs;
            _initialRemainingMs = Math.Max(group.RebalanceTimeoutMs - _initialDelayMs, 0);
            SetJoinDeadline(nowMs + _initialDelayMs);
        }
        else
        {
            SetJoinDeadline(nowMs + group.RebalanceTimeoutMs);
            TryCompleteJoin(nowMs);
        }
    }

    private void SetJoinDeadline(long deadlineMs)
    {
        _joinDeadlineMs = deadlineMs;
        effects.WakeBy(deadlineMs);
    }

    private void TryCompleteJoin(long nowMs)
    {
        if (group.State == GroupState.PreparingRebalance && !_isInitialDelay && group.EverybodyJoined)
        {
            CompleteJoin(nowMs);
        }
    }

    private void JoinTimeIsUp(long nowMs)
    {
        if (_isInitialDelay && _newMemberDuringInitialDelay && _initialRemainingMs > 0)
        {
            // Members keep arriving: wait once more, but never beyond the rebalance timeout.
            _newMemberDuringInitialDelay = false;
            _initialDelayMs = Math.Min(settings.InitialRebalanceDelayMs, _initialRemainingMs);
            _initialRemainingMs -= _initialDelayMs;
            SetJoinDeadline(nowMs + _initialDelayMs);
        }
        else
        {
            CompleteJoin(nowMs);
        }
    }

    /// <summary>Starts the generation with those who joined. Static members may still be away; they keep their place until their session ends.</summary>
    private void CompleteJoin(long nowMs)
    {
        _isInitialDelay = false;
        foreach (var late in group.Members.Where(member => !member.IsStatic && member.AwaitingJoin is null).ToArray())
        {
            RemoveQuietly(late);
        }

        if (group.Count > 0 && !group.ElectLeaderAmongJoined())
        {
            // Only absent static members are left: wait until they come back or their sessions end.
            SetJoinDeadline(nowMs + group.RebalanceTimeoutMs);
            return;
        }

        _joinDeadlineMs = long.MaxValue;
        group.StartGeneration(nowMs);
        if (group.State == GroupState.Empty)
        {
            // Failing to write it loses nothing: the members were gone before.
            effects.Write([new GroupRecord.Metadata(group.GroupId, group.Snapshot())], static (_, _) => { });
            return;
        }

        foreach (var member in group.Members)
        {
            group.PendingSync.Add(member.MemberId);
            AnswerJoin(member, JoinedReply(member));
            member.IsNew = false;
            HeardOf(member, nowMs);
        }

        _syncDeadlineMs = nowMs + group.RebalanceTimeoutMs;
        effects.WakeBy(_syncDeadlineMs);
    }

    private void SyncTimeIsUp(long nowMs)
    {
        _syncDeadlineMs = long.MaxValue;
        if (group.State is not (GroupState.CompletingRebalance or GroupState.Stable) || group.PendingSync.Count == 0)
        {
            return;
        }

        foreach (var memberId in group.PendingSync.ToArray())
        {
            if (group.Find(memberId) is { } member)
            {
                RemoveQuietly(member);
            }
        }

        PrepareRebalance(nowMs);
    }
}
