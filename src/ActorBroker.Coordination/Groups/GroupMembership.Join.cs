namespace ActorBroker.Coordination.Groups;

internal sealed partial class GroupMembership
{
    public void Join(GroupEvent.Join request, long nowMs)
    {
        request = WithDistinctProtocols(request);
        if (request.SessionTimeoutMs < settings.MinSessionTimeoutMs || request.SessionTimeoutMs > settings.MaxSessionTimeoutMs)
        {
            RefuseJoin(request, GroupError.InvalidSessionTimeout);
        }
        else if (!HasRoomFor(request.MemberId))
        {
            if (group.Find(request.MemberId) is { } excess)
            {
                RemoveQuietly(excess);
            }

            effects.Reply(request.Token, GroupReply.Join.Failed("", GroupError.GroupMaxSizeReached));
        }
        else if (!group.CanServe(request.ProtocolType, request.Protocols))
        {
            RefuseJoin(request, GroupError.InconsistentGroupProtocol);
        }
        else if (request.MemberId.Length == 0)
        {
            JoinFirst(request, nowMs);
        }
        else if (request.GroupInstanceId is null && group.PendingMembers.ContainsKey(request.MemberId))
        {
            AddAndRebalance(request, request.MemberId, nowMs);
        }
        else
        {
            JoinAgain(request, nowMs);
        }

        TryCompleteJoin(nowMs);
    }

    private static GroupEvent.Join WithDistinctProtocols(GroupEvent.Join request)
    {
        var names = new HashSet<string>();
        return request.Protocols.All(protocol => names.Add(protocol.Name))
            ? request
            : request with { Protocols = [.. request.Protocols.DistinctBy(protocol => protocol.Name)] };
    }

    private bool HasRoomFor(string memberId) => group.State switch
    {
        GroupState.PreparingRebalance =>
            group.Find(memberId) is { AwaitingJoin: not null } || group.AwaitingJoinCount < settings.MaxSize,
        GroupState.CompletingRebalance or GroupState.Stable => group.Find(memberId) is not null || group.Count < settings.MaxSize,
        _ => true,
    };

    private void JoinFirst(GroupEvent.Join request, long nowMs)
    {
        var newMemberId = $"{request.GroupInstanceId ?? request.ClientId}-{request.NewMemberUuid}";
        if (request.GroupInstanceId is { } instance)
        {
            if (group.StaticMemberId(instance) is { } oldMemberId)
            {
                ReplaceStatic(request, group.Find(oldMemberId)!, newMemberId, nowMs);
            }
            else
            {
                AddAndRebalance(request, newMemberId, nowMs);
            }
        }
        else if (request.RequireKnownMemberId)
        {
            var deadlineMs = nowMs + request.SessionTimeoutMs;
            group.PendingMembers[newMemberId] = deadlineMs;
            effects.WakeBy(deadlineMs);
            effects.Reply(request.Token, GroupReply.Join.Failed(newMemberId, GroupError.MemberIdRequired));
        }
        else
        {
            AddAndRebalance(request, newMemberId, nowMs);
        }
    }

    private void JoinAgain(GroupEvent.Join request, long nowMs)
    {
        var error = Validate(request.MemberId, request.GroupInstanceId, out var member);
        if (error != GroupError.None)
        {
            RefuseJoin(request, error);
            return;
        }

        // The same generation again is enough for a member that did not hear our first answer; the leader of a stable
        // group joins again exactly because it wants a rebalance (its topics changed).
        var wantsRebalance = group.State switch
        {
            GroupState.CompletingRebalance => !member!.Offers(request.Protocols),
            GroupState.Stable => group.IsLeader(member!) || !member!.Offers(request.Protocols),
            _ => true,
        };
        if (!wantsRebalance)
        {
            effects.Reply(request.Token, JoinedReply(member!));
            return;
        }

        Update(member!, request);
        RebalanceIfPossible(nowMs);
    }

