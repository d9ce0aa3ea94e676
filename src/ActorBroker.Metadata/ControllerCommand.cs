using System.Collections.Immutable;
using ActorBroker.Model;

namespace ActorBroker.Metadata;

/// <summary>Something asked of the controller.</summary>
public abstract record ControllerCommand;

/// <summary>A topic to create.</summary>
/// <param name="Partitions">-1: the broker's default, or as many as there are assignments.</param>
/// <param name="ReplicationFactor">-1: the broker's default, or that of the assignments.</param>
/// <param name="Assignments">Replicas of each partition by index; empty: the controller places them.</param>
public sealed record NewTopic(
    string Name,
    TopicId Id,
    int Partitions,
    short ReplicationFactor,
    ImmutableSortedDictionary<int, ImmutableArray<NodeId>> Assignments,
    ImmutableSortedDictionary<string, string?> Configs);

/// <summary>Create topics, each for itself. With <paramref name="ValidateOnly"/> nothing is created.</summary>
public sealed record CreateTopics(ImmutableArray<NewTopic> Topics, bool ValidateOnly) : ControllerCommand;

/// <summary>A topic by its name, or by its id when the name is null.</summary>
public sealed record TopicReference(string? Name, TopicId TopicId);

public sealed record DeleteTopics(ImmutableArray<TopicReference> Topics) : ControllerCommand;

/// <summary>Grow a topic to <paramref name="Count"/> partitions in all.</summary>
/// <param name="Assignments">Replicas of each new partition in order; null: the controller places them.</param>
public sealed record MorePartitions(string Topic, int Count, ImmutableArray<ImmutableArray<NodeId>>? Assignments);

public sealed record CreatePartitions(ImmutableArray<MorePartitions> Topics, bool ValidateOnly) : ControllerCommand;

/// <summary>What to do to one setting, with Kafka's numbers (KIP-339).</summary>
public enum ConfigOperation : sbyte
{
    Set = 0,
    Delete = 1,
    Append = 2,
    Subtract = 3,
}

public sealed record ConfigEdit(string Name, ConfigOperation Operation, string? Value);

/// <summary>Edits to one resource: all are made or none.</summary>
/// <param name="Replace">The resource's settings become exactly these (the old AlterConfigs).</param>
public sealed record ResourceEdits(ConfigResource Resource, ImmutableArray<ConfigEdit> Edits, bool Replace);

public sealed record AlterConfigs(ImmutableArray<ResourceEdits> Resources, bool ValidateOnly) : ControllerCommand;

/// <summary>Give a broker a block of producer ids. Answered with <see cref="ProducerIdBlock"/>, or with <see cref="VerdictReply"/> when it is not registered with that epoch.</summary>
public sealed record AllocateProducerIds(NodeId Broker, BrokerEpoch BrokerEpoch) : ControllerCommand;

/// <summary>A broker has started. Answered with <see cref="BrokerRegistration"/>.</summary>
/// <param name="IncarnationId">New for every start of the process. The same one again keeps its epoch: a registration may be repeated.</param>
public sealed record RegisterBroker(NodeId Id, Guid IncarnationId, ImmutableArray<BrokerEndpoint> Endpoints, string? Rack) : ControllerCommand
{
    /// <summary>The cluster that the broker's data belongs to; null when it has none yet.</summary>
    public string? ClusterId { get; init; }

    /// <summary>The epoch with which it was registered when it stopped cleanly the last time; -1 after any other end (KIP-966).</summary>
    public BrokerEpoch PreviousEpoch { get; init; } = new(-1);

    /// <summary>The ids of its log directories that are online.</summary>
    public ImmutableArray<Guid> LogDirs { get; init; } = [];
}

