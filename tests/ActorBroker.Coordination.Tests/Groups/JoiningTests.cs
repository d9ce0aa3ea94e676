using ActorBroker.Coordination.Groups;
using static ActorBroker.Coordination.Tests.Groups.GroupHarness;

namespace ActorBroker.Coordination.Tests.Groups;

public sealed class JoiningTests
{
    private readonly GroupHarness _group = new();

    [Fact]
    public void The_first_member_leads_the_first_generation()
    {
        var joined = _group.Call<GroupReply.Join>(Join());

        Assert.Equal(GroupError.None, joined.Error);
        Assert.Equal(1, joined.GenerationId);
        Assert.Equal(joined.MemberId, joined.LeaderId);
        Assert.StartsWith("client-", joined.MemberId);
        Assert.Equal("range", joined.ProtocolName);
        Assert.Equal("consumer", joined.ProtocolType);
        Assert.Equal(joined.MemberId, Assert.Single(joined.Members).MemberId);
        Assert.Equal(GroupState.CompletingRebalance, _group.Core.State);
    }

    [Fact]
    public void A_new_member_must_come_back_with_the_id_it_was_given()
    {
        var first = _group.Call<GroupReply.Join>(Join(requireKnown: true));
        Assert.Equal(GroupError.MemberIdRequired, first.Error);

        var second = _group.Call<GroupReply.Join>(Join(first.MemberId, requireKnown: true));

        Assert.Equal(GroupError.None, second.Error);
        Assert.Equal(first.MemberId, second.MemberId);
    }

    [Fact]
    public void An_id_that_does_not_come_back_is_forgotten_after_the_session_timeout()
    {
        var first = _group.Call<GroupReply.Join>(Join(requireKnown: true, sessionMs: 7_000));
        _group.Advance(7_000);

        Assert.Equal(GroupError.UnknownMemberId, _group.Call<GroupReply.Join>(Join(first.MemberId)).Error);
    }

    [Fact]
    public void A_rebalance_waits_for_an_id_that_was_given_out()
    {
        var leader = _group.StableGroup(1)[0];
        var pending = _group.Call<GroupReply.Join>(Join(requireKnown: true)).MemberId;
        var again = _group.Send(Join(leader));
        Assert.Null(_group.Reply<GroupReply.Join>(again));

        _group.Call<GroupReply.Join>(Join(pending));

        Assert.Equal(2, _group.Reply<GroupReply.Join>(again)!.Members.Count);
    }

    [Theory]
    [InlineData(5_999)]
    [InlineData(1_800_001)]
    public void A_session_timeout_outside_the_limits_is_refused(int sessionMs) =>
        Assert.Equal(GroupError.InvalidSessionTimeout, _group.Call<GroupReply.Join>(Join(sessionMs: sessionMs)).Error);

    [Fact]
    public void An_unknown_member_id_is_refused()
    {
        Assert.Equal(GroupError.UnknownMemberId, _group.Call<GroupReply.Join>(Join("who")).Error);
        _group.StableGroup(1);
        Assert.Equal(GroupError.UnknownMemberId, _group.Call<GroupReply.Join>(Join("who")).Error);
    }

    [Fact]
    public void Without_a_common_protocol_nobody_joins()
    {
        _group.StableGroup(1);

        Assert.Equal(GroupError.InconsistentGroupProtocol, _group.Call<GroupReply.Join>(Join(type: "connect")).Error);
        Assert.Equal(GroupError.InconsistentGroupProtocol, _group.Call<GroupReply.Join>(Join(protocols: new GroupProtocol("sticky", default))).Error);
        Assert.Equal(GroupError.InconsistentGroupProtocol, new GroupHarness().Call<GroupReply.Join>(Join(type: "")).Error);
    }

    [Fact]
    public void An_empty_group_takes_any_protocol_type()
    {
        var member = _group.StableGroup(1)[0];
        _group.Send(Leave(new MemberIdentity(member, null)));

        Assert.Equal("connect", _group.Call<GroupReply.Join>(Join(type: "connect")).ProtocolType);
    }

    [Fact]
    public void Members_vote_for_the_protocol_they_prefer_among_the_common_ones()
    {
        GroupProtocol sticky = new("sticky", default), roundRobin = new("roundrobin", default), own = new("own", default);
        var first = _group.Call<GroupReply.Join>(Join(protocols: [own, RangeProtocol, sticky, roundRobin])).MemberId;
        var second = _group.Send(Join(protocols: [sticky, roundRobin, RangeProtocol]));
        var third = _group.Send(Join(protocols: [sticky, RangeProtocol]));

        _group.Send(Join(first, protocols: [own, RangeProtocol, sticky, roundRobin]));

        Assert.Equal("sticky", _group.Reply<GroupReply.Join>(second)!.ProtocolName);
        Assert.Equal("sticky", _group.Reply<GroupReply.Join>(third)!.ProtocolName);
    }

    [Fact]
    public void A_protocol_named_twice_counts_once()
    {
        var first = _group.Call<GroupReply.Join>(Join(protocols: [RangeProtocol, RangeProtocol])).MemberId;
        var second = _group.Send(Join());
        _group.Send(Join(first, protocols: [RangeProtocol, RangeProtocol]));

        Assert.Equal(GroupError.None, _group.Reply<GroupReply.Join>(second)!.Error);
    }

