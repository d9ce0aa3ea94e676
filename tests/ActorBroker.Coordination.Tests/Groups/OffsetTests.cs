using ActorBroker.Coordination.Groups;
using ActorBroker.Model;
using static ActorBroker.Coordination.Tests.Groups.GroupHarness;

namespace ActorBroker.Coordination.Tests.Groups;

public sealed class OffsetTests
{
    private readonly GroupHarness _group = new();

    [Fact]
    public void An_offset_is_true_once_its_record_is_committed()
    {
        _group.HoldWrites = true;
        var commit = _group.Send(Commit(42, metadata: "m"));
        Assert.Null(_group.Reply<GroupReply.CommitOffsets>(commit));
        Assert.Equal(-1, _group.Committed());

        _group.CompleteHeld();

        Assert.Equal([GroupError.None], _group.Reply<GroupReply.CommitOffsets>(commit)!.Errors);
        var fetched = Assert.Single(_group.Call<GroupReply.FetchOffsets>(token => new GroupEvent.FetchOffsets(token, null)).Offsets);
        Assert.Equal(new FetchedOffset(new TopicPartition("t", 0), new Offset(42), new LeaderEpoch(3), "m"), fetched);
    }

    [Theory]
    [InlineData(WriteOutcome.Unavailable, GroupError.CoordinatorNotAvailable)]
    [InlineData(WriteOutcome.NotLeader, GroupError.NotCoordinator)]
    [InlineData(WriteOutcome.TimedOut, GroupError.CoordinatorNotAvailable)]
    [InlineData(WriteOutcome.TooLarge, GroupError.InvalidCommitOffsetSize)]
    [InlineData(WriteOutcome.Failed, GroupError.UnknownServerError)]
    public void An_offset_that_cannot_be_written_stays_as_it_was(WriteOutcome outcome, GroupError error)
    {
        _group.Send(Commit(1));
        _group.HoldWrites = true;
        var commit = _group.Send(Commit(2));

        _group.CompleteHeld(outcome);

        Assert.Equal([error], _group.Reply<GroupReply.CommitOffsets>(commit)!.Errors);
        Assert.Equal(1, _group.Committed());
    }

    [Fact]
    public void Long_metadata_is_refused_for_its_partition_only()
    {
        var errors = _group.Call<GroupReply.CommitOffsets>(token => new GroupEvent.CommitOffsets(token, -1, "", null, null,
        [
            new OffsetToCommit(new TopicPartition("t", 0), new Offset(1), LeaderEpoch.Unknown, new string('x', 4097)),
            new OffsetToCommit(new TopicPartition("t", 1), new Offset(2), LeaderEpoch.Unknown, new string('x', 4096)),
        ])).Errors;

        Assert.Equal([GroupError.OffsetMetadataTooLarge, GroupError.None], errors);
        Assert.Equal(2, _group.Committed(partition: 1));
    }

    [Fact]
    public void A_member_commits_in_its_own_generation_only()
    {
        var id = _group.StableGroup(1)[0];

        Assert.Equal(GroupError.None, _group.CommitError(Commit(1, id, 1)));
        Assert.Equal(GroupError.IllegalGeneration, _group.CommitError(Commit(2, id, 0)));
        Assert.Equal(GroupError.UnknownMemberId, _group.CommitError(Commit(2, "who", 1)));
        Assert.Equal(GroupError.UnknownMemberId, _group.CommitError(Commit(2)));
        Assert.Equal(1, _group.Committed());
    }

    [Fact]
    public void The_old_generation_may_commit_while_joining_but_not_while_the_new_one_syncs()
    {
        var ids = _group.StableGroup(2);
        _group.Send(Join(ids[0]));
        Assert.Equal(GroupError.None, _group.CommitError(Commit(1, ids[1], 2)));

        _group.Send(Join(ids[1]));

        Assert.Equal(GroupError.RebalanceInProgress, _group.CommitError(Commit(2, ids[1], 3)));
    }

