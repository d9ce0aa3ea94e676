using ActorBroker.Actors.Controller;
using ActorBroker.Actors.Hosting;
using ActorBroker.Actors.Partitions;
using ActorBroker.Metadata;
using ActorBroker.Model;
using ActorBroker.Protocol;
using Akka.Actor;

namespace ActorBroker.Actors.Tests.Hosting;

/// <summary>A replica that throws starts again from its files, after a pause and not for ever, and the others do not notice.</summary>
public sealed class ReplicaRestartTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly DiskSpace disk = new();

    [Fact]
    public async Task A_replica_that_throws_in_the_middle_of_a_write_starts_again_with_everything_that_was_acknowledged()
    {
        await using var node = TestNode.Start(options => options with { FileSystem = disk });
        var partition = await node.CreateTopic("t");
        var other = await node.CreateTopic("other");
        await TestAppend.Send(partition, "a");
        await TestAppend.Send(partition, "b");
        var actor = partition.Replica;
        disk.Breaks = "t-0/00000000000000000000.log";

        var broken = await TestAppend.Send(partition, "lost").WaitAsync(Patience);
        await Eventually.Holds(() => partition.IsServing && partition.Failure is null);
        var next = await TestAppend.Send(partition, "c");

        Assert.Equal(ErrorCode.NotLeaderOrFollower, broken.Error);
        Assert.Equal(new AppendOutcome(ErrorCode.None, 2, -1, 0), next);
        Assert.Equal(["a", "b", "c"], TestAppend.ReadAll(partition));
        Assert.Same(actor, partition.Replica);
        Assert.Equal(ErrorCode.None, (await TestAppend.Send(other, "x")).Error);
    }

    [Fact]
    public async Task A_restarted_replica_does_not_take_the_work_of_the_one_before_for_its_own()
    {
        await using var node = TestNode.Start();
        var partition = await node.CreateTopic("t", ("cleanup.policy", "compact"), ("min.cleanable.dirty.ratio", "0"), ("segment.bytes", "100"));
        for (var i = 0; i < 10; i++)
        {
            await TestAppend.Send(partition, $"v{i}", key: "k");
        }

        var begun = await partition.Replica.Ask<ReplicaActor.CompactionBegun>(new ReplicaActor.BeginCompaction(new() { OffsetMapBytes = 1 << 20 }), Patience);
        begun.Job!.Run(CancellationToken.None);
        Throw(partition);
        var ended = await partition.Replica.Ask<ReplicaActor.CompactionEnded>(new ReplicaActor.EndCompaction(begun.Job, null), Patience);
        await Eventually.Holds(() => partition.IsServing);

        Assert.Null(ended.Result);
        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"v{i}"), TestAppend.ReadAll(partition));
    }

    [Fact]
    public async Task A_replica_that_throws_again_and_again_stays_offline_and_says_so()
    {
        var restarts = new ReplicaRestarts(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(2), 2, TimeSpan.FromHours(1));
        await using var node = TestNode.Start(replicas: settings => settings with { Restarts = restarts });
        var partition = await node.CreateTopic("t");
        var other = await node.CreateTopic("other");

        for (var i = 0; i < 2; i++)
        {
            Throw(partition);
            await partition.Replica.Ask<ActorIdentity>(new Identify(null), Patience);
            await Eventually.Holds(() => partition.IsServing);
        }

        Throw(partition);
        await Eventually.Holds(() => partition.Failure?.Contains("too often") == true);
        await node.WhenServing("t").WaitAsync(Patience);

        Assert.False(partition.IsServing);
        Assert.Equal(ErrorCode.KafkaStorageError, (await TestAppend.Send(partition, "refused").WaitAsync(Patience)).Error);
        Assert.Equal(ErrorCode.None, (await TestAppend.Send(other, "x")).Error);
    }

    [Fact]
    public async Task A_replica_that_stopped_without_being_told_so_is_begun_again()
    {
        var restarts = ReplicaRestarts.Default with { LongestPause = TimeSpan.FromMilliseconds(1) };
        await using var node = TestNode.Start(replicas: settings => settings with { Restarts = restarts });
        var partition = await node.CreateTopic("t");
        await TestAppend.Send(partition, "a");
        var before = partition.Replica;

        await before.GracefulStop(Patience, Kill.Instance);
        await Eventually.Holds(() => partition.IsServing && !partition.Replica.Equals(before));

        await TestAppend.Send(partition, "b");
        Assert.Equal(["a", "b"], TestAppend.ReadAll(partition));
    }

    [Fact]
    public async Task A_replica_manager_that_failed_takes_its_replicas_up_again()
    {
        await using var node = TestNode.Start();
        var partition = await node.CreateTopic("t");
        await TestAppend.Send(partition, "a");
        var before = partition.Replica;

        node.Replicas.Tell(new MetadataChanged(null!, []));
        await Eventually.Holds(() => partition.IsServing && !partition.Replica.Equals(before));
        await node.CreateTopic("next");

        await TestAppend.Send(partition, "b");
        Assert.Equal(["a", "b"], TestAppend.ReadAll(partition));
    }

    [Fact]
    public async Task A_topic_of_the_same_name_begins_empty_while_the_old_ones_files_wait_for_their_end()
    {
        await using var node = TestNode.Start();
        var old = await node.CreateTopic("t");
        await TestAppend.Send(old, "a");
        var path = Path.GetDirectoryName(old.Log!.DirectoryPath)!;

        await node.Ask<DeleteTopicsReply>(new DeleteTopics([new TopicReference("t", default)]));
        var next = await node.CreateTopic("t");

        Assert.NotSame(old, next);
        Assert.NotEqual(old.Replica, next.Replica);
        Assert.Equal(0, (await TestAppend.Send(next, "b")).BaseOffset);
        Assert.Single(Directory.GetDirectories(path, "t-0.*-delete"));
    }

    /// <summary>A message that no replica survives.</summary>
    private static void Throw(Partition partition) => partition.Replica.Tell(new ReplicaActor.Configure(null!));
}
