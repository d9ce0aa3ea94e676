using System.Text;
using ActorBroker.Coordination.Groups;
using static ActorBroker.Coordination.Tests.Groups.GroupHarness;

namespace ActorBroker.Coordination.Tests.Groups;

public sealed class RebalancingTests
{
    private readonly GroupHarness _group = new();

    [Fact]
    public void Members_get_the_leaders_assignment_once_it_is_written()
    {
        var leader = _group.Call<GroupReply.Join>(Join());
        var waiting = _group.Send(Join());
        _group.Send(Join(leader.MemberId));
        var follower = _group.Reply<GroupReply.Join>(waiting)!.MemberId;
        _group.HoldWrites = true;
        var followerSync = _group.Send(Sync(follower, 2));
        var leaderSync = _group.Send(Sync(leader.MemberId, 2, type: "consumer", protocol: "range", assignTo: [leader.MemberId, follower]));
        Assert.Null(_group.Reply<GroupReply.Sync>(followerSync));

        _group.CompleteHeld();

        Assert.Equal("for " + follower, Encoding.UTF8.GetString(_group.Reply<GroupReply.Sync>(followerSync)!.Assignment.Span));
        Assert.Equal("for " + leader.MemberId, Encoding.UTF8.GetString(_group.Reply<GroupReply.Sync>(leaderSync)!.Assignment.Span));
        Assert.Equal(GroupState.Stable, _group.Core.State);
    }

    [Fact]
    public void A_late_sync_in_a_stable_group_is_answered_at_once()
    {
        var ids = _group.StableGroup(2);

        Assert.Equal("for " + ids[1], Encoding.UTF8.GetString(_group.Call<GroupReply.Sync>(Sync(ids[1], 2)).Assignment.Span));
    }

    [Fact]
    public void A_sync_that_does_not_fit_the_generation_is_refused()
    {
        var ids = _group.StableGroup(1);

        Assert.Equal(GroupError.IllegalGeneration, _group.Call<GroupReply.Sync>(Sync(ids[0], 2)).Error);
        Assert.Equal(GroupError.UnknownMemberId, _group.Call<GroupReply.Sync>(Sync("who", 1)).Error);
        Assert.Equal(GroupError.InconsistentGroupProtocol, _group.Call<GroupReply.Sync>(Sync(ids[0], 1, type: "connect")).Error);
        Assert.Equal(GroupError.InconsistentGroupProtocol, _group.Call<GroupReply.Sync>(Sync(ids[0], 1, protocol: "sticky")).Error);
        _group.Send(Join());
        Assert.Equal(GroupError.RebalanceInProgress, _group.Call<GroupReply.Sync>(Sync(ids[0], 1)).Error);
    }

    [Fact]
    public void An_assignment_that_cannot_be_written_fails_the_generation()
    {
        var leader = _group.Call<GroupReply.Join>(Join());
        _group.HoldWrites = true;
        var sync = _group.Send(Sync(leader.MemberId, 1, assignTo: leader.MemberId));

        _group.CompleteHeld(WriteOutcome.Unavailable);

        Assert.Equal(GroupError.CoordinatorNotAvailable, _group.Reply<GroupReply.Sync>(sync)!.Error);
        Assert.Equal(GroupState.PreparingRebalance, _group.Core.State);
    }

    [Fact]
    public void An_assignment_of_an_older_generation_is_dropped()
    {
        var leader = _group.Call<GroupReply.Join>(Join());
        _group.HoldWrites = true;
        var sync = _group.Send(Sync(leader.MemberId, 1, assignTo: leader.MemberId));
        var newcomer = _group.Send(Join());
        Assert.Equal(GroupError.RebalanceInProgress, _group.Reply<GroupReply.Sync>(sync)!.Error);
        _group.Send(Join(leader.MemberId));

        _group.CompleteHeld();

        Assert.Equal(GroupState.CompletingRebalance, _group.Core.State);
        Assert.Equal(2, _group.Reply<GroupReply.Join>(newcomer)!.GenerationId);
    }