    [Fact]
    public void Committed_offsets_of_a_simple_consumer_expire_after_the_retention()
    {
        _group.Send(Commit(1));
        _group.Advance(_group.Settings.OffsetsRetentionMs - 1);
        _group.Step(new GroupEvent.ExpireOffsets());
        Assert.Equal(1, _group.Committed());

        _group.Advance(1);
        _group.Step(new GroupEvent.ExpireOffsets());

        Assert.True(_group.IsRemoved);
        Assert.IsType<GroupRecord.OffsetTombstone>(_group.Log[^1]);
    }

    [Fact]
    public void A_retention_stated_by_the_client_wins()
    {
        _group.Send(Commit(1, retentionMs: 1_000));
        _group.Send(Commit(2, partition: 1));
        _group.Advance(1_000);
        _group.Step(new GroupEvent.ExpireOffsets());

        Assert.Equal(-1, _group.Committed());
        Assert.Equal(2, _group.Committed(partition: 1));
        Assert.False(_group.IsRemoved);
    }

    [Fact]
    public void The_retention_starts_when_the_last_member_left()
    {
        var id = _group.StableGroup(1)[0];
        _group.Send(Commit(1, id, 1));
        _group.Advance(5_000);
        _group.Send(Leave(new MemberIdentity(id, null)));
        _group.Advance(_group.Settings.OffsetsRetentionMs - 1);
        _group.Step(new GroupEvent.ExpireOffsets());
        Assert.Equal(1, _group.Committed());

        _group.Advance(1);
        _group.Step(new GroupEvent.ExpireOffsets());

        Assert.True(_group.IsRemoved);
        Assert.IsType<GroupRecord.MetadataTombstone>(_group.Log[^1]);
        Assert.Equal(GroupState.Dead, _group.Core.State);
    }

    [Fact]
    public void In_an_active_group_only_offsets_of_topics_it_left_expire()
    {
        var id = _group.StableGroup(1)[0];
        _group.Send(Commit(1, id, 1, topic: "t"));
        _group.Send(Commit(2, id, 1, topic: "former"));
        for (long ms = 0; ms < _group.Settings.OffsetsRetentionMs; ms += 5_000_000)
        {
            // Jumps of the clock: only the retention is looked at here.
            _group.Core.Step(Beat(id, 1)(new RequestToken(-1 - ms)), _group.NowMs + ms);
        }

        _group.Core.Step(new GroupEvent.ExpireOffsets(), _group.NowMs + _group.Settings.OffsetsRetentionMs)
            .OfType<GroupEffect.Write>().ToList().ForEach(write => _group.Complete(write, WriteOutcome.Written));

        Assert.Equal(1, _group.Committed("t"));
        Assert.Equal(-1, _group.Committed("former"));
    }

    [Fact]
    public void An_offset_with_a_commit_under_way_does_not_expire()
    {
        _group.Send(Commit(1));
        _group.Advance(_group.Settings.OffsetsRetentionMs);
        _group.HoldWrites = true;
        _group.Send(Commit(2));
        _group.Step(new GroupEvent.ExpireOffsets());
        _group.CompleteHeld();

        Assert.Equal(2, _group.Committed());
        Assert.False(_group.IsRemoved);
    }

    [Fact]
    public void A_group_without_members_and_offsets_is_swept_away()
    {
        _group.Send(Join("who"));
        _group.Step(new GroupEvent.ExpireOffsets());

        Assert.True(_group.IsRemoved);
        Assert.Empty(_group.Log);
    }

    [Fact]
    public void Offsets_of_a_subscribed_topic_cannot_be_deleted()
    {
        var id = _group.StableGroup(1)[0];
        _group.Send(Commit(1, id, 1, "t"));
        _group.Send(Commit(2, id, 1, "u"));

        var reply = _group.Call<GroupReply.DeleteOffsets>(token => new GroupEvent.DeleteOffsets(
            token, [new TopicPartition("t", 0), new TopicPartition("u", 0), new TopicPartition("none", 0)]));

        Assert.Equal([GroupError.GroupSubscribedToTopic, GroupError.None, GroupError.None], reply.Errors);
        Assert.Equal(1, _group.Committed("t"));
        Assert.Equal(-1, _group.Committed("u"));
    }

