using ActorBroker.Actors.Controller;
using ActorBroker.Actors.Node;
using ActorBroker.Actors.Partitions;
using ActorBroker.Metadata;
using ActorBroker.Model;
using ActorBroker.Model.Options;
using ActorBroker.Protocol;
using ActorBroker.Server.Configs;
using Akka.Actor;

namespace ActorBroker.Server;

/// <summary>A broker as clients of one listener see it.</summary>
public sealed record VisibleBroker(NodeId Id, string Host, int Port, string? Rack);

/// <summary>What the handlers of a node work with: the cluster's image, this node's partitions, and the actors that change either.</summary>
public sealed partial class Broker
{
    private readonly ClusterState cluster;
    private readonly PartitionDirectory partitions;
    private readonly IActorRef controller;
    private readonly IActorRef replicas;
    private readonly TimeProvider time;

    /// <param name="controller">Answers <see cref="ControllerCommand"/>s, on this node or on another.</param>
    public Broker(
        BrokerOptions options, ClusterState cluster, PartitionDirectory partitions, IActorRef controller, IActorRef replicas,
        DataDirectories directories, TimeProvider time)
    {
        this.cluster = cluster;
        this.partitions = partitions;
        this.controller = controller;
        this.replicas = replicas;
        DataDirectories = directories;
        this.time = time;
        NodeId = options.Node.Id;
        Configs = new ConfigView(options);
        ProducerIds = new ProducerIds(NextProducerIds);
    }

    public NodeId NodeId { get; }

    /// <summary>This node's options, with the settings that were made at run time.</summary>
    public BrokerOptions Options => Configs.Effective(cluster.Image);

    public ClusterState Cluster => cluster;

    public PartitionDirectory Partitions => partitions;

    public DataDirectories DataDirectories { get; }

    public ProducerIds ProducerIds { get; }

    public ConfigView Configs { get; }

    /// <summary>Milliseconds since 1970.</summary>
    public long NowMs() => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>The partition, when this node leads and serves it.</summary>
    /// <param name="clientEpoch">The leader epoch that the client knows; unknown: not checked (KIP-320).</param>
    /// <param name="partition">Also given when there is an error but a replica is here.</param>
    public ErrorCode FindLeader(string topic, int index, LeaderEpoch clientEpoch, out Partition? partition)
    {
        var error = FindReplica(topic, index, clientEpoch, out partition);
        return error == ErrorCode.None && !partition!.IsServing ? ErrorCode.NotLeaderOrFollower : error;
    }

    /// <summary>The partition, when this node has a replica of it that can be read, whoever leads it (KIP-392).</summary>
    /// <inheritdoc cref="FindLeader"/>
    public ErrorCode FindReplica(string topic, int index, LeaderEpoch clientEpoch, out Partition? partition)
    {
        partition = partitions.Find(topic, index);
        if (partition is null)
        {
            return PartitionOf(topic, index) is null ? ErrorCode.UnknownTopicOrPartition : ErrorCode.NotLeaderOrFollower;
        }

        if (clientEpoch != LeaderEpoch.Unknown && clientEpoch != partition.LeaderEpoch)
        {
            return clientEpoch < partition.LeaderEpoch ? ErrorCode.FencedLeaderEpoch : ErrorCode.UnknownLeaderEpoch;
        }

        return partition.Failure is not null ? ErrorCode.KafkaStorageError
            : partition.IsDecided ? ErrorCode.None
            : ErrorCode.NotLeaderOrFollower;
    }

    /// <summary>A partition by the latest image; null when there is no such.</summary>
    public PartitionImage? PartitionOf(string topic, int index) =>
        cluster.Image.FindTopic(topic) is { } image && index >= 0 && index < image.Partitions.Count ? image.Partitions[index] : null;

    /// <summary>The brokers that are alive, with the addresses that a listener's clients can reach.</summary>
    public IEnumerable<VisibleBroker> VisibleBrokers(string listener) =>
        cluster.Image.Brokers.Values.Where(broker => !broker.Fenced).OrderBy(broker => broker.Id)
            .Select(broker => Visible(broker, listener)).OfType<VisibleBroker>();

    /// <summary>One broker as a listener's clients reach it; null when it is gone or has no such listener.</summary>
    public VisibleBroker? FindBroker(NodeId id, string listener) =>
        cluster.Image.Brokers.GetValueOrDefault(id) is { Fenced: false } broker ? Visible(broker, listener) : null;

    /// <summary>
    /// Where clients send what is for the controller: any broker that is alive, since each of them passes it on; -1 when there is none. Another
    /// one each time, as with Kafka.
    /// </summary>
    public static NodeId ControllerFor(IReadOnlyList<VisibleBroker> visible) =>
        visible.Count == 0 ? NodeId.None : visible[Random.Shared.Next(visible.Count)].Id;

    private static VisibleBroker? Visible(BrokerImage broker, string listener) =>
        broker.EndpointOf(listener) is { } endpoint ? new VisibleBroker(broker.Id, endpoint.Host, endpoint.Port, broker.Rack) : null;
}
