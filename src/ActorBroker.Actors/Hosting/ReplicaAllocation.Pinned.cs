using AkkaExtensions.Sharding;

namespace ActorBroker.Actors.Hosting;

/// <summary>Compiled where the actor runtime has it: the shard of this broker runs, and the others are found, without a coordinator.</summary>
internal sealed partial class ReplicaAllocation : IPinnedShards;
