using ActorBroker.Coordination.Groups;
using static ActorBroker.Coordination.Tests.Groups.GroupHarness;

namespace ActorBroker.Coordination.Tests.Groups;

public sealed class StaticMemberTests
{
    private readonly GroupHarness _group = new();

    private string StableWith(string instance)
    {
        var joined = _group.Call<GroupReply.Join>(Join(instance: instance));
        _group.Send(Sync(joined.MemberId, 1, instance, assignTo: joined.MemberId));
        Assert.Equal(GroupState.Stable, _group.Core.State);
        return joined.MemberId;
    }

    [Fact]
    public void A_static_member_that_comes_back_causes_no_rebalance()
    {
        var old = StableWith("i");

        var back = _group.Call<GroupReply.Join>(Join(instance: "i"));

        Assert.Equal(GroupError.None, back.Error);
        Assert.Equal(1, back.GenerationId);
        Assert.NotEqual(old, back.MemberId);
        Assert.StartsWith("i-", back.MemberId);
        Assert.Equal(old, back.LeaderId);
        Assert.Empty(back.Members);
        var assignment = _group.Call<GroupReply.Sync>(Sync(back.MemberId, 1, "i"));
        Assert.Equal("for " + old, System.Text.Encoding.UTF8.GetString(assignment.Assignment.Span));
    }

    [Fact]
    public void A_returning_leader_that_understands_it_is_told_to_skip_the_assignment()
    {
        StableWith("i");

        var back = _group.Call<GroupReply.Join>(Join(instance: "i", skipping: true));

        Assert.True(back.SkipAssignment);
        Assert.Equal(back.MemberId, back.LeaderId);
        Assert.Single(back.Members);
    }

    [Fact]
    public void The_one_that_was_replaced_is_fenced_everywhere()
    {
        var old = StableWith("i");
        _group.Call<GroupReply.Join>(Join(instance: "i"));

        Assert.Equal(GroupError.FencedInstanceId, _group.Call<GroupReply.Heartbeat>(Beat(old, 1, "i")).Error);
        Assert.Equal(GroupError.FencedInstanceId, _group.Call<GroupReply.Sync>(Sync(old, 1, "i")).Error);
        Assert.Equal(GroupError.FencedInstanceId, _group.Call<GroupReply.Join>(Join(old, "i")).Error);
        Assert.Equal(GroupError.FencedInstanceId, _group.CommitError(Commit(1, old, 1, instance: "i")));
        Assert.Equal(GroupError.FencedInstanceId, Assert.Single(_group.Call<GroupReply.Leave>(Leave(new MemberIdentity(old, "i"))).Members).Error);
        Assert.Equal(GroupError.UnknownMemberId, _group.Call<GroupReply.Heartbeat>(Beat(old, 1, "unknown")).Error);
    }

    [Fact]
    public void A_replacement_that_changes_the_chosen_protocol_rebalances()
    {
        StableWith("i");

        var back = _group.Call<GroupReply.Join>(Join(instance: "i", protocols: [new GroupProtocol("sticky", default), RangeProtocol]));

        Assert.Equal(2, back.GenerationId);
    }

    [Fact]
    public void A_replacement_while_the_leader_assigns_rebalances()
    {
        var first = _group.Call<GroupReply.Join>(Join(instance: "i"));
        var waiting = _group.Send(Join());
        _group.Send(Join(first.MemberId, "i"));
        var other = _group.Reply<GroupReply.Join>(waiting)!.MemberId;
        var sync = _group.Send(Sync(other, 2));

        var back = _group.Send(Join(instance: "i"));

        Assert.Equal(GroupError.RebalanceInProgress, _group.Reply<GroupReply.Sync>(sync)!.Error);
        _group.Send(Join(other));
        Assert.Equal(3, _group.Reply<GroupReply.Join>(back)!.GenerationId);
    }

    [Fact]
    public void A_replacement_that_cannot_be_written_is_undone()
    {
        var old = StableWith("i");
        _group.HoldWrites = true;
        var back = _group.Send(Join(instance: "i"));

        _group.CompleteHeld(WriteOutcome.NotLeader);

        Assert.Equal(GroupError.NotCoordinator, _group.Reply<GroupReply.Join>(back)!.Error);
        Assert.Equal(GroupError.None, _group.Call<GroupReply.Heartbeat>(Beat(old, 1, "i")).Error);
    }

    [Fact]
    public void Two_replacements_in_flight_fence_the_first()
    {
        StableWith("i");
        _group.HoldWrites = true;
        var first = _group.Send(Join(instance: "i"));
        var second = _group.Send(Join(instance: "i"));
        _group.CompleteHeld();

        Assert.Equal(GroupError.FencedInstanceId, _group.Reply<GroupReply.Join>(first)!.Error);
        Assert.Equal(GroupError.None, _group.Reply<GroupReply.Join>(second)!.Error);
    }

    [Fact]
    public void A_rebalance_during_the_replacement_answers_it()
    {
        StableWith("i");
        _group.HoldWrites = true;
        var back = _group.Send(Join(instance: "i"));
        var other = _group.Send(Join());
        _group.CompleteHeld();

        Assert.Equal(2, _group.Reply<GroupReply.Join>(back)!.GenerationId);
        Assert.Equal(2, _group.Reply<GroupReply.Join>(other)!.GenerationId);
    }

    [Fact]
    public void An_absent_static_member_keeps_its_place_through_a_rebalance()
    {
        var old = StableWith("i");
        var other = _group.Send(Join(sessionMs: 60_000, rebalanceMs: 8_000));
        for (var i = 0; i < 12; i++)
        {
            _group.Advance(5_000);
            _group.Send(Beat(old, 1, "i"));
        }

        var joined = _group.Reply<GroupReply.Join>(other)!;
        Assert.Equal(joined.MemberId, joined.LeaderId);
        Assert.Equal([old, joined.MemberId], joined.Members.Select(member => member.MemberId));
    }

    [Fact]
    public void An_administrator_removes_a_static_member_by_its_identity()
    {
        StableWith("i");

        var left = _group.Call<GroupReply.Leave>(Leave(new MemberIdentity("", "i"), new MemberIdentity("", "j")));

        Assert.Equal([GroupError.None, GroupError.UnknownMemberId], left.Members.Select(member => member.Error));
        Assert.Equal(GroupState.Empty, _group.Core.State);
    }
}