/// <summary>A registered broker is alive. Answered with <see cref="BrokerHeartbeatReply"/>.</summary>
/// <param name="MetadataVersion">The <see cref="ClusterImage.Version"/> that it has applied.</param>
/// <param name="WantFence">It asks to be fenced, or to stay fenced.</param>
/// <param name="WantShutdown">It wants to stop, and asks that its leaders move away first.</param>
/// <param name="OfflineDirs">The ids of its log directories that failed.</param>
public sealed record BrokerHeartbeat(
    NodeId Id, BrokerEpoch Epoch, long MetadataVersion, bool WantFence, bool WantShutdown, ImmutableArray<Guid> OfflineDirs) : ControllerCommand
{
    /// <summary>None of its log directories has room: others are to lead where they can.</summary>
    public bool IsFull { get; init; }
}

/// <summary>A broker was found to be unreachable. Answered with <see cref="VerdictReply"/>; a fenced broker is unfenced by its next heartbeat.</summary>
/// <param name="Reason">For the log.</param>
public sealed record FenceBroker(NodeId Id, BrokerEpoch Epoch, string Reason) : ControllerCommand;

/// <summary>Fence the brokers whose heartbeats stayed out; asked regularly by the controller's shell. Answered with <see cref="ExpireSessionsReply"/>.</summary>
public sealed record ExpireSessions : ControllerCommand;

/// <summary>Forget a broker that will not come back. Answered with <see cref="VerdictReply"/>.</summary>
public sealed record UnregisterBroker(NodeId Id) : ControllerCommand;

/// <summary>A member of a proposed ISR.</summary>
/// <param name="Epoch">The epoch with which it fetched from or acknowledged to the leader; -1: unknown, not checked (KIP-903).</param>
public sealed record IsrMember(NodeId Id, BrokerEpoch Epoch);

/// <summary>A leader's proposal of a new ISR, valid only in the epochs that it was made in (KIP-497).</summary>
public sealed record IsrChange(
    TopicId Topic,
    int Index,
    LeaderEpoch LeaderEpoch,
    PartitionEpoch PartitionEpoch,
    ImmutableArray<IsrMember> NewIsr,
    LeaderRecoveryState LeaderRecoveryState = LeaderRecoveryState.Recovered);

/// <summary>Proposals of one leader. Answered with <see cref="AlterPartitionReply"/>.</summary>
public sealed record AlterPartition(NodeId BrokerId, BrokerEpoch BrokerEpoch, ImmutableArray<IsrChange> Partitions) : ControllerCommand;

/// <summary>
/// A broker's replicas that it cannot serve any more, since their log directory failed: they leave the ISR and lead nothing, as if the broker
/// were gone for them. Answered with <see cref="VerdictReply"/>; partitions that are not there, or not on that broker, are passed over.
/// </summary>
public sealed record FailReplicas(NodeId BrokerId, BrokerEpoch BrokerEpoch, ImmutableArray<TopicIdPartition> Partitions) : ControllerCommand;

/// <summary>Kinds of elections, with Kafka's numbers (KIP-183, KIP-460).</summary>
public enum ElectionType : sbyte
{
    Preferred = 0,
    Unclean = 1,
}

/// <summary>Answered with <see cref="ElectLeadersReply"/>.</summary>
/// <param name="Partitions">Null: all; then those that need no election are left out of the answer.</param>
public sealed record ElectLeaders(ElectionType Type, ImmutableArray<TopicPartition>? Partitions) : ControllerCommand;

/// <param name="Replicas">The replicas wanted, preferred leader first; null: cancel the reassignment in progress.</param>
public sealed record Reassignment(TopicPartition Partition, ImmutableArray<NodeId>? Replicas);

/// <summary>Move replicas (KIP-455). Answered with <see cref="AlterPartitionReassignmentsReply"/>.</summary>
public sealed record AlterPartitionReassignments(ImmutableArray<Reassignment> Partitions) : ControllerCommand
{
    /// <summary>Whether the number of replicas may change.</summary>
    public bool AllowReplicationFactorChange { get; init; } = true;
}

/// <summary>Give partitions back to their preferred leaders where a broker's share of them is led elsewhere; asked regularly. Answered with <see cref="BalanceLeadersReply"/>.</summary>
public sealed record BalanceLeaders : ControllerCommand;
