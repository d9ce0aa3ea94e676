using System.Collections.Immutable;
using Akka.Actor;

namespace Akka.Cluster.Sharding.Tests;

public sealed class CoordinatorCoreTests
{
    private static readonly UniqueAddress A = Node(1);
    private static readonly UniqueAddress B = Node(2);
    private static readonly IActorRef RegionA = new Ref("a");
    private static readonly IActorRef RegionB = new Ref("b");
    private static readonly IActorRef Proxy = new Ref("proxy");

    [Fact]
    public void A_new_coordinator_asks_every_member()
    {
        CoordinatorStep step = Step(New(), Members(A, B));

        Assert.Equal([A, B], step.Effects.OfType<CoordinatorEffect.Ask>().Select(static a => a.Member).Order());
        Assert.False(step.State.IsActive);
    }

    [Fact]
    public void Nothing_is_allocated_while_a_member_is_silent()
    {
        CoordinatorState state = Run(New(), Members(A, B), Answer(A, RegionA));

        CoordinatorStep step = Step(state, new CoordinatorEvent.HomeWanted("1", RegionA));

        Assert.False(step.State.IsActive);
        Assert.Empty(step.Effects);
        Assert.Contains("1", step.State.Requesters.Keys);
    }

    [Fact]
    public void A_silent_member_is_asked_again()
    {
        CoordinatorState state = Run(New(), Members(A, B), Answer(A, RegionA));

        CoordinatorStep step = Step(state, new CoordinatorEvent.Resend());

        Assert.Equal(B, Assert.IsType<CoordinatorEffect.Ask>(Assert.Single(step.Effects)).Member);
    }

    [Fact]
    public void The_removal_of_the_silent_member_lets_waiting_shards_be_allocated()
    {
        CoordinatorState state = Run(New(), Members(A, B), Answer(A, RegionA), new CoordinatorEvent.HomeWanted("1", RegionA));

        CoordinatorStep step = Step(state, Members(A));

        Assert.True(step.State.IsActive);
        Assert.Equal("1", step.Effects.OfType<CoordinatorEffect.Allocate>().Single().Shard);
    }

    [Fact]
    public void Shards_stay_where_the_regions_say_that_they_are()
    {
        CoordinatorState state = Run(New(), Members(A, B), Answer(A, RegionA, "1", "2"), Answer(B, RegionB, "3"));

        CoordinatorStep step = Step(state, new CoordinatorEvent.HomeWanted("3", RegionA));

        Assert.True(state.IsActive);
        Assert.Equal(new ShardHome("3", RegionB, state.Epoch), Sent(step, RegionA));
    }

    [Fact]
    public void An_answer_of_an_unknown_incarnation_does_not_count()
    {
        CoordinatorState state = Run(New(), Members(A), Answer(new UniqueAddress(A.Address, 99), RegionA, "1"));

        Assert.False(state.IsActive);
        Assert.Empty(state.Homes);
    }

    [Fact]
    public void An_answer_to_an_earlier_epoch_does_not_count()
    {
        CoordinatorState state = Run(New(), Members(A), new CoordinatorEvent.Refused(7), Answer(A, RegionA));

        Assert.Equal(8, state.Epoch);
        Assert.False(state.IsActive);
    }

    [Fact]
    public void A_refusal_makes_it_ask_everybody_again_with_a_larger_epoch()
    {
        CoordinatorState state = Run(New(), Members(A, B), Answer(A, RegionA, "1"));

        CoordinatorStep step = Step(state, new CoordinatorEvent.Refused(4));

        Assert.Equal(5, step.State.Epoch);
        Assert.Empty(step.State.Answered);
        Assert.Equal(2, step.Effects.OfType<CoordinatorEffect.Ask>().Count());
    }

    [Fact]
    public void A_region_of_a_member_that_is_not_up_yet_gets_no_shards()
    {
        CoordinatorState state = Run(New(), Members(A), Answer(A, RegionA));
        state = Run(state, new CoordinatorEvent.MembersChanged(state.Members.Add(B, false)), new CoordinatorEvent.RegionCame(RegionB, new RegisterRegion(B, [])));

        CoordinatorStep up = Step(state, Members(A, B));

        Assert.DoesNotContain(RegionB, state.Regions.Keys);
        Assert.Contains(RegionB, up.State.Regions.Keys);
        Assert.IsType<RegisterAck>(Sent(up, RegionB));
    }

