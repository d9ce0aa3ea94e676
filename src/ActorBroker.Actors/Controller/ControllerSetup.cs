using System.Collections.Immutable;
using ActorBroker.Metadata;
using ActorBroker.Metadata.Quorum;
using ActorBroker.Model;

namespace ActorBroker.Actors.Controller;

/// <summary>What a controller works with.</summary>
/// <param name="Node">The node that it runs on; it has a journal replica.</param>
/// <param name="Journals">The path of each voter's <see cref="JournalReplicaActor"/>, this node's included; with the address for those on other nodes.</param>
/// <param name="Journal">This node's journal, for reading.</param>
/// <param name="Cluster">This node's image: a new controller replays only what comes after it (<see cref="KnownImageStore"/>).</param>
/// <param name="Core">Makes the rules for a new term: what a core remembers of brokers' sessions belongs to one term.</param>
public sealed record ControllerSetup(
    NodeId Node,
    ImmutableDictionary<NodeId, string> Journals,
    MetadataJournal Journal,
    ClusterState Cluster,
    Func<ControllerCore> Core,
    TimeProvider Time)
{
    /// <summary>The path of the journal replica on its own node.</summary>
    public const string JournalPath = "/user/node/journal";

    /// <summary>The quorum's tick.</summary>
    public TimeSpan Tick { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Commands that the controller gives itself regularly.</summary>
    public ImmutableArray<(ControllerCommand Command, TimeSpan Interval)> Regularly { get; init; } = [];

    /// <summary>Commands that may wait for a decision or for its commit; further ones are refused.</summary>
    public int MaxWaiting { get; init; } = 10_000;

    /// <summary>Batches that may be on their way to a majority; further decisions gather for the next.</summary>
    public int MaxBatchesInFlight { get; init; } = 8;

    /// <summary>Decisions are gathered into a batch up to about this many events.</summary>
    public int MaxEventsOfBatch { get; init; } = 2_000;

    /// <summary>The setup of a quorum of one.</summary>
    public static ControllerSetup Alone(NodeId node, MetadataJournal journal, ClusterState cluster, Func<ControllerCore> core, TimeProvider time) =>
        new(node, ImmutableDictionary<NodeId, string>.Empty.Add(node, JournalPath), journal, cluster, core, time);
}
