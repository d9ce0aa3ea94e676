using ActorBroker.Actors.Node;
using ActorBroker.Actors.Partitions;
using ActorBroker.Metadata;
using ActorBroker.Model;
using ActorBroker.Model.Options;
using ActorBroker.Protocol;

namespace ActorBroker.Actors.Tests.Partitions;

public sealed class ReplicaTests
{
    [Fact]
    public async Task Appended_batches_are_read_in_order_with_the_offsets_that_were_answered()
    {
        await using var node = TestNode.Start();
        var partition = await node.CreateTopic("t");

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => TestAppend.Send(partition, $"value-{i}")));

        Assert.Equal(Enumerable.Range(0, 100).Select(i => (long)i), outcomes.Select(outcome => outcome.BaseOffset));
        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"value-{i}"), TestAppend.ReadAll(partition));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Topics_and_records_are_found_again_after_a_restart(bool cleanly)
    {
        var node = TestNode.Start();
        var before = await node.CreateTopic("t", ("retention.ms", "123456789"));
        await TestAppend.Send(before, "kept");

        node = await node.Restart(cleanly);
        await using var _ = node;
        await node.WhenServing("t");
        var after = node.Partitions.Find("t", 0)!;

        Assert.Equal(before.TopicId, after.TopicId);
        Assert.Equal(123456789, after.Config.RetentionMs);
        Assert.Equal(["kept"], TestAppend.ReadAll(after));
    }

    [Fact]
    public async Task Group_commit_answers_after_the_flush()
    {
        await using var node = TestNode.Start();
        var partition = await node.CreateTopic("t", ("flush.mode", "group-commit"));

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => TestAppend.Send(partition, $"v{i}")));

        Assert.All(outcomes, outcome => Assert.Equal(ErrorCode.None, outcome.Error));
        Assert.Equal(50, partition.HighWatermark.Value);
    }

    [Fact]
    public async Task An_only_replica_is_enough_whatever_min_insync_replicas_says()
    {
        await using var node = TestNode.Start();
        var partition = await node.CreateTopic("t", ("min.insync.replicas", "2"));

        var accepted = await TestAppend.Send(partition, "all", RequiredAcks.All);

        Assert.Equal((ErrorCode.None, 0), (accepted.Error, accepted.BaseOffset));
    }

    [Fact]
    public async Task Deleted_records_are_no_longer_read()
    {
        await using var node = TestNode.Start();
        var partition = await node.CreateTopic("t");
        await TestAppend.Send(partition, "a");
        await TestAppend.Send(partition, "b");

        var deleted = await partition.DeleteRecordsAsync(new Offset(1));

        Assert.Equal(new DeletedRecords(ErrorCode.None, new Offset(1)), deleted);
        Assert.Equal(["b"], TestAppend.ReadAll(partition));
        Assert.Equal(ErrorCode.OffsetOutOfRange, partition.Read(Offset.Zero, 100, ReadIsolation.HighWatermark, true, LeaderEpoch.Unknown).Error);
        Assert.Equal(ErrorCode.OffsetOutOfRange, (await partition.DeleteRecordsAsync(new Offset(9))).Error);
    }

    [Fact]
    public async Task A_watcher_hears_of_appends_and_of_the_topics_end()
    {
        await using var node = TestNode.Start();
        var partition = await node.CreateTopic("t");
        var watcher = new CountingWatcher();
        partition.Watch(watcher);

        await TestAppend.Send(partition, "a");
        Assert.Equal(1, watcher.Count);

        await node.Ask<DeleteTopicsReply>(new DeleteTopics([new TopicReference("t", default)]));
        await watcher.Reached(2);
        Assert.False(partition.IsServing);
    }

    [Fact]
    public async Task The_cleaner_keeps_the_last_record_of_each_key_of_closed_segments()
    {
        await using var node = TestNode.Start();
        var partition = await node.CreateTopic("t", ("cleanup.policy", "compact"), ("segment.bytes", "2000"), ("min.cleanable.dirty.ratio", "0.01"));
        for (var i = 0; i < 200; i++)
        {
            await TestAppend.Send(partition, $"v{i}", key: $"k{i % 3}");
        }

        var options = new CleanerOptions { BackoffMs = 5 };
        node.Part(Akka.Actor.Props.Create(() => new CleanerActor(() => options, node.Partitions, node.Metrics, TimeProvider.System)), "cleaner");

        await Eventually.Holds(() => TestAppend.ReadAll(partition).Count <= 60);

        Assert.Equal(["v197", "v198", "v199"], TestAppend.ReadAll(partition).TakeLast(3));
        Assert.Equal(200, partition.HighWatermark.Value);
    }

    private sealed class CountingWatcher : IPartitionWatcher
    {
        private readonly SemaphoreSlim heard = new(0);

        public int Count { get; private set; }

        public void OnProgress(Partition partition)
        {
            Count++;
            heard.Release();
        }

        public async Task Reached(int count)
        {
            while (Count < count)
            {
                Assert.True(await heard.WaitAsync(Eventually.Deadline));
            }
        }
    }
}
