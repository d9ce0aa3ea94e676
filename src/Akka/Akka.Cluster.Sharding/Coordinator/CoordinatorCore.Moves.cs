using System.Collections.Immutable;
using Akka.Actor;

namespace Akka.Cluster.Sharding;

/// <summary>Moving shards, and losing them.</summary>
internal static partial class CoordinatorCore
{
    private static CoordinatorStep BeginMove(CoordinatorState state, string shard)
    {
        if (!state.IsActive || state.Moves.ContainsKey(shard) || !state.Homes.TryGetValue(shard, out IActorRef? from)) return state;
        ImmutableHashSet<IActorRef> everybody = state.Proxies.Union(state.Regions.Keys);
        var message = new BeginHandOff(shard, state.Epoch);
        return new CoordinatorStep(
            state with { Moves = state.Moves.Add(shard, new Move(from, everybody)) },
            [.. everybody.Select(to => (CoordinatorEffect)new CoordinatorEffect.Send(to, message)), new CoordinatorEffect.LimitMove(shard)]);
    }

    private static CoordinatorStep OnAcknowledged(CoordinatorState state, string shard, IActorRef by)
    {
        if (!state.Moves.TryGetValue(shard, out Move? move) || !move.Waiting.Contains(by)) return state;
        Move next = move with { Waiting = move.Waiting.Remove(by) };
        CoordinatorState after = state with { Moves = state.Moves.SetItem(shard, next) };
        return next.Waiting.IsEmpty ? new CoordinatorStep(after, [new CoordinatorEffect.Send(move.From, new HandOff(shard, state.Epoch, state.NumberOf(shard)))]) : after;
    }

    private static CoordinatorStep OnStopped(CoordinatorState state, CoordinatorEvent.Stopped stopped)
    {
        var shard = stopped.Shard;
        // A word that came late is not of the present allocation.
        if (!state.Homes.TryGetValue(shard, out IActorRef? home) || !home.Equals(stopped.By) || stopped.Number != state.NumberOf(shard)) return state;
        var moved = state.Moves.ContainsKey(shard);
        CoordinatorState free = state.WithoutHome(shard);
        if (!stopped.Entities.IsDefault) free = free with { HandedOver = free.HandedOver.SetItem(shard, stopped.Entities) };
        CoordinatorStep step = moved ? new CoordinatorStep(free, [new CoordinatorEffect.MoveEnded(shard, Moved: true)]) : free;
        return step.Then(s => Allocate(s, shard, null));
    }

    /// <summary>The shard stays where it is; if it stops late, it gets a new home then.</summary>
    private static CoordinatorStep OnMoveTimedOut(CoordinatorState state, string shard)
    {
        if (!state.Moves.TryGetValue(shard, out Move? move)) return state;
        CoordinatorStep step = new(
            state with { Moves = state.Moves.Remove(shard) },
            [
                new CoordinatorEffect.MoveEnded(shard, Moved: false),
                new CoordinatorEffect.Warn(move.Waiting.IsEmpty
                    ? $"{move.From} has not stopped shard [{shard}] in time; it moves when it has."
                    : $"Shard [{shard}] does not move: {string.Join(", ", move.Waiting)} did not answer in time."),
            ]);
        return step.Then(s => AnswerRequesters(s, shard, move.From));
    }

    private static CoordinatorStep OnShutdownWanted(CoordinatorState state, IActorRef region)
    {
        if (!state.IsActive || !state.Regions.TryGetValue(region, out RegionEntry? entry)) return state;
        CoordinatorState next = state with { Regions = state.Regions.SetItem(region, entry with { IsShuttingDown = true }) };
        return entry.Shards.Aggregate((CoordinatorStep)next, static (step, shard) => step.Then(s => BeginMove(s, shard)));
    }

    private static CoordinatorStep OnGone(CoordinatorState before, IActorRef gone)
    {
        CoordinatorState state = before with
        {
            Proxies = before.Proxies.Remove(gone),
            Early = before.Early.Remove(gone),
            Requesters = before.Requesters.Select(r => KeyValuePair.Create(r.Key, r.Value.Remove(gone))).Where(static r => !r.Value.IsEmpty).ToImmutableDictionary(),
        };
        CoordinatorStep step = state;
        if (state.Regions.TryGetValue(gone, out RegionEntry? entry))
        {
            step = entry.Shards.Where(state.Moves.ContainsKey).Aggregate(step, static (s, shard) => s.And(new CoordinatorEffect.MoveEnded(shard, Moved: true)));
            step = step.Then(s => entry.Shards.Aggregate(s, static (free, shard) => free.WithoutHome(shard)))
                .Then(s => s with { Regions = s.Regions.Remove(gone) });
        }

        // Nobody waits for the acknowledgement of somebody who is gone.
        foreach (var shard in step.State.Moves.Where(m => m.Value.Waiting.Contains(gone)).Select(static m => m.Key).ToArray())
            step = step.Then(s => OnAcknowledged(s, shard, gone));
        if (entry is not null)
        {
            ImmutableList<string> wanted = state.Remembers ? entry.Shards : [.. entry.Shards.Where(state.Requesters.ContainsKey)];
            foreach (var shard in wanted) step = step.Then(s => Allocate(s, shard, null));
        }

        return step.Then(AllocateWanted);
    }

    private static CoordinatorStep OnResend(CoordinatorState state)
    {
        if (!state.IsActive) return new CoordinatorStep(state, [.. state.Silent.Select(static m => new CoordinatorEffect.Ask(m))]);
        var effects = ImmutableList.CreateBuilder<CoordinatorEffect>();
        foreach (var shard in state.Unconfirmed.Where(s => !state.Moves.ContainsKey(s)))
            if (state.Homes.TryGetValue(shard, out IActorRef? region)) effects.Add(Host(state, shard, region));
        foreach ((string shard, Move move) in state.Moves)
        {
            if (move.Waiting.IsEmpty) effects.Add(new CoordinatorEffect.Send(move.From, new HandOff(shard, state.Epoch, state.NumberOf(shard))));
            foreach (IActorRef to in move.Waiting) effects.Add(new CoordinatorEffect.Send(to, new BeginHandOff(shard, state.Epoch)));
        }

        return new CoordinatorStep(state, effects.ToImmutable()).Then(AllocateWanted).Then(AllocateKnown);
    }
}
