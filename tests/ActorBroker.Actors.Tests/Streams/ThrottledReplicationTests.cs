using ActorBroker.Actors.Partitions;
using ActorBroker.Metadata;
using ActorBroker.Model;
using ActorBroker.Protocol;

namespace ActorBroker.Actors.Tests.Streams;

/// <summary>Replicas that are added while a throttle stands still, and what is not throttled meanwhile.</summary>
public sealed class ThrottledReplicationTests
{
    private const string LeaderReplicas = "leader.replication.throttled.replicas";
    private const string FollowerReplicas = "follower.replication.throttled.replicas";

    [Theory]
    [InlineData(LeaderReplicas, "*", "leader.replication.throttled.rate", 1)]
    [InlineData(LeaderReplicas, "0:1", "leader.replication.throttled.rate", 1)]
    [InlineData(FollowerReplicas, "*", "follower.replication.throttled.rate", 3)]
    [InlineData(FollowerReplicas, "5:1,0:3", "follower.replication.throttled.rate", 3)]
    public async Task A_throttled_replica_waits_for_the_rate_and_those_in_sync_do_not(string list, string replicas, string rate, int broker)
    {
        await using var cluster = await OneMissing((list, replicas));
        cluster.Change(new ConfigChanged(ConfigResource.Broker(new NodeId(broker)), rate, "0"));

        cluster.Assign(1, 2, 3);
        await Eventually.Holds(() => (list == LeaderReplicas ? cluster[1].Throttles.Leader : cluster[1].Throttles.Follower(new NodeId(3))).Waits > 0);
        var outcome = await TestAppend.Send(cluster[1].Partition, "b");

        Assert.Equal(ErrorCode.None, outcome.Error);
        Assert.Equal(0, cluster[3].Partition.LogEndOffset.Value);
        cluster.Change(new ConfigChanged(ConfigResource.Broker(new NodeId(broker)), rate, null));
        await cluster.HasIsr(1, 2, 3);
        await cluster.HasOnAll("a", "b");
    }

    [Theory]
    [InlineData(LeaderReplicas, "0:2", "leader.replication.throttled.rate")]
    [InlineData(FollowerReplicas, "0:1,1:3", "follower.replication.throttled.rate")]
    public async Task A_replica_that_is_not_named_is_not_throttled(string list, string replicas, string rate)
    {
        await using var cluster = await OneMissing((list, replicas));
        cluster.Change([.. Enumerable.Range(1, 3).Select(id => new ConfigChanged(ConfigResource.Broker(new NodeId(id)), rate, "0"))]);

        cluster.Assign(1, 2, 3);

        await cluster.HasIsr(1, 2, 3);
        await cluster.HasOnAll("a");
    }

    private static async Task<ReplicaCluster> OneMissing((string Name, string Value) config)
    {
        var cluster = new ReplicaCluster(3, null, config);
        cluster.Assign(1, 2);
        await Eventually.Holds(() => cluster[3].Partitions.Find("t", 0) is null);
        await TestAppend.Send(cluster[1].Partition, "a");
        return cluster;
    }
}
