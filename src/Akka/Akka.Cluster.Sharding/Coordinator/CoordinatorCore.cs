using System.Collections.Immutable;
using Akka.Actor;

namespace Akka.Cluster.Sharding;

/// <summary>
/// The decisions of a coordinator, without I/O and time. A new one knows nothing: it asks every member with the role what it hosts, and allocates nothing before
/// all have answered or were removed. The answer is also a promise to obey no older coordinator, so what an old one sent late starts nothing.
/// A shard gets a new home only after its region said that it has stopped, or is gone.
/// </summary>
internal static partial class CoordinatorCore
{
    public static CoordinatorStep Step(CoordinatorState state, CoordinatorEvent what) => what switch
    {
        CoordinatorEvent.MembersChanged changed => OnMembers(state, changed.Members),
        CoordinatorEvent.Collected collected => OnCollected(state, collected.Answer),
        CoordinatorEvent.Refused refused => OnRefused(state, refused.Promised),
        CoordinatorEvent.Remembered remembered => Remember(state, remembered.Shards),
        CoordinatorEvent.RegionCame came => OnRegion(state, came.Region, came.Message),
        CoordinatorEvent.ProxyCame came => OnProxy(state, came.Proxy),
        CoordinatorEvent.Gone gone => OnGone(state, gone.RegionOrProxy),
        CoordinatorEvent.HomeWanted wanted => OnHomeWanted(state, wanted.Shard, wanted.Requester),
        CoordinatorEvent.Allocated allocated => OnAllocated(state, allocated.Shard, allocated.Region),
        CoordinatorEvent.RebalanceWanted wanted => wanted.Shards.Aggregate((CoordinatorStep)state, static (step, shard) => step.Then(s => BeginMove(s, shard))),
        CoordinatorEvent.Acknowledged acknowledged => OnAcknowledged(state, acknowledged.Shard, acknowledged.By),
        CoordinatorEvent.Started started => state.Homes.TryGetValue(started.Shard, out IActorRef? home) && home.Equals(started.By) && started.Number == state.NumberOf(started.Shard)
            ? state with { Unconfirmed = state.Unconfirmed.Remove(started.Shard), HandedOver = state.HandedOver.Remove(started.Shard) }
            : state,
        CoordinatorEvent.Stopped stopped => OnStopped(state, stopped),
        CoordinatorEvent.ShutdownWanted wanted => OnShutdownWanted(state, wanted.Region),
        CoordinatorEvent.MoveTimedOut timedOut => OnMoveTimedOut(state, timedOut.Shard),
        CoordinatorEvent.Resend => OnResend(state),
        _ => throw new ArgumentOutOfRangeException(nameof(what), what, "Unknown event of a coordinator"),
    };

    private static CoordinatorStep OnMembers(CoordinatorState before, ImmutableDictionary<UniqueAddress, bool> members)
    {
        CoordinatorState state = before with { Members = members, Answered = before.Answered.Intersect(members.Keys) };
        if (!state.IsActive)
        {
            ImmutableList<CoordinatorEffect> asks = [.. members.Keys.Where(m => !before.Members.ContainsKey(m)).Select(static m => new CoordinatorEffect.Ask(m))];
            return new CoordinatorStep(state, asks).Then(ActivateIfComplete);
        }

        ImmutableDictionary<IActorRef, RegisterRegion> early = state.Early;
        CoordinatorStep step = state with { Early = ImmutableDictionary<IActorRef, RegisterRegion>.Empty };
        foreach ((IActorRef region, RegisterRegion message) in early) step = step.Then(s => OnRegion(s, region, message));
        return step;
    }

    private static CoordinatorStep OnCollected(CoordinatorState state, ShardsCollected answer)
    {
        if (state.IsActive || answer.Epoch != state.Epoch || !state.Members.ContainsKey(answer.Node)) return state;
        CoordinatorStep step = state with { Answered = state.Answered.Add(answer.Node), Known = state.Remembers ? state.Known.Union(answer.Known) : state.Known };
        if (answer.Region is { } region) step = step.Then(s => Adopt(s, region, answer.Node, answer.Hosted));
        return step.Then(ActivateIfComplete);
    }

