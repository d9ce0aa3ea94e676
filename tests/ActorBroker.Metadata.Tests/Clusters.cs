using System.Collections.Immutable;
using ActorBroker.Model;

namespace ActorBroker.Metadata.Tests;

/// <summary>Builds images by the same commands that a cluster is built by.</summary>
internal static class Clusters
{
    public static ControllerOptions Options { get; } = new(3, 1, TopicProblem, (_, _) => null) { TopicConfigDefault = name => name == "cleanup.policy" ? "delete" : null };

    public static ClusterImage Of(int nodes, Func<int, string?>? rack = null) =>
        Enumerable.Range(1, nodes).Aggregate(ClusterImage.Empty, (image, id) => image
            .After(new RegisterBroker(new NodeId(id), Guid.Empty, [new BrokerEndpoint("PLAINTEXT", "localhost", 9092)], rack?.Invoke(id)), out _)
            .After(new BrokerHeartbeat(new NodeId(id), new BrokerEpoch(image.Version + 1), long.MaxValue, false, false, []), out _));

    public static ClusterImage After(this ClusterImage image, ControllerCommand command, out ControllerReply reply)
    {
        var decision = new ControllerCore(Options).Decide(image, command, nowMs: 0);
        reply = decision.Reply;
        return decision.Events.Aggregate(image, (before, change) => before.Apply(change));
    }

    public static ClusterImage WithTopic(this ClusterImage image, string name, int partitions = 1, short replication = 1) =>
        image.After(Create(name, partitions, replication), out _);

    public static CreateTopics Create(string name, int partitions = 1, short replication = 1, params (string, string?)[] configs) =>
        new([New(name, partitions, replication, configs)], ValidateOnly: false);

    public static NewTopic New(string name, int partitions, short replication, params (string, string?)[] configs) => new(
        name,
        TopicId.NewRandom(),
        partitions,
        replication,
        ImmutableSortedDictionary<int, ImmutableArray<NodeId>>.Empty,
        configs.ToImmutableSortedDictionary(config => config.Item1, config => config.Item2));

    private static string? TopicProblem(string name, string? value) => name switch
    {
        "retention.ms" or "min.insync.replicas" => long.TryParse(value, out _) ? null : $"Invalid value {value} for configuration {name}",
        "cleanup.policy" or "flush.mode" or "unclean.leader.election.enable" => null,
        _ => $"Unknown topic config name: {name}",
    };
}