    [Fact]
    public void A_full_group_refuses_another_member()
    {
        var group = new GroupHarness(GroupSettings.Default with { InitialRebalanceDelayMs = 0, MaxSize = 2 });
        group.StableGroup(2);

        Assert.Equal(GroupError.GroupMaxSizeReached, group.Call<GroupReply.Join>(Join()).Error);
        Assert.Equal(2, group.Core.MemberCount);
    }

    [Fact]
    public void While_joining_the_first_to_come_fill_a_limited_group()
    {
        var group = new GroupHarness(GroupSettings.Default with { InitialRebalanceDelayMs = 1_000, MaxSize = 1 });
        var first = group.Send(Join());

        Assert.Equal(GroupError.GroupMaxSizeReached, group.Call<GroupReply.Join>(Join()).Error);
        group.Advance(1_000);
        Assert.Equal(GroupError.None, group.Reply<GroupReply.Join>(first)!.Error);
    }

    [Fact]
    public void An_empty_group_waits_for_more_members_as_long_as_they_come()
    {
        var group = new GroupHarness(GroupSettings.Default with { InitialRebalanceDelayMs = 3_000 });
        var first = group.Send(Join(rebalanceMs: 7_000));
        group.Advance(2_000);
        var second = group.Send(Join(rebalanceMs: 7_000));
        group.Advance(1_000);
        Assert.Null(group.Reply<GroupReply.Join>(first));
        var third = group.Send(Join(rebalanceMs: 7_000));

        group.Advance(2_999);
        Assert.Null(group.Reply<GroupReply.Join>(first));
        group.Send(Join(rebalanceMs: 7_000));
        group.Advance(1_001);

        Assert.Equal(4, group.Reply<GroupReply.Join>(first)!.Members.Count);
        Assert.Empty(group.Reply<GroupReply.Join>(second)!.Members);
        Assert.Empty(group.Reply<GroupReply.Join>(third)!.Members);
    }

    [Fact]
    public void A_second_join_of_a_waiting_member_replaces_the_first()
    {
        var leader = _group.StableGroup(2)[0];
        var first = _group.Send(Join(leader));
        var second = _group.Send(Join(leader));

        Assert.Equal(GroupError.RebalanceInProgress, _group.Reply<GroupReply.Join>(first)!.Error);
        Assert.Null(_group.Reply<GroupReply.Join>(second));
    }

    [Fact]
    public void A_member_that_missed_the_answer_gets_the_same_generation_again()
    {
        var leader = _group.Call<GroupReply.Join>(Join());

        var again = _group.Call<GroupReply.Join>(Join(leader.MemberId));

        Assert.Equal(leader.GenerationId, again.GenerationId);
        Assert.Single(again.Members);
    }

    [Fact]
    public void In_a_stable_group_only_the_leader_or_a_change_causes_a_rebalance()
    {
        var ids = _group.StableGroup(2);
        Assert.Equal(GroupError.None, _group.Call<GroupReply.Join>(Join(ids[1])).Error);
        Assert.Equal(GroupState.Stable, _group.Core.State);

        _group.Send(Join(ids[1], protocols: new GroupProtocol("range", Subscription("t", "u"))));

        Assert.Equal(GroupState.PreparingRebalance, _group.Core.State);
    }

    [Fact]
    public void Who_does_not_join_in_the_longest_rebalance_timeout_is_left_behind()
    {
        var ids = _group.StableGroup(2);
        var leader = _group.Send(Join(ids[0], rebalanceMs: 8_000));
        for (var i = 0; i < 59; i++)
        {
            _group.Advance(1_000);
            Assert.Equal(GroupError.RebalanceInProgress, _group.Call<GroupReply.Heartbeat>(Beat(ids[1], 2)).Error);
        }

        Assert.Null(_group.Reply<GroupReply.Join>(leader));
        _group.Advance(1_000);

        Assert.Equal(3, _group.Reply<GroupReply.Join>(leader)!.GenerationId);
        Assert.Equal(1, _group.Core.MemberCount);
        Assert.Equal(GroupError.UnknownMemberId, _group.Call<GroupReply.Heartbeat>(Beat(ids[1], 2)).Error);
    }

    [Fact]
    public void When_the_leader_stays_away_another_who_joined_leads()
    {
        var ids = _group.StableGroup(3);
        var second = _group.Send(Join(ids[1], protocols: new GroupProtocol("range", Subscription("u"))));
        var third = _group.Send(Join(ids[2]));
        _group.Send(Leave(new MemberIdentity(ids[0], null)));

        Assert.Equal(ids[1], _group.Reply<GroupReply.Join>(second)!.LeaderId);
        Assert.Equal(2, _group.Reply<GroupReply.Join>(second)!.Members.Count);
        Assert.Empty(_group.Reply<GroupReply.Join>(third)!.Members);
    }

    [Fact]
    public void A_new_member_whose_first_generation_never_comes_is_given_up()
    {
        var ids = _group.StableGroup(1);
        var joined = _group.Send(Join());
        for (var i = 0; i < 59; i++)
        {
            _group.Advance(5_000);
            _group.Send(Beat(ids[0], 1));
            Assert.Equal(i < 11, _group.Reply<GroupReply.Join>(joined) is null);
        }
    }
}
