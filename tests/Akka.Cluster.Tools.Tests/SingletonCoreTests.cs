using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster.Tools.Singleton;

namespace Akka.Cluster.Tools.Tests;

public sealed class SingletonCoreTests
{
    private static readonly UniqueAddress A = Node(1);
    private static readonly UniqueAddress B = Node(2);
    private static readonly UniqueAddress C = Node(3);
    private static readonly SingletonLimits Limits = new(MaxRetries: 3, OldestMayBeYoung: false);

    [Fact]
    public void The_oldest_member_starts_the_instance_when_nobody_is_on_the_way_out()
    {
        SingletonStep step = Start(A, View(A, self: A, [A, B]));

        Assert.Equal(ClusterSingletonState.Oldest, step.Data.State);
        Assert.IsType<SingletonEffect.StartInstance>(Assert.Single(step.Effects));
    }

    [Fact]
    public void A_younger_member_waits()
    {
        SingletonStep step = Start(B, View(A, self: B, [A, B]));

        Assert.Equal(ClusterSingletonState.Younger, step.Data.State);
        Assert.Empty(step.Effects);
    }

    [Fact]
    public void Without_a_view_nothing_starts()
    {
        SingletonStep step = SingletonCore.Step(SingletonData.Initial(A, Limits), new SingletonEvent.RetryDue());

        Assert.Equal(ClusterSingletonState.Start, step.Data.State);
        Assert.Empty(step.Effects);
    }

    [Fact]
    public void A_downed_oldest_blocks_the_next_one_until_it_is_removed()
    {
        SingletonData younger = Start(B, View(A, self: B, [A, B])).Data;

        SingletonStep downed = See(younger, View(B, self: B, [A, B], unsettled: [A]));
        SingletonStep removed = See(downed.Data, View(B, self: B, [B]));

        Assert.Equal(ClusterSingletonState.BecomingOldest, downed.Data.State);
        Assert.DoesNotContain(downed.Effects, static e => e is SingletonEffect.StartInstance);
        Assert.Equal(ClusterSingletonState.Oldest, removed.Data.State);
        Assert.IsType<SingletonEffect.StartInstance>(Assert.Single(removed.Effects));
    }

    [Fact]
    public void A_member_that_joins_while_another_is_downed_waits_for_its_removal()
    {
        SingletonStep step = Start(B, View(B, self: B, [A, B], unsettled: [A]));

        Assert.Equal(ClusterSingletonState.BecomingOldest, step.Data.State);
        Assert.Equal(new SingletonEffect.Send(A, new HandOverToMe(B)), Assert.Single(step.Effects));
    }

    [Fact]
    public void A_leaving_oldest_hands_over_and_the_next_starts_after_that()
    {
        SingletonData old = Start(A, View(A, self: A, [A, B])).Data;
        SingletonData next = Start(B, View(A, self: B, [A, B])).Data;
        ImmutableHashSet<UniqueAddress> members = [A, B];

        SingletonStep becoming = See(next, View(B, self: B, members, unsettled: [A]));
        SingletonStep handing = SingletonCore.Step(old, new SingletonEvent.Received(SentTo(A, becoming)));
        SingletonStep waiting = SingletonCore.Step(becoming.Data, new SingletonEvent.Received(SentTo(B, handing)));
        SingletonStep done = SingletonCore.Step(handing.Data, new SingletonEvent.InstanceTerminated());
        SingletonStep started = SingletonCore.Step(waiting.Data, new SingletonEvent.Received(SentTo(B, done)));

        Assert.Contains(handing.Effects, static e => e is SingletonEffect.TerminateInstance);
        Assert.DoesNotContain(waiting.Effects, static e => e is SingletonEffect.StartInstance);
        Assert.IsType<SingletonEffect.StartInstance>(Assert.Single(started.Effects));
        Assert.Equal(ClusterSingletonState.Oldest, started.Data.State);
    }

    [Fact]
    public void A_member_that_handed_over_does_not_start_again_while_its_view_is_late()
    {
        SingletonData old = Start(A, View(A, self: A, [A, B])).Data;
        SingletonData handing = SingletonCore.Step(old, new SingletonEvent.Received(new HandOverToMe(B))).Data;
        SingletonData younger = SingletonCore.Step(handing, new SingletonEvent.InstanceTerminated()).Data;

        SingletonStep late = See(younger, View(A, self: A, [A, B, C]));

        Assert.Equal(ClusterSingletonState.Younger, late.Data.State);
        Assert.Empty(late.Effects);
    }

    [Fact]
    public void Who_promised_its_place_to_one_promises_it_to_nobody_else()
    {
        SingletonData old = Start(A, View(A, self: A, [A, B, C])).Data;
        SingletonData handing = SingletonCore.Step(old, new SingletonEvent.Received(new HandOverToMe(B))).Data;
        SingletonData younger = SingletonCore.Step(handing, new SingletonEvent.InstanceTerminated()).Data;

        SingletonStep other = SingletonCore.Step(younger, new SingletonEvent.Received(new HandOverToMe(C)));
        SingletonStep again = SingletonCore.Step(younger, new SingletonEvent.Received(new HandOverToMe(B)));

        Assert.Empty(other.Effects);
        Assert.Equal(new SingletonEffect.Send(B, new HandOverDone(A)), Assert.Single(again.Effects));
    }

    [Fact]
    public void A_request_of_an_unknown_incarnation_is_not_obeyed()
    {
        SingletonData old = Start(A, View(A, self: A, [A, B])).Data;

        SingletonStep step = SingletonCore.Step(old, new SingletonEvent.Received(new HandOverToMe(new UniqueAddress(B.Address, 99))));

        Assert.Equal(old, step.Data);
        Assert.Empty(step.Effects);
    }

