using ActorBroker.Model;

namespace ActorBroker.Metadata;

/// <summary>The controller's rules that come from its configuration.</summary>
/// <param name="DefaultPartitions">Partitions of a topic that does not say (<c>num.partitions</c>).</param>
/// <param name="DefaultReplicationFactor">Replicas of a topic that does not say (<c>default.replication.factor</c>).</param>
/// <param name="TopicConfigProblem">Null when a topic setting is legal, else what is wrong with it. The value may be null.</param>
/// <param name="BrokerConfigProblem">The same for a broker setting changed at run time.</param>
public sealed record ControllerOptions(
    int DefaultPartitions,
    short DefaultReplicationFactor,
    Func<string, string?, string?> TopicConfigProblem,
    Func<string, string?, string?> BrokerConfigProblem)
{
    /// <summary>Most partitions that one request may create, over all its topics, so that a slip of the keyboard cannot exhaust the cluster. The number is Kafka's.</summary>
    public int MaxPartitionsPerRequest { get; init; } = 10_000;

    /// <summary>A topic setting's value while nobody has set it; lists are appended to it.</summary>
    public Func<string, string?> TopicConfigDefault { get; init; } = static _ => null;

    /// <summary>Topic settings that hold lists, which may be appended to and subtracted from.</summary>
    public Func<string, bool> IsListConfig { get; init; } = static name => name == "cleanup.policy";
}

/// <summary>
/// The controller as a pure function: a command and the image it is decided against give events and an answer.
/// The shell journals the events, applies them to the image and only then answers.
/// </summary>
public sealed partial class ControllerCore(ControllerOptions options)
{
    /// <summary>Producer ids handed to a broker at a time.</summary>
    public const int ProducerIdBlockSize = 1000;

    /// <param name="nowMs">Milliseconds of a clock that never goes back; only differences count.</param>
    public Decision Decide(ClusterImage image, ControllerCommand command, long nowMs) => command switch
    {
        CreateTopics create => DecideCreate(image, create),
        DeleteTopics delete => DecideDelete(image, delete),
        CreatePartitions grow => DecideGrow(image, grow),
        AlterConfigs alter => DecideAlter(image, alter),
        AllocateProducerIds allocate => DecideAllocate(image, allocate),
        RegisterBroker register => DecideRegister(image, register),
        _ => throw new ArgumentException($"unknown controller command {command.GetType().Name}", nameof(command)),
    };

    private static Decision DecideAllocate(ClusterImage image, AllocateProducerIds command)
    {
        var next = image.NextProducerId + ProducerIdBlockSize;
        return new([new ProducerIdsAllocated(command.Broker, command.BrokerEpoch, next)], new ProducerIdBlock(image.NextProducerId, ProducerIdBlockSize));
    }

    private static Decision DecideRegister(ClusterImage image, RegisterBroker command)
    {
        var epoch = new BrokerEpoch(image.Version + 1);
        var broker = new BrokerImage(command.Id, epoch, command.IncarnationId, command.Endpoints, command.Rack, Fenced: false);
        return new([new BrokerRegistered(broker)], new BrokerRegistration(epoch));
    }

    private static Verdict Refuse(MetadataError error, string message) => new(error, message);
}
