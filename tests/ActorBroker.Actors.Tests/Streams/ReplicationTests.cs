using ActorBroker.Actors.Hosting;
using ActorBroker.Actors.Partitions;
using ActorBroker.Protocol;
using ActorBroker.Replication;

namespace ActorBroker.Actors.Tests.Streams;

/// <summary>Replicas of one partition on several nodes of one process, with real files and real connections.</summary>
public sealed class ReplicationTests
{
    [Fact]
    public async Task What_is_acknowledged_by_all_is_on_all()
    {
        await using var cluster = new ReplicaCluster(3, null, ("min.insync.replicas", "3"));

        var first = await TestAppend.Send(cluster[1].Partition, "a");
        var second = await TestAppend.Send(cluster[1].Partition, "b");

        Assert.Equal((ErrorCode.None, 0, 1), (first.Error, first.BaseOffset, second.BaseOffset));
        await cluster.HasOnAll("a", "b");
    }

    [Fact]
    public async Task With_group_commit_an_acknowledgement_waits_for_the_followers_disks()
    {
        await using var cluster = new ReplicaCluster(2, null, ("flush.mode", "group-commit"));

        var outcome = await TestAppend.Send(cluster[1].Partition, "a");

        Assert.Equal(ErrorCode.None, outcome.Error);
        Assert.Equal(1, cluster[2].Partition.Log!.RecoveryPoint.Value);
    }

    [Fact]
    public async Task A_follower_takes_no_append()
    {
        await using var cluster = new ReplicaCluster(2);

        var outcome = await TestAppend.Send(cluster[2].Partition, "a");

        Assert.Equal(ErrorCode.NotLeaderOrFollower, outcome.Error);
    }

    [Fact]
    public async Task A_follower_that_was_killed_leaves_the_isr_and_comes_back_with_everything()
    {
        await using var cluster = new ReplicaCluster(3, new LeaderSettings { LagTimeMaxMs = 300, ProbeRetryMs = 50 });
        await TestAppend.Send(cluster[1].Partition, "a");
        await cluster.Kill(3);

        var without = await TestAppend.Send(cluster[1].Partition, "b");

        Assert.Equal(ErrorCode.None, without.Error);
        Assert.Equal([1, 2], cluster.State.Isr.Select(node => node.Value));
        cluster.Start(3);
        await cluster.HasIsr(1, 2, 3);
        await cluster.HasOnAll("a", "b");
    }

    [Fact]
    public async Task A_node_that_was_fenced_leaves_the_isr_at_once()
    {
        await using var cluster = new ReplicaCluster(2);
        await TestAppend.Send(cluster[1].Partition, "a");
        await cluster.Kill(2);

        cluster.Fence(2);

        await cluster.HasIsr(1);
    }

    [Fact]
    public async Task Records_that_the_new_leader_never_had_are_truncated()
    {
        await using var cluster = new ReplicaCluster(2);
        await TestAppend.Send(cluster[1].Partition, "both");
        await cluster.HasOnAll("both");
        await cluster.Kill(2);
        var lost = await TestAppend.Send(cluster[1].Partition, "lost", RequiredAcks.Leader);
        Assert.Equal(1, lost.BaseOffset);
        await cluster.Kill(1);
        cluster.Start(2);
        cluster.Elect(2, 2);
        await Eventually.Holds(() => cluster[2].Partition is { IsServing: true });
        var kept = await TestAppend.Send(cluster[2].Partition, "kept");
        Assert.Equal((ErrorCode.None, 1), (kept.Error, kept.BaseOffset));

        cluster.Start(1);

        await cluster.HasOnAll("both", "kept");
        await cluster.HasIsr(1, 2);
    }

    [Fact]
    public async Task A_truncation_is_said_only_when_something_is_cut()
    {
        await using var cluster = new ReplicaCluster(2);
        await TestAppend.Send(cluster[1].Partition, "a");
        await cluster.HasOnAll("a");
        var log = new LogLines(cluster[2].System);

        cluster.Elect(2, 1, 2);
        await Eventually.Holds(() => cluster[2].Partition is { IsServing: true });
        cluster.Elect(1, 1, 2);
        await Eventually.Holds(() => cluster[1].Partition is { IsServing: true });
        await TestAppend.Send(cluster[1].Partition, "b");
        await cluster.HasOnAll("a", "b");

        Assert.Empty(await log.With("truncated from"));
    }

    [Fact]
    public async Task A_leader_that_is_replaced_fails_what_waits_and_follows()
    {
        await using var cluster = new ReplicaCluster(3);
        await TestAppend.Send(cluster[1].Partition, "a");
        await cluster.Kill(3);
        var waiting = TestAppend.Send(cluster[1].Partition, "b");
        await Eventually.Holds(() => cluster[2].Partition.LogEndOffset.Value == 2);

        cluster.Elect(2, 1, 2);

        Assert.Equal(ErrorCode.NotLeaderOrFollower, (await waiting).Error);
        Assert.Equal(ErrorCode.NotLeaderOrFollower, (await TestAppend.Send(cluster[1].Partition, "c")).Error);
        Assert.Equal(new Model.NodeId(2), cluster[1].Partition.Leader);
        await Eventually.Holds(() => cluster[2].Partition.IsServing);
        Assert.Equal(2, (await TestAppend.Send(cluster[2].Partition, "d")).BaseOffset);
        await cluster.HasOnAll("a", "b", "d");
    }