    /// <summary>A newer coordinator was here, perhaps before this one: ask everybody again, with a larger epoch.</summary>
    private static CoordinatorStep OnRefused(CoordinatorState state, long promised)
    {
        if (promised < state.Epoch) return state;
        var again = new CoordinatorState
        {
            Epoch = promised + 1,
            Remembers = state.Remembers,
            Members = state.Members,
            Requesters = state.Requesters,
            Proxies = state.Proxies,
            HandedOver = state.HandedOver,
            Known = state.Known,
        };
        return new CoordinatorStep(again, [.. state.Members.Keys.Select(static m => new CoordinatorEffect.Ask(m))]);
    }

    private static CoordinatorStep ActivateIfComplete(CoordinatorState state)
    {
        if (state.IsActive || state.Members.IsEmpty || state.Silent.Any()) return state;
        CoordinatorStep step = new(state with { IsActive = true }, [new CoordinatorEffect.Activated()]);
        foreach (IActorRef known in state.Regions.Keys.Concat(state.Proxies)) step = step.And(new CoordinatorEffect.Send(known, new RegisterAck(state.Epoch)));
        foreach ((string shard, ImmutableHashSet<IActorRef> requesters) in state.Requesters)
        {
            if (!state.Homes.TryGetValue(shard, out IActorRef? home)) step = step.Then(s => Allocate(s, shard, requesters.First()));
            else step = step.Then(s => AnswerRequesters(s, shard, home));
        }

        return step.Then(AllocateKnown);
    }

    private static CoordinatorStep Remember(CoordinatorState state, ImmutableHashSet<string> shards) =>
        AllocateKnown(state with { Known = state.Known.Union(shards) });

    private static CoordinatorStep AllocateKnown(CoordinatorState state)
    {
        if (!state.IsActive || !state.Remembers) return state;
        return state.Known.Where(s => !state.Homes.ContainsKey(s)).Aggregate((CoordinatorStep)state, static (step, shard) => step.Then(s => Allocate(s, shard, null)));
    }

    private static CoordinatorStep OnRegion(CoordinatorState state, IActorRef region, RegisterRegion message)
    {
        if (!state.IsActive)
        {
            // It is asked anyway; asking at once is quicker than the next round.
            return state.Members.ContainsKey(message.Node) && !state.Answered.Contains(message.Node)
                ? new CoordinatorStep(state, [new CoordinatorEffect.Ask(message.Node)])
                : state;
        }

        // A member that is not Up yet may be unknown to the member that coordinates next: it must host nothing before.
        if (!state.Members.TryGetValue(message.Node, out var mayHost) || !mayHost) return state with { Early = state.Early.SetItem(region, message) };
        CoordinatorStep step = Adopt(state, region, message.Node, message.Hosted).And(new CoordinatorEffect.Send(region, new RegisterAck(state.Epoch)));
        return step.Then(s => HostAgain(s, region, message.Hosted)).Then(AllocateWanted).Then(AllocateKnown);
    }

    /// <summary>Takes over what a region hosts. What another region has already is stopped here.</summary>
    private static CoordinatorStep Adopt(CoordinatorState before, IActorRef region, UniqueAddress node, ImmutableArray<string> hosted)
    {
        CoordinatorStep step = before.Regions.ContainsKey(region)
            ? before
            : new CoordinatorStep(before with { Regions = before.Regions.Add(region, new RegionEntry(node, [])) }, [new CoordinatorEffect.Watch(region)]);
        foreach (var shard in hosted)
        {
            if (!step.State.Homes.TryGetValue(shard, out IActorRef? home)) step = step.Then(s => s.WithHome(shard, region));
            else if (!home.Equals(region))
            {
                step = step.And(new CoordinatorEffect.Send(region, new HandOff(shard, step.State.Epoch, step.State.LastNumber)))
                    .And(new CoordinatorEffect.Warn($"Shard [{shard}] is hosted by {home} and by {region}; the second one is stopped. A partition was not resolved, or by both sides."));
            }
        }

        return step;
    }

