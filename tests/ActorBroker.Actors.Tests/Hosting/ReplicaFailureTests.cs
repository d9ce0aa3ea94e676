using ActorBroker.Actors.Hosting;
using ActorBroker.Actors.Partitions;
using ActorBroker.Metadata;
using ActorBroker.Model;
using ActorBroker.Protocol;
using ActorBroker.Records;
using Akka.Actor;

namespace ActorBroker.Actors.Tests.Hosting;

/// <summary>Whatever becomes of a replica, each append is completed exactly once.</summary>
public sealed class ReplicaFailureTests
{
    private static readonly TimeSpan Patience = Eventually.Deadline;

    [Fact]
    public async Task Appends_that_meet_a_failed_disk_are_each_refused_once_and_later_ones_too()
    {
        await using var node = TestNode.Start();
        var partition = await node.CreateTopic("t");
        partition.Log!.Directory.MarkOffline(new IOException("the disk is gone"));

        var appends = Enumerable.Range(0, 10).Select(_ => OnceAppend.Send(partition)).ToList();
        var outcomes = await Task.WhenAll(appends.Select(append => append.Outcome)).WaitAsync(Patience);
        var later = await OnceAppend.Send(partition).Outcome.WaitAsync(Patience);

        Assert.All(outcomes, outcome => Assert.Contains(outcome.Error, new[] { ErrorCode.KafkaStorageError, ErrorCode.NotLeaderOrFollower }));
        Assert.Equal(ErrorCode.KafkaStorageError, later.Error);
        Assert.All(appends, append => Assert.Equal(1, append.Completions));
        Assert.Equal("the disk is gone", partition.Failure);
    }

    [Fact]
    public async Task An_append_that_comes_after_its_topic_was_deleted_is_answered()
    {
        await using var node = TestNode.Start();
        var partition = await node.CreateTopic("t");

        var deletion = node.Ask<DeleteTopicsReply>(new DeleteTopics([new TopicReference("t", default)]));
        var during = Enumerable.Range(0, 1000).Select(_ => OnceAppend.Send(partition)).ToList();
        await deletion;
        await Task.WhenAll(during.Select(append => append.Outcome)).WaitAsync(Patience);
        await partition.Replica.GracefulStop(Patience);
        var after = await OnceAppend.Send(partition).Outcome.WaitAsync(Patience);
        var records = await partition.DeleteRecordsAsync(Offset.Unknown).WaitAsync(Patience);

        Assert.All(during, append => Assert.Equal(1, append.Completions));
        Assert.Equal(ErrorCode.NotLeaderOrFollower, after.Error);
        Assert.Equal(ErrorCode.NotLeaderOrFollower, records.Error);
    }

    [Fact]
    public async Task A_replica_that_stopped_by_itself_is_known_as_failed_and_nobody_waits_for_it()
    {
        var restarts = ReplicaRestarts.Default with { LongestPause = TimeSpan.FromHours(1) };
        await using var node = TestNode.Start(replicas: settings => settings with { Restarts = restarts });
        var partition = await node.CreateTopic("t");

        await partition.Replica.GracefulStop(Patience, Kill.Instance);
        await node.WhenServing("t");
        var outcome = await OnceAppend.Send(partition).Outcome.WaitAsync(Patience);

        Assert.Equal(ErrorCode.NotLeaderOrFollower, outcome.Error);
        Assert.False(partition.IsServing);
        Assert.NotNull(partition.Failure);
        Assert.Null(partition.Offsets);
    }

    [Fact]
    public async Task A_node_whose_metadata_cannot_be_written_ends()
    {
        await using var node = TestNode.Start();
        var partition = await node.CreateTopic("t");
        partition.Log!.Directory.MarkOffline(new IOException("the disk is gone"));

        node.Controller.Tell(new DeleteTopics([new TopicReference("t", default)]));

        await node.Ended.WaitAsync(Patience);
    }

    private sealed class OnceAppend : Append
    {
        private readonly TaskCompletionSource<AppendOutcome> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int completions;

        public Task<AppendOutcome> Outcome => done.Task;

        public int Completions => Volatile.Read(ref completions);

        public static OnceAppend Send(Partition partition)
        {
            using var builder = new RecordBatchBuilder();
            builder.Append(1_700_000_000_000, default, "v"u8);
            var append = new OnceAppend { Batches = builder.BuildArray(), Acks = RequiredAcks.Leader };
            partition.Append(append);
            return append;
        }

        public override void Complete(in AppendOutcome outcome)
        {
            Interlocked.Increment(ref completions);
            done.TrySetResult(outcome);
        }
    }
}