    [Fact]
    public void A_shard_is_moved_only_after_its_region_has_stopped_it()
    {
        CoordinatorState state = Run(New(), Members(A, B), Answer(A, RegionA, "1"), Answer(B, RegionB), new CoordinatorEvent.ProxyCame(Proxy));

        CoordinatorStep begin = Step(state, new CoordinatorEvent.RebalanceWanted(["1"]));
        CoordinatorStep partly = Step(Run(begin.State, new CoordinatorEvent.Acknowledged("1", RegionA)), new CoordinatorEvent.Acknowledged("1", RegionB));
        CoordinatorStep all = Step(partly.State, new CoordinatorEvent.Acknowledged("1", Proxy));
        CoordinatorStep stopped = Step(all.State, new CoordinatorEvent.Stopped("1", RegionA, 0, ["x", "y"]));
        CoordinatorStep allocated = Step(stopped.State, new CoordinatorEvent.Allocated("1", RegionB));

        Assert.Equal(3, begin.Effects.OfType<CoordinatorEffect.Send>().Count(static s => s.Message is BeginHandOff));
        Assert.Empty(partly.Effects);
        Assert.Equal(new HandOff("1", state.Epoch, 0), Sent(all, RegionA));
        Assert.DoesNotContain(all.Effects, static e => e is CoordinatorEffect.Allocate);
        Assert.Single(stopped.Effects.OfType<CoordinatorEffect.Allocate>());
        Assert.Equal("x y", string.Join(' ', Assert.IsType<HostShard>(Sent(allocated, RegionB)).Entities));
    }

    [Fact]
    public void A_move_that_takes_too_long_leaves_the_shard_where_it_is()
    {
        CoordinatorState state = Run(New(), Members(A, B), Answer(A, RegionA, "1"), Answer(B, RegionB), new CoordinatorEvent.RebalanceWanted(["1"]));
        state = Run(state, new CoordinatorEvent.HomeWanted("1", RegionB));

        CoordinatorStep step = Step(state, new CoordinatorEvent.MoveTimedOut("1"));

        Assert.Equal(RegionA, step.State.Homes["1"]);
        Assert.Equal(new ShardHome("1", RegionA, state.Epoch), Sent(step, RegionB));
    }

    [Fact]
    public void A_stop_that_somebody_else_reports_is_ignored()
    {
        CoordinatorState state = Run(New(), Members(A, B), Answer(A, RegionA, "1"), Answer(B, RegionB));

        CoordinatorStep step = Step(state, new CoordinatorEvent.Stopped("1", RegionB, 0, default));

        Assert.Equal(RegionA, step.State.Homes["1"]);
    }

    [Fact]
    public void A_region_that_is_gone_frees_its_shards_and_is_not_waited_for()
    {
        CoordinatorState state = Run(New(), Members(A, B), Answer(A, RegionA, "1"), Answer(B, RegionB, "2"), new CoordinatorEvent.RebalanceWanted(["1"]), new CoordinatorEvent.Acknowledged("1", RegionA));

        CoordinatorStep step = Step(state, new CoordinatorEvent.Gone(RegionB));

        Assert.DoesNotContain("2", step.State.Homes.Keys);
        Assert.Equal(new HandOff("1", state.Epoch, 0), Sent(step, RegionA));
    }

    [Fact]
    public void A_host_request_is_repeated_until_the_region_confirms()
    {
        CoordinatorState state = Run(New(), Members(A), Answer(A, RegionA), new CoordinatorEvent.HomeWanted("1", RegionA), new CoordinatorEvent.Allocated("1", RegionA));

        CoordinatorStep again = Step(state, new CoordinatorEvent.Resend());
        CoordinatorStep confirmed = Step(Run(state, new CoordinatorEvent.Started("1", RegionA, 1)), new CoordinatorEvent.Resend());

        Assert.IsType<HostShard>(Sent(again, RegionA));
        Assert.Empty(confirmed.Effects);
    }