    [Fact]
    public async Task A_replica_whose_directory_fails_is_no_longer_counted_on()
    {
        await using var cluster = new ReplicaCluster(3);
        await TestAppend.Send(cluster[1].Partition, "a");

        cluster[3].Logs.Directories[0].State.MarkOffline(new IOException("the disk is gone"));

        await cluster.HasIsr(1, 2);
        Assert.Equal(ErrorCode.None, (await TestAppend.Send(cluster[1].Partition, "b")).Error);
    }

    [Fact]
    public async Task A_leader_whose_directory_fails_is_replaced_without_an_append_that_meets_it()
    {
        await using var cluster = new ReplicaCluster(3);
        await TestAppend.Send(cluster[1].Partition, "a");

        cluster[1].Logs.Directories[0].State.MarkOffline(new IOException("the disk is gone"));

        await Eventually.Holds(() => cluster.State.Leader.Value == 2 && cluster[2].Partition.IsServing);
        Assert.Equal(ErrorCode.None, (await TestAppend.Send(cluster[2].Partition, "b")).Error);
        Assert.Equal(ErrorCode.KafkaStorageError, (await TestAppend.Send(cluster[1].Partition, "c")).Error);
    }

    [Fact]
    public async Task A_leader_that_failed_too_often_is_replaced()
    {
        var restarts = new ReplicaRestarts(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(2), 0, TimeSpan.FromHours(1));
        await using var cluster = new ReplicaCluster(3, restarts);
        await TestAppend.Send(cluster[1].Partition, "a");

        cluster[1].Partition.Replica.Tell(new ReplicaActor.Configure(null!), Akka.Actor.ActorRefs.NoSender); // a message that no replica survives

        await Eventually.Holds(() => cluster.State.Leader.Value == 2 && cluster[2].Partition.IsServing);
        await cluster.HasIsr(2, 3);
        Assert.Equal(ErrorCode.None, (await TestAppend.Send(cluster[2].Partition, "b")).Error);
    }

    [Fact]
    public async Task Below_min_insync_replicas_appends_are_refused()
    {
        await using var cluster = new ReplicaCluster(2, null, ("min.insync.replicas", "2"));
        await TestAppend.Send(cluster[1].Partition, "a");
        await cluster.Kill(2);
        var waiting = TestAppend.Send(cluster[1].Partition, "b");
        cluster.Fence(2);
        Assert.Equal(ErrorCode.NotEnoughReplicasAfterAppend, (await waiting).Error);

        var refused = await TestAppend.Send(cluster[1].Partition, "c");

        Assert.Equal(ErrorCode.NotEnoughReplicas, refused.Error);
    }

    [Fact]
    public async Task A_follower_far_behind_is_fed_from_disk_in_several_pushes()
    {
        await using var cluster = new ReplicaCluster(
            2, new LeaderSettings { LagTimeMaxMs = 200, ProbeRetryMs = 50, WindowBytes = 8_000, ReadBytes = 2_000 }, ("segment.bytes", "1048576"));
        await cluster.Kill(2);
        string[] values = [.. Enumerable.Range(0, 60).Select(i => $"{i}-{new string('x', 500)}")];
        foreach (var value in values)
        {
            await TestAppend.Send(cluster[1].Partition, value, RequiredAcks.Leader);
        }

        cluster.Start(2);

        await cluster.HasOnAll(values);
        await cluster.HasIsr(1, 2);
    }

    [Fact]
    public async Task The_log_start_travels_to_followers()
    {
        await using var cluster = new ReplicaCluster(2);
        await TestAppend.Send(cluster[1].Partition, "a");
        await TestAppend.Send(cluster[1].Partition, "b");

        await cluster[1].Partition.DeleteRecordsAsync(new(1));

        await cluster.HasOnAll("b");
    }

    [Fact]
    public async Task A_replica_that_is_added_joins_where_the_log_starts_within_a_batch()
    {
        await using var cluster = new ReplicaCluster(2);
        cluster.Assign(1);
        await Eventually.Holds(() => cluster[2].Partitions.Find("t", 0) is null);
        await TestAppend.SendTogether(cluster[1].Partition, "a", "b", "c", "d");
        await cluster[1].Partition.DeleteRecordsAsync(new(2));

        cluster.Assign(1, 2);

        await cluster.HasIsr(1, 2);
        await TestAppend.Send(cluster[1].Partition, "e");
        // What is deleted of a batch is left out by consumers.
        await Eventually.Holds(() => cluster[2].Partition is { IsDecided: true } added && TestAppend.ReadAll(added) is ["a", "b", "c", "d", "e"]);
        Assert.Equal(2, cluster[2].Partition.Offsets!.Earliest.Offset.Value);
    }

    [Fact]
    public async Task A_replica_that_was_reassigned_goes_with_its_files()
    {
        await using var cluster = new ReplicaCluster(3);
        await TestAppend.Send(cluster[1].Partition, "a");

        cluster.Assign(1, 2);

        await Eventually.Holds(() => cluster[3].Partitions.Find("t", 0) is null && !Directory.Exists(Path.Combine(cluster[3].Directory.FullName, "t-0")));
        Assert.Equal(ErrorCode.None, (await TestAppend.Send(cluster[1].Partition, "b")).Error);
    }

    [Fact]
    public async Task A_replica_that_is_added_gets_everything_and_joins()
    {
        await using var cluster = new ReplicaCluster(3);
        cluster.Assign(1);
        await Eventually.Holds(() => cluster[3].Partitions.Find("t", 0) is null && cluster[2].Partitions.Find("t", 0) is null);
        await TestAppend.Send(cluster[1].Partition, "a");

        cluster.Assign(1, 2);

        await cluster.HasIsr(1, 2);
        await Eventually.Holds(() => cluster[2].Partition is { IsDecided: true } added && TestAppend.ReadAll(added) is ["a"]);
    }
}