    private void AddAndRebalance(GroupEvent.Join request, string memberId, long nowMs)
    {
        var member = new GroupMember(memberId, request.GroupInstanceId, request.ClientId, request.ClientHost)
        {
            SessionTimeoutMs = request.SessionTimeoutMs,
            RebalanceTimeoutMs = request.RebalanceTimeoutMs,
            Protocols = request.Protocols,
            IsNew = true,
            AwaitingJoin = request.Token,
            SessionDeadlineMs = nowMs + settings.NewMemberJoinTimeoutMs,
        };
        effects.WakeBy(member.SessionDeadlineMs);
        if (group.State == GroupState.PreparingRebalance && group.Generation == 0)
        {
            _newMemberDuringInitialDelay = true;
        }

        group.Add(member, request.ProtocolType);
        RebalanceIfPossible(nowMs);
    }

    private void Update(GroupMember member, GroupEvent.Join request)
    {
        // A second join of the same member replaces the first, whose connection is most likely gone.
        AnswerJoin(member, GroupReply.Join.Failed(member.MemberId, GroupError.RebalanceInProgress));
        group.ChangeProtocols(member, request.Protocols);
        member.RebalanceTimeoutMs = request.RebalanceTimeoutMs;
        member.SessionTimeoutMs = request.SessionTimeoutMs;
        group.AwaitJoin(member, request.Token);
    }

    /// <summary>A static member came back without its id: it takes its place again under a new one, and whoever still uses the old is fenced.</summary>
    private void ReplaceStatic(GroupEvent.Join request, GroupMember member, string newMemberId, long nowMs)
    {
        var before = (member.MemberId, member.Protocols, member.RebalanceTimeoutMs, member.SessionTimeoutMs, LeaderId: group.LeaderId ?? "");
        AnswerJoin(member, GroupReply.Join.Failed(member.MemberId, GroupError.FencedInstanceId));
        AnswerSync(member, GroupReply.Sync.Failed(GroupError.FencedInstanceId));
        group.ChangeId(member, newMemberId);
        Update(member, request);
        HeardOf(member, nowMs);

        if (group.State == GroupState.CompletingRebalance)
        {
            // The leader may be assigning to the old id right now.
            PrepareRebalance(nowMs);
        }
        else if (group.State == GroupState.Stable)
        {
            if (group.SelectProtocol() == group.Protocol)
            {
                PersistReplacement();
            }
            else
            {
                PrepareRebalance(nowMs);
            }
        }

        void PersistReplacement()
        {
            var generation = group.Generation;
            effects.Write([new GroupRecord.Metadata(group.GroupId, group.Snapshot())], (outcome, laterMs) =>
            {
                // Since then a rebalance, a departure or another replacement may have answered the join.
                if (group.State != GroupState.Stable || group.Generation != generation || member.AwaitingJoin != request.Token)
                {
                    return;
                }

                if (outcome == WriteOutcome.Written)
                {
                    var leads = group.IsLeader(member);
                    var skips = request.SupportsSkippingAssignment;
                    // Before KIP-814 a returning leader was shown its own old id as the leader, so that it would not assign.
                    AnswerJoin(member, JoinedReply(member) with
                    {
                        LeaderId = skips ? group.LeaderId! : before.LeaderId,
                        SkipAssignment = skips && leads,
                        Members = skips && leads ? JoinedMembers() : [],
                    });
                }
                else
                {
                    group.ChangeProtocols(member, before.Protocols);
                    member.RebalanceTimeoutMs = before.RebalanceTimeoutMs;
                    member.SessionTimeoutMs = before.SessionTimeoutMs;
                    group.ChangeId(member, before.MemberId);
                    AnswerJoin(member, JoinedReply(member) with
                    {
                        Error = outcome.ForMembers(), MemberId = "", LeaderId = before.LeaderId, Members = [],
                    });
                }

                HeardOf(member, laterMs);
            });
        }
    }

    private void RefuseJoin(GroupEvent.Join request, GroupError error) =>
        effects.Reply(request.Token, GroupReply.Join.Failed(request.MemberId, error));

    private GroupReply.Join JoinedReply(GroupMember member) => new(
        GroupError.None, member.MemberId, group.Generation, group.ProtocolType, group.Protocol, group.LeaderId ?? "", false,
        group.IsLeader(member) && group.State == GroupState.CompletingRebalance ? JoinedMembers() : []);

    private JoinedMember[] JoinedMembers() =>
        [.. group.Members.Select(member => new JoinedMember(member.MemberId, member.GroupInstanceId, member.Metadata(group.Protocol)))];
}
