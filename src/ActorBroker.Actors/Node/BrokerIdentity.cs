using System.Collections.Immutable;
using ActorBroker.Model;

namespace ActorBroker.Actors.Node;

/// <summary>What a broker tells the controller of itself.</summary>
/// <param name="ClusterId">Of its data.</param>
/// <param name="IncarnationId">New for every start of the process.</param>
/// <param name="Rack">Null when none is configured.</param>
/// <param name="PreviousEpoch">The registration that it stopped cleanly from; -1 after any other end.</param>
/// <param name="LogDirs">The ids of its log directories.</param>
public sealed record BrokerIdentity(
    NodeId Id, string ClusterId, Guid IncarnationId, string? Rack, BrokerEpoch PreviousEpoch, ImmutableArray<Guid> LogDirs);
