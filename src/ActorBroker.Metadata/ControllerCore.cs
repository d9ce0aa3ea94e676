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

    /// <summary>The cluster's id, which brokers that register must not contradict; null: not checked.</summary>
    public string? ClusterId { get; init; }

    /// <summary>How long a broker may be silent before it is fenced, milliseconds (<c>broker.session.timeout.ms</c>; the default is Kafka's).</summary>
    public int BrokerSessionTimeoutMs { get; init; } = 9_000;

    /// <summary>Whether eligible leader replicas are kept (KIP-966). Without them the last member of an ISR stays in it when it is fenced.</summary>
    public bool EligibleLeaderReplicas { get; init; } = true;

    /// <summary>The share of the partitions that prefer a broker which others may lead before balancing, percent (<c>leader.imbalance.per.broker.percentage</c>; the default is Kafka's).</summary>
    public int LeaderImbalancePerBrokerPercentage { get; init; } = 10;

    /// <summary>When a broker that comes and goes is not given leaders back.</summary>
    public FlappingRule Flapping { get; init; } = FlappingRule.Default;
}

/// <summary>
/// The controller as a pure function: a command and the image it is decided against give events and an answer.
/// The shell journals the events, applies them to the image and only then answers. All that it remembers by itself is who was heard of
/// when, and who has no room (<see cref="Sessions"/>), and who was lost how often (<see cref="Steadiness"/>).
/// </summary>
public sealed partial class ControllerCore(ControllerOptions options)
{
    private readonly BrokerSessions sessions = new(options.BrokerSessionTimeoutMs);
    private readonly BrokerSteadiness steadiness = new(options.Flapping);

    /// <summary>The time of the command that is being decided.</summary>
    private long now;

    /// <summary>Producer ids handed to a broker at a time.</summary>
    public const int ProducerIdBlockSize = 1000;

    /// <summary>The brokers' heartbeats; to be cleared on becoming the controller.</summary>
    public BrokerSessions Sessions => sessions;

    /// <summary>The brokers that come and go.</summary>
    public BrokerSteadiness Steadiness => steadiness;

    /// <param name="nowMs">Milliseconds of a clock that never goes back; only differences count.</param>
    public Decision Decide(ClusterImage image, ControllerCommand command, long nowMs)
    {
        now = nowMs;
        return Decide(image, command);
    }

    private Decision Decide(ClusterImage image, ControllerCommand command) => command switch
    {
        CreateTopics create => DecideCreate(image, create),
        DeleteTopics delete => DecideDelete(image, delete),
        CreatePartitions grow => DecideGrow(image, grow),
        AlterConfigs alter => DecideAlter(image, alter),
        AllocateProducerIds allocate => DecideAllocate(image, allocate),
        RegisterBroker register => DecideRegister(image, register),
        BrokerHeartbeat heartbeat => DecideHeartbeat(image, heartbeat),
        FenceBroker fence => DecideFence(image, fence),
        ExpireSessions => DecideExpire(image),
        UnregisterBroker unregister => DecideUnregister(image, unregister),
        AlterPartition alter => DecideAlterPartition(image, alter),
        FailReplicas fail => DecideFail(image, fail),
        ElectLeaders elect => DecideElect(image, elect),
        AlterPartitionReassignments reassign => DecideReassign(image, reassign),
        BalanceLeaders => DecideBalance(image),
        _ => throw new ArgumentException($"unknown controller command {command.GetType().Name}", nameof(command)),
    };

    private static Decision DecideAllocate(ClusterImage image, AllocateProducerIds command)
    {
        if (EpochProblem(image, command.Broker, command.BrokerEpoch) is { } problem)
        {
            return new([], new VerdictReply(problem));
        }

        var next = image.NextProducerId + ProducerIdBlockSize;
        return new([new ProducerIdsAllocated(command.Broker, command.BrokerEpoch, next)], new ProducerIdBlock(image.NextProducerId, ProducerIdBlockSize));
    }

    private static Verdict Refuse(MetadataError error, string message) => new(error, message);
}
