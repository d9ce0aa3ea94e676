#nullable disable
using System.Collections.Immutable;
using Akka.Actor;
using Akka.Persistence;

namespace Akka.Cluster.Sharding;

/// <summary>Remembers the shards of a type for their coordinator, so that their entities start again although nobody asks for them. A failure restarts it with its supervisor.</summary>
internal sealed class RememberedShards : RememberedIds
{
    private readonly IActorRef _coordinator = Context.Parent;

    public RememberedShards(string typeName, ClusterShardingSettings settings)
        : base($"/sharding/{typeName}Coordinator", settings)
    {
    }

    public static Props Props(string typeName, ClusterShardingSettings settings) => Actor.Props.Create(() => new RememberedShards(typeName, settings));

    protected override void Recovered() => _coordinator.Tell(new CoordinatorEvent.Remembered([.. Ids]));

    protected override void OnCommand(object message)
    {
        switch (message)
        {
            case Remember remember: Write(new RememberedStarted(remember.Shards), static () => { }); break;
            case DeleteMessagesSuccess or DeleteMessagesFailure: break;
            default: Unhandled(message); break;
        }
    }

    /// <summary>Adds shards.</summary>
    internal sealed record Remember(ImmutableArray<string> Shards) : INoSerializationVerificationNeeded;
}