    [Fact]
    public void An_answer_of_an_earlier_incarnation_does_not_count()
    {
        SingletonData becoming = Start(B, View(B, self: B, [A, B], unsettled: [A])).Data;

        SingletonStep step = SingletonCore.Step(becoming, new SingletonEvent.Received(new HandOverDone(new UniqueAddress(A.Address, 99))));

        Assert.Equal(ClusterSingletonState.BecomingOldest, step.Data.State);
    }

    [Fact]
    public void A_leaving_member_that_never_ran_the_instance_confirms_at_once()
    {
        SingletonData younger = Start(B, View(A, self: B, [A, B])).Data;

        SingletonStep step = SingletonCore.Step(younger, new SingletonEvent.SelfExiting());

        Assert.Equal(ClusterSingletonState.End, step.Data.State);
        Assert.IsType<SingletonEffect.ConfirmExiting>(Assert.Single(step.Effects));
    }

    [Fact]
    public void A_leaving_oldest_offers_the_instance_to_the_next()
    {
        SingletonData old = Start(A, View(A, self: A, [A, B])).Data;

        SingletonStep step = SingletonCore.Step(old, new SingletonEvent.SelfExiting());

        Assert.Equal(ClusterSingletonState.WasOldest, step.Data.State);
        Assert.Equal(new SingletonEffect.Send(B, new TakeOverFromMe(A)), Assert.Single(step.Effects));
    }

    [Fact]
    public void The_last_member_stops_its_instance_when_it_leaves()
    {
        SingletonData alone = Start(A, View(A, self: A, [A])).Data;

        SingletonStep stopping = SingletonCore.Step(alone, new SingletonEvent.SelfExiting());
        SingletonStep stopped = SingletonCore.Step(stopping.Data, new SingletonEvent.InstanceTerminated());

        Assert.IsType<SingletonEffect.TerminateInstance>(Assert.Single(stopping.Effects));
        Assert.IsType<SingletonEffect.ConfirmExiting>(Assert.Single(stopped.Effects));
        Assert.Equal(ClusterSingletonState.End, stopped.Data.State);
    }

    [Fact]
    public void A_leaving_member_gives_up_offering_after_its_retries()
    {
        SingletonData data = SingletonCore.Step(Start(A, View(A, self: A, [A, B])).Data, new SingletonEvent.SelfExiting()).Data;

        for (var i = 0; i < Limits.MaxRetries; i++) data = SingletonCore.Step(data, new SingletonEvent.RetryDue()).Data;
        SingletonStep last = SingletonCore.Step(data, new SingletonEvent.RetryDue());

        Assert.Equal(ClusterSingletonState.WasOldest, data.State);
        Assert.Contains(last.Effects, static e => e is SingletonEffect.TerminateInstance);
    }

    [Fact]
    public void A_downed_member_stops_its_instance_and_then_its_manager()
    {
        SingletonData old = Start(A, View(A, self: A, [A, B])).Data;

        SingletonStep stopping = SingletonCore.Step(old, new SingletonEvent.SelfDown());
        SingletonStep stopped = SingletonCore.Step(stopping.Data, new SingletonEvent.InstanceTerminated());

        Assert.IsType<SingletonEffect.StopInstance>(Assert.Single(stopping.Effects));
        Assert.Contains(stopped.Effects, static e => e is SingletonEffect.StopSelf);
    }

    [Fact]
    public void When_the_successor_dies_before_it_asked_the_old_oldest_keeps_the_instance()
    {
        SingletonLimits versions = Limits with { OldestMayBeYoung = true };
        SingletonData old = See(SingletonData.Initial(A, versions), View(A, self: A, [A])).Data;

        SingletonData was = See(old, View(B, self: A, [A, B])).Data;
        SingletonStep again = See(was, View(A, self: A, [A]));

        Assert.Equal(ClusterSingletonState.WasOldest, was.State);
        Assert.Equal(ClusterSingletonState.Oldest, again.Data.State);
        Assert.True(again.Data.InstanceAlive);
        Assert.Empty(again.Effects);
    }

    [Fact]
    public void With_application_versions_a_newcomer_asks_everybody()
    {
        SingletonStep step = See(SingletonData.Initial(C, Limits with { OldestMayBeYoung = true }), View(C, self: C, [A, B, C]));

        Assert.Equal(ClusterSingletonState.BecomingOldest, step.Data.State);
        Assert.Equal(2, step.Effects.Count);
    }

    private static UniqueAddress Node(int id) => new(new Address("akka.tcp", "sys", $"127.0.0.{id}", 22000), id);

    private static SingletonStep Start(UniqueAddress self, SingletonView view) => See(SingletonData.Initial(self, Limits), view);

    private static SingletonStep See(SingletonData data, SingletonView view) => SingletonCore.Step(data, new SingletonEvent.ViewChanged(view));

    private static SingletonView View(UniqueAddress oldest, UniqueAddress self, ImmutableHashSet<UniqueAddress> present, ImmutableHashSet<UniqueAddress>? unsettled = null)
    {
        ImmutableHashSet<UniqueAddress> gone = unsettled ?? [];
        UniqueAddress? other = present.Except(gone).Where(m => !m.Equals(self)).Order().FirstOrDefault();
        return new SingletonView(oldest, other, !gone.Contains(self), present, gone.Remove(self));
    }

    private static SingletonMessage SentTo(UniqueAddress to, SingletonStep step) =>
        step.Effects.OfType<SingletonEffect.Send>().Single(s => s.To.Equals(to)).Message;
}
