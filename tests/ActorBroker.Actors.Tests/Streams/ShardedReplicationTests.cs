using System.Collections.Immutable;
using ActorBroker.Actors.Hosting;
using ActorBroker.Actors.Node;
using ActorBroker.Actors.Partitions;
using ActorBroker.Metadata;
using ActorBroker.Model;
using ActorBroker.Protocol;
using Akka.Actor;
using Akka.Cluster.Sharding;

namespace ActorBroker.Actors.Tests.Streams;

/// <summary>Replicas as entities of their brokers' own types. Each node is in a cluster of its own in these tests: nothing may wait for another one.</summary>
public sealed class ShardedReplicationTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Records_are_replicated_and_the_replicas_are_in_the_shards_of_their_brokers()
    {
        await using var cluster = new ReplicaCluster(3, sharded: settings => settings);

        var outcome = await TestAppend.Send(cluster[1].Partition, "a").WaitAsync(Patience);

        Assert.Equal(ErrorCode.None, outcome.Error);
        await cluster.HasOnAll("a");
        for (var id = 1; id <= 3; id++)
        {
            var partition = cluster[id].Partition;
            Assert.Equal($"/system/sharding/replica-{id}/replicas/{Uri.EscapeDataString($"{partition.TopicId}/0@{id}")}", partition.Replica.Path.ToStringWithoutAddress());
            Assert.Contains($"└─ {partition.TopicId}/0@{id}\n", ActorTree.Print(cluster[id].System));
        }
    }

    [Fact]
    public async Task A_leaders_question_that_comes_before_the_followers_image_is_answered_with_the_image()
    {
        await using var cluster = new ReplicaCluster(2, sharded: settings => settings with { TaskTimeout = TimeSpan.FromHours(1) });
        var (created, id) = NewTopic("u", 1, 2);

        cluster.ChangeFor([1], created);
        await Eventually.Holds(() => ActorTree.Print(cluster[2].System).Contains($"{id}/0@2", StringComparison.Ordinal));
        Assert.Null(cluster[2].Partitions.Find("u", 0));
        cluster.TellLate(2, created);

        Assert.Equal(ErrorCode.None, (await TestAppend.Send(await Leading(cluster, "u"), "a").WaitAsync(Patience)).Error);
        await Eventually.Holds(() => cluster[2].Partitions.Find("u", 0) is { IsDecided: true } follower && TestAppend.ReadAll(follower) is ["a"]);
    }

    [Fact]
    public async Task A_replica_that_nobody_gives_a_task_goes_away_again_and_comes_back_with_the_task()
    {
        await using var cluster = new ReplicaCluster(2, sharded: settings => settings with { TaskTimeout = TimeSpan.FromMilliseconds(20) });
        var (created, id) = NewTopic("u", 1, 2);

        cluster.ChangeFor([1], created);
        var name = $"{id}/0@2";
        await Eventually.Holds(() => ActorTree.Print(cluster[2].System).Contains(name, StringComparison.Ordinal));
        await Eventually.Holds(() => !ActorTree.Print(cluster[2].System).Contains(name, StringComparison.Ordinal));
        Assert.False(Directory.Exists(Path.Combine(cluster[2].Directory.FullName, "u-0")));
        cluster.TellLate(2, created);

        Assert.Equal(ErrorCode.None, (await TestAppend.Send(await Leading(cluster, "u"), "a").WaitAsync(Patience)).Error);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_replica_that_throws_starts_again_and_its_streams_with_it(int failing)
    {
        await using var cluster = new ReplicaCluster(3, sharded: settings => settings);
        await TestAppend.Send(cluster[1].Partition, "a").WaitAsync(Patience);
        var replica = cluster[failing].Partition.Replica;

        replica.Tell(new ReplicaActor.Configure(null!));
        await replica.Ask<ActorIdentity>(new Identify(null), Patience);
        await Eventually.Holds(() => cluster[failing].Partition is { Failure: null, IsDecided: true });
        var outcome = await TestAppend.Send(cluster[1].Partition, "b").WaitAsync(Patience);

        Assert.Equal(ErrorCode.None, outcome.Error);
        await cluster.HasOnAll("a", "b");
        Assert.Equal([1, 2, 3], cluster.State.Isr.Select(node => node.Value));
        Assert.Same(replica, cluster[failing].Partition.Replica);
    }

    [Fact]
    public async Task A_replica_that_is_moved_away_and_back_is_a_new_entity_and_the_old_files_go()
    {
        await using var cluster = new ReplicaCluster(3, sharded: settings => settings);
        await TestAppend.Send(cluster[1].Partition, "a").WaitAsync(Patience);
        await cluster.HasOnAll("a");
        var old = cluster[3].Partition;

        cluster.Assign(1, 2);
        cluster.Assign(1, 2, 3);
        await cluster.HasIsr(1, 2, 3);
        await TestAppend.Send(cluster[1].Partition, "b").WaitAsync(Patience);
        await cluster.HasOnAll("a", "b");

        var next = cluster[3].Partition;
        Assert.NotSame(old, next);
        Assert.Equal(old.Replica.Path, next.Replica.Path);
        Assert.NotEqual(old.Replica.Path.Uid, next.Replica.Path.Uid);
        Assert.Single(Directory.GetDirectories(cluster[3].Directory.FullName, "t-0.*-delete"));
    }

    [Fact]
    public async Task All_replicas_of_a_shard_that_fails_begin_again()
    {
        var restarts = ReplicaRestarts.Default with { LongestPause = TimeSpan.FromMilliseconds(1) };
        await using var cluster = new ReplicaCluster(2, sharded: settings => settings with { Restarts = restarts });
        await TestAppend.Send(cluster[1].Partition, "a").WaitAsync(Patience);
        var before = cluster[1].Partition.Replica;
        var shard = await cluster[1].System.ActorSelection("/system/sharding/replica-1/replicas").ResolveOne(Patience);

        shard.Tell(Kill.Instance);
        await Eventually.Holds(() => cluster[1].Partition is { IsServing: true } again && !again.Replica.Equals(before));

        Assert.Equal(ErrorCode.None, (await TestAppend.Send(cluster[1].Partition, "b").WaitAsync(Patience)).Error);
        await cluster.HasOnAll("a", "b");
    }

    [Fact]
    public async Task Replicas_stop_with_the_region_and_their_logs_are_let_go()
    {
        await using var cluster = new ReplicaCluster(2, sharded: settings => settings);
        await TestAppend.Send(cluster[1].Partition, "a").WaitAsync(Patience);
        var region = ClusterSharding.Get(cluster[1].System).ShardRegion(ReplicaSharding.TypeOf(new NodeId(1)));

        var stopped = region.WatchAsync();
        region.Tell(GracefulShutdown.Instance);
        await stopped.WaitAsync(Patience);

        Assert.Null(cluster[1].Partition.Log);
        Assert.Equal(ErrorCode.NotLeaderOrFollower, (await TestAppend.Send(cluster[1].Partition, "late").WaitAsync(Patience)).Error);
    }

    [Fact]
    public async Task A_node_leaves_the_cluster_though_news_of_its_replicas_do_not_end()
    {
        await using var cluster = new ReplicaCluster(2, sharded: settings => settings);
        await TestAppend.Send(cluster[1].Partition, "a").WaitAsync(Patience);
        using var left = new CancellationTokenSource();
        var news = Task.Run(() =>
        {
            while (!left.IsCancellationRequested)
            {
                cluster.Elect(1);
            }
        });

        // The region gives up after four minutes in this test: what it keeps for a shard that nobody starts again would show.
        await CoordinatedShutdown.Get(cluster[2].System).Run(CoordinatedShutdown.ClrExitReason.Instance).WaitAsync(TimeSpan.FromMinutes(2));

        await left.CancelAsync();
        await news;
        Assert.Null(cluster[2].Partition.Log);
    }

    private static (MetadataEvent[] Created, TopicId Id) NewTopic(string name, params int[] replicas)
    {
        var id = TopicId.NewRandom();
        var nodes = replicas.Select(replica => new NodeId(replica)).ToImmutableArray();
        return ([new TopicCreated(id, name), new PartitionCreated(id, new PartitionImage(0, nodes, nodes, nodes[0], new LeaderEpoch(0), new PartitionEpoch(0)))], id);
    }

    private static async Task<Partition> Leading(ReplicaCluster cluster, string topic)
    {
        await Eventually.Holds(() => cluster[1].Partitions.Find(topic, 0) is { IsServing: true });
        return cluster[1].Partitions.Find(topic, 0)!;
    }
}
