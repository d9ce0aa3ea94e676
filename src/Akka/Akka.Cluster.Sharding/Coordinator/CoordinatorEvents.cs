using System.Collections.Immutable;
using Akka.Actor;

namespace Akka.Cluster.Sharding;

/// <summary>What happens to a coordinator.</summary>
internal abstract record CoordinatorEvent
{
    /// <summary>The members with the role changed; true for those that may host.</summary>
    public sealed record MembersChanged(ImmutableDictionary<UniqueAddress, bool> Members) : CoordinatorEvent;

    /// <summary>A member told what it hosts.</summary>
    public sealed record Collected(ShardsCollected Answer) : CoordinatorEvent;

    /// <summary>A region has promised itself to a newer epoch.</summary>
    public sealed record Refused(long Promised) : CoordinatorEvent;

    /// <summary>Shards that were remembered.</summary>
    public sealed record Remembered(ImmutableHashSet<string> Shards) : CoordinatorEvent;

    public sealed record RegionCame(IActorRef Region, RegisterRegion Message) : CoordinatorEvent;

    public sealed record ProxyCame(IActorRef Proxy) : CoordinatorEvent;

    /// <summary>A region or proxy certainly runs no more: it has stopped, or its member was removed and the margin has passed.</summary>
    public sealed record Gone(IActorRef RegionOrProxy) : CoordinatorEvent;

    public sealed record HomeWanted(string Shard, IActorRef Requester) : CoordinatorEvent;

    /// <summary>The strategy's answer; null for none.</summary>
    public sealed record Allocated(string Shard, IActorRef? Region) : CoordinatorEvent;

    /// <summary>The strategy wants these shards to move.</summary>
    public sealed record RebalanceWanted(IEnumerable<string> Shards) : CoordinatorEvent;

    public sealed record Acknowledged(string Shard, IActorRef By) : CoordinatorEvent;

    public sealed record Started(string Shard, IActorRef By, long Number) : CoordinatorEvent;

    public sealed record Stopped(string Shard, IActorRef By, long Number, ImmutableArray<string> Entities) : CoordinatorEvent;

    public sealed record ShutdownWanted(IActorRef Region) : CoordinatorEvent;

    /// <summary>A hand-off takes longer than it may.</summary>
    public sealed record MoveTimedOut(string Shard) : CoordinatorEvent;

    /// <summary>Time to repeat what was not answered.</summary>
    public sealed record Resend : CoordinatorEvent;
}

/// <summary>What a coordinator does.</summary>
internal abstract record CoordinatorEffect
{
    public sealed record Send(IActorRef To, CoordinationMessage Message) : CoordinatorEffect;

    /// <summary>Asks a member what it hosts.</summary>
    public sealed record Ask(UniqueAddress Member) : CoordinatorEffect;

    /// <summary>Asks the strategy for a region.</summary>
    public sealed record Allocate(string Shard, IActorRef? Requester) : CoordinatorEffect;

    /// <summary>Watches a region or proxy.</summary>
    public sealed record Watch(IActorRef RegionOrProxy) : CoordinatorEffect;

    /// <summary>Limits a hand-off.</summary>
    public sealed record LimitMove(string Shard) : CoordinatorEffect;

    /// <summary>A shard has moved, or will not.</summary>
    public sealed record MoveEnded(string Shard, bool Moved) : CoordinatorEffect;

    /// <summary>Every member has answered.</summary>
    public sealed record Activated : CoordinatorEffect;

    public sealed record Warn(string Text) : CoordinatorEffect;
}

/// <summary>A coordinator's next state and what it does on the way.</summary>
internal readonly record struct CoordinatorStep(CoordinatorState State, ImmutableList<CoordinatorEffect> Effects)
{
    public static implicit operator CoordinatorStep(CoordinatorState state) => new(state, []);

    public CoordinatorStep And(CoordinatorEffect effect) => this with { Effects = Effects.Add(effect) };

    public CoordinatorStep And(IEnumerable<CoordinatorEffect> effects) => this with { Effects = Effects.AddRange(effects) };

    /// <summary>Goes on with another decision.</summary>
    public CoordinatorStep Then(Func<CoordinatorState, CoordinatorStep> next)
    {
        CoordinatorStep after = next(State);
        return new CoordinatorStep(after.State, Effects.AddRange(after.Effects));
    }
}
