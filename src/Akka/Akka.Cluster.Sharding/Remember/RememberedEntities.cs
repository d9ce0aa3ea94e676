#nullable disable
using System.Collections.Immutable;
using Akka.Actor;
using Akka.Persistence;

namespace Akka.Cluster.Sharding;

/// <summary>Remembers the entities of one shard, for the shard. It stops if the journal fails; the shard then stops, too, and starts again later.</summary>
internal sealed class RememberedEntities : RememberedIds
{
    private readonly IActorRef _shard = Context.Parent;
    private readonly ImmutableArray<string> _handedOver;

    /// <param name="typeName">Type of the entities.</param>
    /// <param name="shardId">Their shard.</param>
    /// <param name="handedOver">What the former host remembered, which counts instead of what this journal has; default if it is not known.</param>
    /// <param name="settings">Journal and limits.</param>
    public RememberedEntities(string typeName, string shardId, ImmutableArray<string> handedOver, ClusterShardingSettings settings)
        : base($"/sharding/{typeName}Shard/{shardId}", settings) => _handedOver = handedOver;

    public static Props Props(string typeName, string shardId, ImmutableArray<string> handedOver, ClusterShardingSettings settings) =>
        Actor.Props.Create(() => new RememberedEntities(typeName, shardId, handedOver, settings));

    protected override void Recovered()
    {
        if (_handedOver.IsDefault || Ids.ToHashSet().SetEquals(_handedOver)) _shard.Tell(new Loaded(Ids));
        else Write(new RememberedAll(_handedOver), () => _shard.Tell(new Loaded(Ids)));
    }

    protected override void OnCommand(object message)
    {
        switch (message)
        {
            case Start start: Write(new RememberedStarted(start.Entities), () => _shard.Tell(new Started(start.Entities))); break;
            case Stop stop: Write(new RememberedStopped(stop.Entities), static () => { }); break;
            case DeleteMessagesSuccess or DeleteMessagesFailure: break;
            default: Unhandled(message); break;
        }
    }

    /// <summary>Adds entities; the answer is <see cref="Started"/>.</summary>
    internal sealed record Start(ImmutableArray<string> Entities) : INoSerializationVerificationNeeded;

    /// <summary>They are written.</summary>
    internal sealed record Started(ImmutableArray<string> Entities) : INoSerializationVerificationNeeded;

    /// <summary>Removes entities.</summary>
    internal sealed record Stop(ImmutableArray<string> Entities) : INoSerializationVerificationNeeded;

    /// <summary>What was remembered when the shard started.</summary>
    internal sealed record Loaded(ImmutableArray<string> Entities) : INoSerializationVerificationNeeded;
}
