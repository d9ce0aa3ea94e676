using System.Collections.Immutable;
using ActorBroker.Metadata;
using ActorBroker.Model;
using ActorBroker.Protocol.Messages;
using ActorBroker.Protocol;
using ActorBroker.Server.Network;

namespace ActorBroker.Server.Handlers;

/// <summary>
/// Metadata, versions 0 to 12: brokers and topics from the local image, never from the controller. An empty list means all topics in
/// version 0, none from 1 on, where null means all; topic ids from 10, queries by id from 12 (KIP-516). Unknown topics are created when
/// the request and <c>auto.create.topics.enable</c> allow it. Errors, by topic: UNKNOWN_TOPIC_OR_PARTITION, UNKNOWN_TOPIC_ID,
/// INVALID_TOPIC_EXCEPTION; by partition: LEADER_NOT_AVAILABLE, LISTENER_NOT_FOUND (from 6), REPLICA_NOT_AVAILABLE (in 0). Fenced brokers and
/// those without the client's listener are left out; their replicas are offline (from 5). The controller's id is that of any broker that is alive.
/// </summary>
public sealed class MetadataHandler(Broker broker) : AsyncApiHandler<MetadataRequest>(MetadataRequest.MinVersion, MetadataRequest.MaxVersion)
{
    protected override async ValueTask<IApiResponse?> HandleAsync(RequestContext context, MetadataRequest request)
    {
        var all = request.Topics is null || (context.ApiVersion == 0 && request.Topics.Count == 0);
        if (!all && request.AllowAutoTopicCreation && broker.Options.Topics.AutoCreate)
        {
            await CreateMissing(request.Topics!).ConfigureAwait(false);
        }

        var image = broker.Cluster.Image;
        var visible = broker.VisibleBrokers(context.Connection.Listener.Name).ToList();
        var view = new ListenerView(context.ApiVersion, image, visible.Select(entry => entry.Id).ToHashSet());
        return new MetadataResponse
        {
            ClusterId = broker.Cluster.ClusterId,
            ControllerId = Broker.ControllerFor(visible).Value,
            Brokers = [.. visible.Select(entry => new MetadataResponse.MetadataResponseBroker
            {
                NodeId = entry.Id.Value,
                Host = entry.Host,
                Port = entry.Port,
                Rack = entry.Rack,
            })],
            Topics = all
                ? [.. image.Topics.Values.Select(topic => Describe(topic, view))]
                : [.. request.Topics!.DistinctBy(asked => (asked.Name, asked.TopicId)).Select(asked => Answer(asked, view))],
        };
    }

    private Task CreateMissing(List<MetadataRequest.MetadataRequestTopic> topics) =>
        broker.EnsureTopics(topics.Select(topic => topic.Name).OfType<string>().Where(name => TopicName.Problem(name) is null).Distinct());

    private static MetadataResponse.MetadataResponseTopic Answer(MetadataRequest.MetadataRequestTopic asked, ListenerView view)
    {
        var topic = asked.Name is { } name ? view.Image.FindTopic(name) : view.Image.FindTopic(new TopicId(asked.TopicId));
        if (topic is not null)
        {
            return Describe(topic, view);
        }

        var error = asked.Name is null ? ErrorCode.UnknownTopicId
            : TopicName.Problem(asked.Name) is null ? ErrorCode.UnknownTopicOrPartition
            : ErrorCode.InvalidTopicException;
        // Versions below 12 have no way to say "no name".
        var shown = asked.Name ?? (view.Version < 12 ? "" : null);
        return new() { ErrorCode = error, Name = shown, TopicId = asked.TopicId, IsInternal = asked.Name is not null && TopicName.IsInternal(asked.Name) };
    }

    private static MetadataResponse.MetadataResponseTopic Describe(TopicImage topic, ListenerView view) => new()
    {
        Name = topic.Name,
        TopicId = topic.Id.Value,
        IsInternal = TopicName.IsInternal(topic.Name),
        Partitions = [.. topic.Partitions.Select(partition => Describe(partition, view))],
    };

    private static MetadataResponse.MetadataResponsePartition Describe(PartitionImage partition, ListenerView view)
    {
        var leader = view.LeaderOf(partition, out var error);
        var answer = new MetadataResponse.MetadataResponsePartition
        {
            ErrorCode = error,
            PartitionIndex = partition.Index,
            LeaderId = leader.Value,
            LeaderEpoch = view.Version >= 7 ? partition.LeaderEpoch.Value : -1,
            ReplicaNodes = Values(partition.Replicas),
            IsrNodes = Values(partition.Isr),
            OfflineReplicas = Values(partition.Replicas, id => !view.Visible.Contains(id)),
        };
        if (view.Version == 0)
        {
            LeaveOutHidden(answer, view);
        }

        return answer;
    }

    /// <summary>The oldest clients take every node that is named for one that they can reach.</summary>
    private static void LeaveOutHidden(MetadataResponse.MetadataResponsePartition answer, ListenerView view)
    {
        if (answer.ReplicaNodes.RemoveAll(Hidden) + answer.IsrNodes.RemoveAll(Hidden) > 0 && answer.ErrorCode == ErrorCode.None)
        {
            answer.ErrorCode = ErrorCode.ReplicaNotAvailable;
        }

        bool Hidden(int id) => !view.Visible.Contains(new NodeId(id));
    }

    private static List<int> Values(ImmutableArray<NodeId> nodes, Func<NodeId, bool>? filter = null)
    {
        var values = new List<int>(filter is null ? nodes.Length : 0);
        foreach (var node in nodes)
        {
            if (filter is null || filter(node))
            {
                values.Add(node.Value);
            }
        }

        return values;
    }

    /// <summary>The cluster as one listener's clients of one version see it.</summary>
    /// <param name="Visible">The brokers that are alive and have the listener.</param>
    private sealed record ListenerView(short Version, ClusterImage Image, HashSet<NodeId> Visible)
    {
        private const short FirstVersionWithListenerNotFound = 6;

        /// <summary>The leader if clients can reach it, else none and the error that says why.</summary>
        public NodeId LeaderOf(PartitionImage partition, out ErrorCode error)
        {
            if (Visible.Contains(partition.Leader))
            {
                error = ErrorCode.None;
                return partition.Leader;
            }

            var isAlive = Image.Brokers.GetValueOrDefault(partition.Leader) is { Fenced: false };
            error = isAlive && Version >= FirstVersionWithListenerNotFound ? ErrorCode.ListenerNotFound : ErrorCode.LeaderNotAvailable;
            return NodeId.None;
        }
    }
}