    [Fact]
    public void Who_does_not_sync_in_time_is_removed()
    {
        var leader = _group.Call<GroupReply.Join>(Join(sessionMs: 100_000)).MemberId;
        var waiting = _group.Send(Join(sessionMs: 100_000));
        _group.Send(Join(leader, sessionMs: 100_000));
        var follower = _group.Reply<GroupReply.Join>(waiting)!.MemberId;
        _group.Send(Sync(leader, 2, assignTo: [leader, follower]));
        Assert.Equal(GroupState.Stable, _group.Core.State);

        _group.Advance(60_000);

        Assert.Equal(GroupState.PreparingRebalance, _group.Core.State);
        Assert.Equal(GroupError.UnknownMemberId, _group.Call<GroupReply.Heartbeat>(Beat(follower, 2)).Error);
        Assert.Equal(GroupError.RebalanceInProgress, _group.Call<GroupReply.Heartbeat>(Beat(leader, 2)).Error);
    }

    [Fact]
    public void A_member_that_is_not_heard_of_is_removed()
    {
        var ids = _group.StableGroup(2);
        _group.Advance(9_999);
        Assert.Equal(GroupError.None, _group.Call<GroupReply.Heartbeat>(Beat(ids[0], 2)).Error);

        _group.Advance(1);

        Assert.Equal(GroupError.RebalanceInProgress, _group.Call<GroupReply.Heartbeat>(Beat(ids[0], 2)).Error);
        Assert.Equal(1, _group.Core.MemberCount);
    }

    [Fact]
    public void Offsets_count_as_a_sign_of_life()
    {
        var id = _group.StableGroup(1)[0];
        _group.Advance(9_000);
        _group.Send(Commit(1, id, 1));
        _group.Advance(9_000);

        Assert.Equal(GroupError.None, _group.Call<GroupReply.Heartbeat>(Beat(id, 1)).Error);
    }

    [Fact]
    public void Heartbeats_are_checked()
    {
        var id = _group.StableGroup(1)[0];

        Assert.Equal(GroupError.IllegalGeneration, _group.Call<GroupReply.Heartbeat>(Beat(id, 0)).Error);
        Assert.Equal(GroupError.UnknownMemberId, _group.Call<GroupReply.Heartbeat>(Beat("who", 1)).Error);
    }

    [Fact]
    public void A_heartbeat_needs_neither_reply_delay_nor_a_new_wake_up()
    {
        var id = _group.StableGroup(1)[0];
        var effects = _group.Core.Step(Beat(id, 1)(new RequestToken(99)), _group.NowMs + 100);

        Assert.IsType<GroupEffect.Reply>(Assert.Single(effects));
    }

    [Fact]
    public void Who_waits_for_an_answer_is_not_expected_to_heartbeat()
    {
        var ids = _group.StableGroup(2);
        var join = _group.Send(Join(ids[0]));
        for (var i = 0; i < 5; i++)
        {
            _group.Advance(6_000);
            _group.Send(Beat(ids[1], 2));
        }

        Assert.Null(_group.Reply<GroupReply.Join>(join));
        _group.Send(Join(ids[1]));
        Assert.Equal(GroupError.None, _group.Reply<GroupReply.Join>(join)!.Error);
        Assert.Equal(2, _group.Core.MemberCount);
    }

    [Fact]
    public void A_member_that_leaves_makes_the_others_rebalance()
    {
        var ids = _group.StableGroup(2);

        var left = _group.Call<GroupReply.Leave>(Leave(new MemberIdentity(ids[1], null), new MemberIdentity("who", null)));

        Assert.Equal([GroupError.None, GroupError.UnknownMemberId], left.Members.Select(member => member.Error));
        Assert.Equal(GroupError.RebalanceInProgress, _group.Call<GroupReply.Heartbeat>(Beat(ids[0], 2)).Error);
        Assert.Equal(3, _group.Call<GroupReply.Join>(Join(ids[0])).GenerationId);
    }

    [Fact]
    public void A_member_is_told_that_it_left_when_the_log_says_so()
    {
        var ids = _group.StableGroup(2);
        _group.HoldWrites = true;

        var leave = _group.Send(Leave(new MemberIdentity(ids[1], null)));
        Assert.Null(_group.Reply<GroupReply.Leave>(leave));
        _group.CompleteHeld(WriteOutcome.NotLeader);

        Assert.Equal(GroupError.NotCoordinator, _group.Reply<GroupReply.Leave>(leave)!.Error);
    }

    [Fact]
    public void Members_that_leave_while_a_departure_is_written_share_the_next_record()
    {
        var ids = _group.StableGroup(5);
        var before = _group.Log.Count;
        _group.HoldWrites = true;

        var leaves = ids.Skip(1).Select(id => _group.Send(Leave(new MemberIdentity(id, null)))).ToList();
        _group.CompleteHeld();

        Assert.All(leaves, leave => Assert.Equal(GroupError.None, _group.Reply<GroupReply.Leave>(leave)!.Error));
        Assert.Equal([4, 1], _group.Log.Skip(before).Cast<GroupRecord.Metadata>().Select(record => record.Snapshot.Members.Count));
    }