    /// <summary>Shards that a region should host and does not: it has restarted, or the request was lost.</summary>
    private static CoordinatorStep HostAgain(CoordinatorState state, IActorRef region, ImmutableArray<string> hosted)
    {
        CoordinatorStep step = state;
        foreach (var shard in state.Regions[region].Shards.Where(s => !hosted.Contains(s)))
            step = step.Then(s => s with { Unconfirmed = s.Unconfirmed.Add(shard) }).And(Host(state, shard, region));
        return step;
    }

    private static CoordinatorStep OnProxy(CoordinatorState state, IActorRef proxy)
    {
        CoordinatorStep step = state.Proxies.Contains(proxy)
            ? state
            : new CoordinatorStep(state with { Proxies = state.Proxies.Add(proxy) }, [new CoordinatorEffect.Watch(proxy)]);
        return state.IsActive ? step.And(new CoordinatorEffect.Send(proxy, new RegisterAck(state.Epoch))) : step;
    }

    private static CoordinatorStep OnHomeWanted(CoordinatorState state, string shard, IActorRef requester)
    {
        if (state.IsActive && !state.Moves.ContainsKey(shard) && state.Homes.TryGetValue(shard, out IActorRef? home))
            return new CoordinatorStep(state, [new CoordinatorEffect.Send(requester, new ShardHome(shard, home, state.Epoch))]);
        CoordinatorState waiting = state with
        {
            Requesters = state.Requesters.SetItem(shard, state.Requesters.GetValueOrDefault(shard, []).Add(requester)),
        };
        return Allocate(waiting, shard, requester);
    }

    private static CoordinatorStep Allocate(CoordinatorState state, string shard, IActorRef? requester)
    {
        if (!state.IsActive || state.Homes.ContainsKey(shard) || state.Allocating.Contains(shard) || state.Allocations.Count == 0) return state;
        return new CoordinatorStep(state with { Allocating = state.Allocating.Add(shard) }, [new CoordinatorEffect.Allocate(shard, requester)]);
    }

    private static CoordinatorStep OnAllocated(CoordinatorState before, string shard, IActorRef? region)
    {
        CoordinatorState state = before with { Allocating = before.Allocating.Remove(shard) };
        if (!before.Allocating.Contains(shard) || !state.IsActive) return state;
        if (state.Homes.TryGetValue(shard, out IActorRef? home)) return AnswerRequesters(state, shard, home);
        if (region is null || !state.Regions.TryGetValue(region, out RegionEntry? entry) || entry.IsShuttingDown) return state;
        CoordinatorState allocated = state.WithHome(shard, region);
        allocated = allocated with
        {
            LastNumber = allocated.LastNumber + 1,
            Numbers = allocated.Numbers.SetItem(shard, allocated.LastNumber + 1),
            Unconfirmed = allocated.Unconfirmed.Add(shard),
        };
        return new CoordinatorStep(allocated, [Host(allocated, shard, region)]).Then(s => AnswerRequesters(s, shard, region));
    }

    private static CoordinatorStep AnswerRequesters(CoordinatorState state, string shard, IActorRef home)
    {
        if (!state.Requesters.TryGetValue(shard, out ImmutableHashSet<IActorRef>? requesters)) return state;
        var answer = new ShardHome(shard, home, state.Epoch);
        return new CoordinatorStep(state with { Requesters = state.Requesters.Remove(shard) }, [.. requesters.Select(r => new CoordinatorEffect.Send(r, answer))]);
    }

    /// <summary>Tries again for shards that somebody wants and no region took.</summary>
    private static CoordinatorStep AllocateWanted(CoordinatorState state) => state.Requesters
        .Where(r => !state.Homes.ContainsKey(r.Key))
        .Aggregate((CoordinatorStep)state, static (step, r) => step.Then(s => Allocate(s, r.Key, r.Value.FirstOrDefault())));

    private static CoordinatorEffect.Send Host(CoordinatorState state, string shard, IActorRef region) =>
        new(region, new HostShard(shard, state.Epoch, state.NumberOf(shard), state.HandedOver.GetValueOrDefault(shard)));
}
