using System.Collections.Immutable;
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
public sealed class Broker(
    BrokerOptions options, ClusterState cluster, PartitionDirectory partitions, IActorRef controller, IActorRef replicas, DataDirectories directories, TimeProvider time)
{
    private static readonly TimeSpan ActorTimeout = TimeSpan.FromSeconds(30);

    public NodeId NodeId => options.Node.Id;

    public BrokerOptions Options => options;

    public ClusterState Cluster => cluster;

    public PartitionDirectory Partitions => partitions;

    public DataDirectories DataDirectories => directories;

    public ProducerIds ProducerIds { get; } = new(() => controller.Ask<ProducerIdBlock>(
        new AllocateProducerIds(options.Node.Id, cluster.Image.Brokers[options.Node.Id].Epoch), ActorTimeout));

    public ConfigView Configs { get; } = new(options);

    /// <summary>Milliseconds since 1970.</summary>
    public long NowMs() => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Asks the controller; its answer comes after the change is durable and applied here.</summary>
    public Task<TReply> AskController<TReply>(ControllerCommand command)
        where TReply : ControllerReply => controller.Ask<TReply>(command, ActorTimeout);

    /// <summary>Waits until the replicas that this node has of the topics serve, or have failed.</summary>
    public Task WhenServing(IEnumerable<string> topics)
    {
        var names = topics.ToHashSet();
        return names.Count == 0 ? Task.CompletedTask : replicas.Ask(new ReplicaManagerActor.WhenServing(names), ActorTimeout);
    }

    /// <summary>Creates the topics that are missing, with the broker's defaults or, for internal topics, with theirs.</summary>
    public async Task EnsureTopics(IEnumerable<string> names)
    {
        var missing = names.Where(name => cluster.Image.FindTopic(name) is null).Select(NewTopic).ToImmutableArray();
        if (missing.Length > 0)
        {
            var reply = await AskController<CreateTopicsReply>(new CreateTopics(missing, ValidateOnly: false)).ConfigureAwait(false);
            // Another request may have been faster with the same topic: then it is there as well.
            await WhenServing(reply.Topics
                .Where(topic => topic.Verdict.IsOk || topic.Verdict.Error == MetadataError.TopicAlreadyExists)
                .Select(topic => topic.Name)).ConfigureAwait(false);
        }
    }

    /// <summary>The partition, when this node leads and serves it.</summary>
    /// <param name="clientEpoch">The leader epoch that the client knows; unknown: not checked (KIP-320).</param>
    /// <param name="partition">Also given when there is an error but a replica is here.</param>
    public ErrorCode FindLeader(string topic, int index, LeaderEpoch clientEpoch, out Partition? partition)
    {
        partition = partitions.Find(topic, index);
        if (partition is null)
        {
            var known = cluster.Image.FindTopic(topic) is { } image && index >= 0 && index < image.Partitions.Count;
            return known ? ErrorCode.NotLeaderOrFollower : ErrorCode.UnknownTopicOrPartition;
        }

        if (clientEpoch != LeaderEpoch.Unknown && clientEpoch != partition.LeaderEpoch)
        {
            return clientEpoch < partition.LeaderEpoch ? ErrorCode.FencedLeaderEpoch : ErrorCode.UnknownLeaderEpoch;
        }

        return partition.IsServing ? ErrorCode.None
            : partition.Failure is not null ? ErrorCode.KafkaStorageError
            : ErrorCode.NotLeaderOrFollower;
    }

    /// <summary>The brokers that are alive, with the addresses that a listener's clients can reach.</summary>
    public IEnumerable<VisibleBroker> VisibleBrokers(string listener) =>
        cluster.Image.Brokers.Values.Where(broker => !broker.Fenced).OrderBy(broker => broker.Id)
            .Select(broker => Visible(broker, listener)).OfType<VisibleBroker>();

    /// <summary>One broker as a listener's clients reach it; null when it is gone or has no such listener.</summary>
    public VisibleBroker? FindBroker(NodeId id, string listener) =>
        cluster.Image.Brokers.GetValueOrDefault(id) is { Fenced: false } broker ? Visible(broker, listener) : null;

    private static VisibleBroker? Visible(BrokerImage broker, string listener) =>
        broker.EndpointOf(listener) is { } endpoint ? new VisibleBroker(broker.Id, endpoint.Host, endpoint.Port, broker.Rack) : null;

    private NewTopic NewTopic(string name)
    {
        var (count, replication, settings) = InternalTopics.LayoutOf(name, options);
        return new NewTopic(
            name,
            TopicId.NewRandom(),
            count,
            replication,
            ImmutableSortedDictionary<int, ImmutableArray<NodeId>>.Empty,
            settings.ToImmutableSortedDictionary(setting => setting.Key, string? (setting) => setting.Value));
    }
}
