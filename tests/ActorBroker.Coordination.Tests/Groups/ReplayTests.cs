using System.Text;
using ActorBroker.Coordination.Groups;
using static ActorBroker.Coordination.Tests.Groups.GroupHarness;

namespace ActorBroker.Coordination.Tests.Groups;

public sealed class ReplayTests
{
    private readonly GroupHarness _group = new();

    [Fact]
    public void A_stable_group_goes_on_after_a_load()
    {
        var ids = _group.StableGroup(2);
        _group.Send(Commit(7, ids[0], 2));

        _group.Reload();

        Assert.Equal(GroupState.Stable, _group.Core.State);
        Assert.Equal(GroupError.None, _group.Call<GroupReply.Heartbeat>(Beat(ids[1], 2)).Error);
        Assert.Equal("for " + ids[1], Encoding.UTF8.GetString(_group.Call<GroupReply.Sync>(Sync(ids[1], 2)).Assignment.Span));
        Assert.Equal(7, _group.Committed());
        Assert.Equal(ids[0], _group.Call<GroupReply.Join>(Join(ids[1])).LeaderId);
    }

    [Fact]
    public void Members_that_do_not_come_back_after_a_load_expire()
    {
        _group.StableGroup(2);
        _group.Reload();

        _group.Advance(10_000);

        Assert.Equal(GroupState.Empty, _group.Core.State);
        Assert.Equal(3, _group.Core.Generation);
    }

    [Fact]
    public void Static_members_keep_their_identity_over_a_load()
    {
        var joined = _group.Call<GroupReply.Join>(Join(instance: "i"));
        _group.Send(Sync(joined.MemberId, 1, "i", assignTo: joined.MemberId));
        _group.Reload();

        var back = _group.Call<GroupReply.Join>(Join(instance: "i"));

        Assert.Equal(1, back.GenerationId);
        Assert.Equal(GroupError.FencedInstanceId, _group.Call<GroupReply.Heartbeat>(Beat(joined.MemberId, 1, "i")).Error);
    }

    [Fact]
    public void Later_records_win_and_tombstones_remove()
    {
        _group.Send(Commit(1));
        _group.Send(Commit(2));
        _group.Send(Commit(3, partition: 1));
        _group.Log.Add(new GroupRecord.OffsetTombstone("g", new Model.TopicPartition("t", 1)));
        _group.Reload();

        Assert.Equal(2, _group.Committed());
        Assert.Equal(-1, _group.Committed(partition: 1));
    }

    [Fact]
    public void What_was_deleted_is_vacant_after_a_load()
    {
        var id = _group.StableGroup(1)[0];
        _group.Send(Leave(new MemberIdentity(id, null)));
        _group.Send(token => new GroupEvent.Delete(token));
        _group.Reload();

        Assert.True(_group.Core.IsVacant);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_next_coordinator_goes_on_with_the_rebalance_without_who_left(bool leaves)
    {
        var ids = _group.StableGroup(2);
        Depart(ids, leaves);

        _group.Reload();

        Assert.Equal(GroupError.UnknownMemberId, _group.Call<GroupReply.Heartbeat>(Beat(ids[1], 2)).Error);
        Assert.Equal(GroupError.RebalanceInProgress, _group.Call<GroupReply.Heartbeat>(Beat(ids[0], 2)).Error);
        var joined = _group.Call<GroupReply.Join>(Join(ids[0]));
        Assert.Equal((GroupError.None, 3, 1), (joined.Error, joined.GenerationId, joined.Members.Count));
    }

    [Fact]
    public void The_next_coordinator_goes_on_when_the_last_one_that_was_waited_for_has_left()
    {
        var ids = _group.StableGroup(3);
        _group.Send(Leave(new MemberIdentity(ids[1], null)));
        _group.Send(Join(ids[0]));
        _group.Send(Leave(new MemberIdentity(ids[2], null)));
        Assert.Equal(GroupState.CompletingRebalance, _group.Core.State);

        _group.Reload();

        Assert.Equal((GroupState.PreparingRebalance, 1), (_group.Core.State, _group.Core.MemberCount));
        Assert.Equal(4, _group.Call<GroupReply.Join>(Join(ids[0])).GenerationId);
    }

    [Fact]
    public void A_generation_after_a_departure_is_stable_after_a_load()
    {
        var ids = _group.StableGroup(2);
        _group.Send(Leave(new MemberIdentity(ids[1], null)));
        _group.Send(Join(ids[0]));
        _group.Send(Sync(ids[0], 3, assignTo: ids[0]));

        _group.Reload();

        Assert.Equal(GroupState.Stable, _group.Core.State);
        Assert.Equal(GroupError.None, _group.Call<GroupReply.Heartbeat>(Beat(ids[0], 3)).Error);
    }

    private void Depart(string[] ids, bool leaves)
    {
        if (leaves)
        {
            _group.Send(Leave(new MemberIdentity(ids[1], null)));
            return;
        }

        // One session passes without a sign of the second member.
        _group.Advance(6_000);
        _group.Send(Beat(ids[0], 2));
        _group.Advance(6_000);
    }

    [Fact]
    public void A_group_loaded_with_too_many_members_rebalances()
    {
        var ids = _group.StableGroup(3);
        var smaller = new GroupHarness(GroupSettings.Default with { MaxSize = 2 });
        smaller.Log.AddRange(_group.Log);
        smaller.Reload();
        Assert.Equal(GroupState.PreparingRebalance, smaller.Core.State);

        var joins = ids.Select(id => smaller.Send(Join(id))).ToList();

        Assert.Equal(GroupError.GroupMaxSizeReached, smaller.Reply<GroupReply.Join>(joins[2])!.Error);
        Assert.Equal(2, smaller.Reply<GroupReply.Join>(joins[0])!.Members.Count);
    }

    [Theory]
    [InlineData(new byte[] { })]
    [InlineData(new byte[] { 0, 0, 0x7f, 0xff, 0xff, 0xff })]
    [InlineData(new byte[] { 0, 0, 0, 0, 0, 1, 0x7f, 0xff, 1 })]
    [InlineData(new byte[] { 0xff, 0xff, 0, 0, 0, 0 })]
    public void A_subscription_that_cannot_be_read_counts_as_every_topic(byte[] bytes)
    {
        var group = new GroupHarness();
        group.Call<GroupReply.Join>(Join(protocols: new GroupProtocol("range", bytes)));

        var reply = group.Call<GroupReply.DeleteOffsets>(token => new GroupEvent.DeleteOffsets(token, [new Model.TopicPartition("t", 0)]));

        Assert.Equal([GroupError.GroupSubscribedToTopic], reply.Errors);
    }
}