    [Fact]
    public void A_region_that_lost_its_shards_hosts_them_again()
    {
        CoordinatorState state = Run(New(), Members(A), Answer(A, RegionA, "1"));

        CoordinatorStep step = Step(state, new CoordinatorEvent.RegionCame(RegionA, new RegisterRegion(A, [])));

        Assert.Contains(step.Effects.OfType<CoordinatorEffect.Send>(), static s => s.Message is HostShard { Shard: "1" });
    }

    [Fact]
    public void A_shard_that_two_regions_host_is_stopped_in_the_second()
    {
        CoordinatorState first = Run(New(), Members(A, B), Answer(A, RegionA, "1"));

        CoordinatorStep step = Step(first, Answer(B, RegionB, "1"));

        Assert.Equal(RegionA, step.State.Homes["1"]);
        Assert.Contains(step.Effects.OfType<CoordinatorEffect.Send>(), s => s.To.Equals(RegionB) && s.Message is HandOff);
        Assert.Contains(step.Effects, static e => e is CoordinatorEffect.Warn);
    }

    [Fact]
    public void A_region_that_shuts_down_gives_all_away_and_gets_nothing_new()
    {
        CoordinatorState state = Run(New(), Members(A, B), Answer(A, RegionA, "1", "2"), Answer(B, RegionB));

        CoordinatorStep step = Step(state, new CoordinatorEvent.ShutdownWanted(RegionA));

        Assert.Equal(["1", "2"], step.State.Moves.Keys.Order());
        Assert.Equal([RegionB], step.State.Allocations.Keys);
    }

    [Fact]
    public void Remembered_shards_are_allocated_though_nobody_asks()
    {
        CoordinatorState state = Run(New() with { Remembers = true }, Members(A), new CoordinatorEvent.Remembered(["1", "2"]));

        CoordinatorStep step = Step(state, Answer(A, RegionA));

        Assert.Equal(["1", "2"], step.Effects.OfType<CoordinatorEffect.Allocate>().Select(static a => a.Shard).Order());
    }

    [Fact]
    public void Without_an_answer_of_the_strategy_the_shard_waits_and_is_tried_again()
    {
        CoordinatorState state = Run(New(), Members(A), Answer(A, RegionA), new CoordinatorEvent.HomeWanted("1", RegionA), new CoordinatorEvent.Allocated("1", null));

        CoordinatorStep step = Step(state, new CoordinatorEvent.Resend());

        Assert.Empty(state.Homes);
        Assert.Equal("1", Assert.IsType<CoordinatorEffect.Allocate>(Assert.Single(step.Effects)).Shard);
    }

    [Fact]
    public void Random_histories_never_give_a_shard_to_two_regions()
    {
        for (var seed = 0; seed < 500; seed++) new RandomHistory(seed).Play(300);
    }

    internal static UniqueAddress Node(int id) => new(new Address("akka.tcp", "sys", $"127.0.0.{id}", 22000), id);

    private static CoordinatorState New() => new() { Epoch = 1, Remembers = false };

    private static CoordinatorEvent.MembersChanged Members(params UniqueAddress[] up) => new(up.ToImmutableDictionary(static m => m, static _ => true));

    private static CoordinatorEvent.Collected Answer(UniqueAddress node, IActorRef region, params string[] hosted) =>
        new(new ShardsCollected(node, 1, region, [.. hosted], []));

    private static CoordinatorStep Step(CoordinatorState state, CoordinatorEvent what) => CoordinatorCore.Step(state, what);

    private static CoordinatorState Run(CoordinatorState state, params CoordinatorEvent[] events) => events.Aggregate(state, static (s, e) => CoordinatorCore.Step(s, e).State);

    private static CoordinationMessage Sent(CoordinatorStep step, IActorRef to) => step.Effects.OfType<CoordinatorEffect.Send>().Last(s => s.To.Equals(to)).Message;

    /// <summary>A reference that is nobody's.</summary>
    internal sealed class Ref(string name) : MinimalActorRef
    {
        public override ActorPath Path { get; } = new RootActorPath(new Address("akka", "sys")) / name;

        public override IActorRefProvider Provider => null!;
    }
}
