using System.Collections.Immutable;

namespace Akka.Cluster.Sharding;

/// <summary>An event of what is remembered, in the journal.</summary>
internal abstract record RememberedEvent(ImmutableArray<string> Ids) : IClusterShardingSerializable;

/// <summary>These were started.</summary>
internal sealed record RememberedStarted(ImmutableArray<string> Ids) : RememberedEvent(Ids);

/// <summary>These were stopped for good.</summary>
internal sealed record RememberedStopped(ImmutableArray<string> Ids) : RememberedEvent(Ids);

/// <summary>These are all.</summary>
internal sealed record RememberedAll(ImmutableArray<string> Ids) : RememberedEvent(Ids);