    [Fact]
    public void Members_whose_departure_is_not_written_when_the_group_moves_away_are_sent_to_the_new_coordinator()
    {
        var ids = _group.StableGroup(3);
        _group.HoldWrites = true;
        var leaves = ids.Skip(1).Select(id => _group.Send(Leave(new MemberIdentity(id, null)))).ToList();

        _group.Step(new GroupEvent.Unload());

        Assert.All(leaves, leave => Assert.Equal(GroupError.NotCoordinator, _group.Reply<GroupReply.Leave>(leave)!.Error));
    }

    [Fact]
    public void Leaving_answers_what_the_member_still_waits_for()
    {
        var leader = _group.Call<GroupReply.Join>(Join()).MemberId;
        var sync = _group.Send(token => new GroupEvent.Join(
            token, "", Guid.NewGuid(), null, false, false, "c", "h", 10_000, 60_000, "consumer", [RangeProtocol]));
        _group.Send(Join(leader));
        var follower = _group.Reply<GroupReply.Join>(sync)!.MemberId;
        var waiting = _group.Send(Sync(follower, 2));

        _group.Send(Leave(new MemberIdentity(follower, null)));

        Assert.Equal(GroupError.UnknownMemberId, _group.Reply<GroupReply.Sync>(waiting)!.Error);
    }

    [Fact]
    public void The_last_member_leaves_an_empty_group_of_the_next_generation()
    {
        var id = _group.StableGroup(1)[0];

        _group.Send(Leave(new MemberIdentity(id, null)));

        Assert.Equal(GroupState.Empty, _group.Core.State);
        Assert.Equal(2, _group.Core.Generation);
        var record = Assert.IsType<GroupRecord.Metadata>(_group.Log[^1]);
        Assert.Empty(record.Snapshot.Members);
        Assert.Null(record.Snapshot.Protocol);
        Assert.Equal("consumer", record.Snapshot.ProtocolType);
    }

    [Fact]
    public void A_pending_id_can_leave_too()
    {
        var leader = _group.StableGroup(1)[0];
        var pending = _group.Call<GroupReply.Join>(Join(requireKnown: true)).MemberId;
        var again = _group.Send(Join(leader));

        Assert.Equal(GroupError.None, Assert.Single(_group.Call<GroupReply.Leave>(Leave(new MemberIdentity(pending, null))).Members).Error);
        Assert.Single(_group.Reply<GroupReply.Join>(again)!.Members);
    }

    [Fact]
    public void A_group_that_moves_away_sends_everybody_to_the_new_coordinator()
    {
        var ids = _group.StableGroup(2);
        var join = _group.Send(Join(ids[0]));
        _group.HoldWrites = true;
        var commit = _group.Send(Commit(5, ids[1], 2));

        _group.Step(new GroupEvent.Unload());

        Assert.Equal(GroupError.NotCoordinator, _group.Reply<GroupReply.Join>(join)!.Error);
        Assert.Equal([GroupError.NotCoordinator], _group.Reply<GroupReply.CommitOffsets>(commit)!.Errors);
        Assert.True(_group.IsRemoved);
        Assert.Equal(GroupError.CoordinatorNotAvailable, _group.Call<GroupReply.Heartbeat>(Beat(ids[0], 2)).Error);
    }

    [Fact]
    public void Description_and_list_follow_the_state()
    {
        Assert.Null(_group.Overview);
        var id = _group.StableGroup(1)[0];
        Assert.Equal(new GroupOverview("g", "consumer", GroupState.Stable), _group.Overview);

        var described = _group.Call<GroupReply.Describe>(token => new GroupEvent.Describe(token));
        Assert.Equal("range", described.Protocol);
        var member = Assert.Single(described.Members);
        Assert.Equal((id, "client", "/127.0.0.1"), (member.MemberId, member.ClientId, member.ClientHost));
        Assert.Equal("for " + id, Encoding.UTF8.GetString(member.Assignment.Span));

        _group.Send(Join());
        described = _group.Call<GroupReply.Describe>(token => new GroupEvent.Describe(token));
        Assert.Equal((GroupState.PreparingRebalance, "", 2), (described.State, described.Protocol, described.Members.Count));
        Assert.True(described.Members[0].Metadata.IsEmpty);
    }
}
