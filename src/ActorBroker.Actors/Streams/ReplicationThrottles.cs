using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using ActorBroker.Actors.Controller;
using ActorBroker.Metadata;
using ActorBroker.Model;
using ActorBroker.Model.Configs;
using ActorBroker.Model.Options;

namespace ActorBroker.Actors.Streams;

/// <summary>
/// The rates at which replicas that catch up are fed, as <c>leader.replication.throttled.rate</c> and <c>follower.replication.throttled.rate</c> say for the
/// replicas that a topic names (KIP-73). Leaders push, so the leaders keep the follower's rate too: each takes the part of it that its partitions are of all
/// partitions whose throttled replica on that node is behind. Any thread.
/// </summary>
public sealed class ReplicationThrottles
{
    public const string MeterName = "ActorBroker.Replication";

    private static readonly Meter Meter = new(MeterName);
    private static readonly Counter<long> Sent = Meter.CreateCounter<long>("actorbroker.replication.throttled.sent", "By", "Pushed to throttled replicas that catch up");
    private static readonly Counter<long> Received = Meter.CreateCounter<long>("actorbroker.replication.throttled.received", "By", "Received by throttled replicas of this node that catch up");

    private static readonly BrokerOptions Defaults = new();
    private static readonly TimeSpan ShareLifetime = TimeSpan.FromSeconds(1);

    private readonly NodeId self;
    private readonly ClusterState cluster;
    private readonly TimeProvider time;
    private readonly ConcurrentDictionary<NodeId, ReplicationThrottle> followers = new();
    private readonly ConcurrentDictionary<NodeId, (ClusterImage Image, TimeSpan At, double Share)> shares = new();

    public ReplicationThrottles(NodeId self, ClusterState cluster, TimeProvider time)
    {
        this.self = self;
        this.cluster = cluster;
        this.time = time;
        Leader = new ReplicationThrottle(() => RateOf(self, static options => options.LeaderThrottledBytesPerSecond), time);
    }

    /// <summary>What this node's leaders send to replicas that are throttled at the leader.</summary>
    public ReplicationThrottle Leader { get; }

    /// <summary>What this node's leaders send to replicas on a node that are throttled there.</summary>
    public ReplicationThrottle Follower(NodeId node) =>
        followers.GetOrAdd(node, id => new ReplicationThrottle(() => FollowerRate(id), time));

    public static void CountSent(long bytes) => Sent.Add(bytes);

    public static void CountReceived(long bytes) => Received.Add(bytes);

    /// <summary>The rates are settings that are made at run time only, for one node or for all.</summary>
    private double RateOf(NodeId node, Func<ReplicationOptions, long> rate)
    {
        var image = cluster.Image;
        var (common, own) = (image.ConfigOf(ConfigResource.AllBrokers), image.ConfigOf(ConfigResource.Broker(node)));
        if (common.IsEmpty && own.IsEmpty)
        {
            return double.PositiveInfinity;
        }

        var value = rate(BrokerConfigs.With(BrokerConfigs.With(Defaults, common), own).Cluster.Replication);
        return value == long.MaxValue ? double.PositiveInfinity : value;
    }

    private double FollowerRate(NodeId node)
    {
        var rate = RateOf(node, static options => options.FollowerThrottledBytesPerSecond);
        return double.IsInfinity(rate) ? rate : rate * ShareOf(node);
    }

    /// <summary>This node's part of what throttled replicas of the follower's node receive.</summary>
    private double ShareOf(NodeId follower)
    {
        var (image, now) = (cluster.Image, time.GetElapsedTime(0));
        if (shares.TryGetValue(follower, out var known) && (ReferenceEquals(known.Image, image) || now - known.At < ShareLifetime))
        {
            return known.Share;
        }

        var (own, all) = (0, 0);
        foreach (var topic in image.Topics.Values)
        {
            if (image.ConfigOf(ConfigResource.Topic(topic.Name)).TryGetValue(TopicConfigNames.FollowerThrottledReplicas, out var text) && ThrottledReplicas.Parse(text) is { IsEmpty: false } throttled)
            {
                foreach (var partition in topic.Partitions.Where(partition => IsBehind(partition, follower) && throttled.Contains(partition.Index, follower)))
                {
                    all++;
                    own += partition.Leader == self ? 1 : 0;
                }
            }
        }

        var share = (double)Math.Max(own, 1) / Math.Max(all, 1);
        shares[follower] = (image, now, Math.Min(share, 1));
        return Math.Min(share, 1);
    }

    private static bool IsBehind(PartitionImage partition, NodeId follower) =>
        partition.Leader != NodeId.None && partition.Replicas.Contains(follower) && !partition.Isr.Contains(follower);
}