    [Fact]
    public void Offsets_of_an_active_group_of_another_kind_cannot_be_deleted()
    {
        _group.Call<GroupReply.Join>(Join(type: "connect"));

        Assert.Equal(GroupError.NonEmptyGroup, _group.Call<GroupReply.DeleteOffsets>(
            token => new GroupEvent.DeleteOffsets(token, [new TopicPartition("t", 0)])).Error);
    }

    [Fact]
    public void A_deleted_topic_takes_its_offsets_along()
    {
        _group.Send(Commit(1, topic: "t"));
        _group.Send(Commit(2, topic: "u"));
        _group.Step(new GroupEvent.TopicsDeleted(new HashSet<string> { "t" }));

        Assert.Equal(-1, _group.Committed("t"));
        Assert.Equal(2, _group.Committed("u"));
    }

    [Fact]
    public void Only_an_empty_group_can_be_deleted()
    {
        var id = _group.StableGroup(1)[0];
        _group.Send(Commit(1, id, 1));
        Assert.Equal(GroupError.NonEmptyGroup, _group.Call<GroupReply.Delete>(token => new GroupEvent.Delete(token)).Error);
        _group.Send(Leave(new MemberIdentity(id, null)));

        Assert.Equal(GroupError.None, _group.Call<GroupReply.Delete>(token => new GroupEvent.Delete(token)).Error);

        Assert.True(_group.IsRemoved);
        Assert.IsType<GroupRecord.MetadataTombstone>(_group.Log[^1]);
        Assert.IsType<GroupRecord.OffsetTombstone>(_group.Log[^2]);
        Assert.Equal(GroupError.GroupIdNotFound, _group.Call<GroupReply.Delete>(token => new GroupEvent.Delete(token)).Error);
        Assert.Equal(GroupError.CoordinatorNotAvailable, _group.Call<GroupReply.Join>(Join()).Error);
        Assert.Equal(-1, _group.Committed());
    }

    [Fact]
    public void A_deletion_that_cannot_be_written_leaves_the_group()
    {
        _group.Send(Commit(1));
        _group.HoldWrites = true;
        var delete = _group.Send(token => new GroupEvent.Delete(token));
        _group.CompleteHeld(WriteOutcome.NotLeader);

        Assert.Equal(GroupError.NotCoordinator, _group.Reply<GroupReply.Delete>(delete)!.Error);
        Assert.Equal(1, _group.Committed());
        Assert.False(_group.IsRemoved);
    }

    [Fact]
    public void A_deletion_covers_a_commit_under_way()
    {
        _group.HoldWrites = true;
        _group.Send(Commit(1));
        _group.Send(token => new GroupEvent.Delete(token));
        _group.CompleteHeld();
        _group.Reload();

        Assert.True(_group.Core.IsVacant);
    }

    [Fact]
    public void A_group_that_does_not_exist_answers_like_Kafka()
    {
        static GroupReply? Ask(Func<RequestToken, GroupEvent> request) => AbsentGroup.ReplyTo((GroupEvent.Request)request(new RequestToken(1)));

        Assert.Null(Ask(Join()));
        Assert.Null(Ask(Commit(1)));
        Assert.Equal(GroupError.UnknownMemberId, ((GroupReply.Join)Ask(Join("m"))!).Error);
        Assert.Equal([GroupError.IllegalGeneration], ((GroupReply.CommitOffsets)Ask(Commit(1, "m", 1))!).Errors);
        Assert.Equal(GroupState.Dead, ((GroupReply.Describe)Ask(token => new GroupEvent.Describe(token))!).State);
        Assert.Equal(GroupError.GroupIdNotFound, ((GroupReply.Delete)Ask(token => new GroupEvent.Delete(token))!).Error);
    }
}
