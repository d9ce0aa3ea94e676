using System.Collections.Immutable;

namespace Akka.Cluster.Tools.Singleton;

/// <summary>What a manager sees of the members with the singleton's role.</summary>
/// <param name="Oldest">The member that should run the instance: the oldest of those that are Up or Leaving; null if there is none.</param>
/// <param name="OldestOther">The same without this member.</param>
/// <param name="SelfEligible">Whether this member is Up or Leaving.</param>
/// <param name="Present">Members that are in the membership, in any status, or were removed less than the removal margin ago.</param>
/// <param name="Unsettled">Those of them that can no longer become the oldest but may still run an instance: Exiting, Down, or within the margin.</param>
internal sealed record SingletonView(
    UniqueAddress? Oldest,
    UniqueAddress? OldestOther,
    bool SelfEligible,
    ImmutableHashSet<UniqueAddress> Present,
    ImmutableHashSet<UniqueAddress> Unsettled)
{
    public static SingletonView Empty { get; } = new(null, null, false, [], []);
}

/// <summary>What happens to a manager.</summary>
internal abstract record SingletonEvent
{
    /// <summary>The members changed, or are known for the first time.</summary>
    public sealed record ViewChanged(SingletonView View) : SingletonEvent;

    /// <summary>Another manager wrote.</summary>
    public sealed record Received(SingletonMessage Message) : SingletonEvent;

    /// <summary>The instance has stopped.</summary>
    public sealed record InstanceTerminated : SingletonEvent;

    /// <summary>The retry interval has passed.</summary>
    public sealed record RetryDue : SingletonEvent;

    /// <summary>This member leaves, and waits until the instance has.</summary>
    public sealed record SelfExiting : SingletonEvent;

    /// <summary>This member was downed or removed, or its cluster shuts down.</summary>
    public sealed record SelfDown : SingletonEvent;
}

/// <summary>What a manager does.</summary>
internal abstract record SingletonEffect
{
    public sealed record Send(UniqueAddress To, SingletonMessage Message) : SingletonEffect;

    public sealed record StartInstance : SingletonEffect;

    /// <summary>Asks the instance to stop, with the termination message.</summary>
    public sealed record TerminateInstance : SingletonEffect;

    /// <summary>Stops the instance after the message that it is processing.</summary>
    public sealed record StopInstance : SingletonEffect;

    /// <summary>Answers who waits for the instance to be gone.</summary>
    public sealed record ConfirmExiting : SingletonEffect;

    public sealed record StopSelf : SingletonEffect;

    public sealed record Warn(string Text) : SingletonEffect;
}

/// <summary>A manager's state.</summary>
/// <param name="Self">This member.</param>
/// <param name="Limits">Its settings.</param>
/// <param name="State">Where it is.</param>
/// <param name="View">The members.</param>
/// <param name="InstanceAlive">Whether the instance runs here, or is stopping.</param>
/// <param name="IsExiting">Whether the member leaves.</param>
/// <param name="Predecessors">BecomingOldest: members that must hand over or be gone first.</param>
/// <param name="FormerOldest">Younger: present members that were the oldest, the present one included.</param>
/// <param name="HandOverTo">HandingOver: who gets the instance; null for nobody.</param>
/// <param name="GrantedTo">Who was told that there is no instance here and will be none; null for nobody.</param>
/// <param name="Retries">Unanswered repetitions.</param>
internal sealed record SingletonData(
    UniqueAddress Self,
    SingletonLimits Limits,
    ClusterSingletonState State,
    SingletonView View,
    bool InstanceAlive,
    bool IsExiting,
    ImmutableHashSet<UniqueAddress> Predecessors,
    ImmutableHashSet<UniqueAddress> FormerOldest,
    UniqueAddress? HandOverTo,
    UniqueAddress? GrantedTo,
    int Retries) : IClusterSingletonData
{
    /// <summary>The member that should run the instance, seen from here.</summary>
    public UniqueAddress? Oldest => IsExiting ? View.OldestOther : View.Oldest;

    public static SingletonData Initial(UniqueAddress self, SingletonLimits limits) =>
        new(self, limits, ClusterSingletonState.Start, SingletonView.Empty, false, false, [], [], null, null, 0);
}

/// <summary>What bounds a manager's patience.</summary>
/// <param name="MaxRetries">Unanswered repetitions before it warns or gives up.</param>
/// <param name="OldestMayBeYoung">With application versions the oldest by the rules may be the youngest by age.</param>
internal readonly record struct SingletonLimits(int MaxRetries, bool OldestMayBeYoung);

/// <summary>A manager's next state and what it does on the way.</summary>
internal readonly record struct SingletonStep(SingletonData Data, ImmutableList<SingletonEffect> Effects)
{
    public static implicit operator SingletonStep(SingletonData data) => new(data, []);

    public SingletonStep And(SingletonEffect effect) => this with { Effects = Effects.Add(effect) };
}

/// <summary>
/// The decisions of a singleton's manager, without I/O and time. One rule carries the safety: an instance starts only where the member is the oldest by its own
/// view, and every member that may have run it before has either said that it is done or is gone from the membership; who has said so never starts one
/// again while the other is a member.
/// </summary>
internal static class SingletonCore
{
    public static SingletonStep Step(SingletonData data, SingletonEvent what) => what switch
    {
        SingletonEvent.ViewChanged changed => OnView(data, changed.View),
        SingletonEvent.Received { Message: HandOverToMe message } => OnHandOverToMe(data, message.From),
        SingletonEvent.Received { Message: HandOverInProgress message } =>
            data.State == ClusterSingletonState.BecomingOldest && data.Predecessors.Contains(message.From) ? data with { Retries = 0 } : data,
        SingletonEvent.Received { Message: HandOverDone message } => OnHandOverDone(data, message.From),
        SingletonEvent.Received { Message: TakeOverFromMe message } => OnTakeOverFromMe(data, message.From),
        SingletonEvent.InstanceTerminated => OnInstanceTerminated(data),
        SingletonEvent.RetryDue => OnRetry(data),
        SingletonEvent.SelfExiting => OnSelfExiting(data),
        SingletonEvent.SelfDown => OnSelfDown(data),
        _ => throw new ArgumentOutOfRangeException(nameof(what), what, "Unknown event of a singleton's manager"),
    };

    private static SingletonStep OnView(SingletonData before, SingletonView view)
    {
        SingletonData data = before with
        {
            View = view,
            Predecessors = before.Predecessors.Intersect(view.Present),
            FormerOldest = before.FormerOldest.Intersect(view.Present),
            GrantedTo = before.GrantedTo is { } granted && view.Present.Contains(granted) ? granted : null,
        };
        return data.State switch
        {
            ClusterSingletonState.Start => AtFirst(data),
            ClusterSingletonState.Younger => WhileYounger(data),
            ClusterSingletonState.BecomingOldest => WhileBecoming(data),
            ClusterSingletonState.Oldest or ClusterSingletonState.WasOldest => WhileRunning(data, before.Oldest),
            _ => data,
        };
    }

    private static SingletonStep AtFirst(SingletonData data)
    {
        if (!IsMine(data)) return WhileYounger(data with { State = ClusterSingletonState.Younger });
        ImmutableHashSet<UniqueAddress> others = data.Limits.OldestMayBeYoung ? data.View.Present : data.View.Unsettled;
        return Become(data, others);
    }

    private static SingletonStep WhileYounger(SingletonData data)
    {
        if (data.IsExiting) return data with { State = ClusterSingletonState.End };
        if (!IsMine(data))
        {
            return data with
            {
                FormerOldest = data.Oldest is { } oldest && !oldest.Equals(data.Self) ? data.FormerOldest.Add(oldest) : data.FormerOldest,
            };
        }

        // We gave the instance away and do not see it yet; the view will catch up.
        return data.GrantedTo is null ? Become(data, data.FormerOldest.Union(data.View.Unsettled)) : data;
    }

    private static SingletonStep WhileBecoming(SingletonData data)
    {
        if (IsMine(data)) return data.Predecessors.IsEmpty ? Run(data) : data;
        return WhileYounger(data with { State = ClusterSingletonState.Younger, FormerOldest = data.FormerOldest.Union(data.Predecessors), Predecessors = [], Retries = 0 });
    }

    private static SingletonStep WhileRunning(SingletonData data, UniqueAddress? oldestBefore)
    {
        if (IsMine(data)) return data with { State = ClusterSingletonState.Oldest, Retries = 0 };
        SingletonData was = data with { State = ClusterSingletonState.WasOldest };
        if (data.Oldest is not { } next) return data.IsExiting ? HandOver(was, null) : was;
        if (data.State == ClusterSingletonState.WasOldest && next.Equals(oldestBefore)) return was;
        return new SingletonStep(was with { Retries = 0 }, [new SingletonEffect.Send(next, new TakeOverFromMe(data.Self))]);
    }

    private static SingletonStep OnHandOverToMe(SingletonData data, UniqueAddress from)
    {
        switch (data.State)
        {
            case ClusterSingletonState.Oldest or ClusterSingletonState.WasOldest:
                // Somebody whom we do not know yet asks again.
                return data.View.Present.Contains(from) ? HandOver(data, from) : data;
            case ClusterSingletonState.HandingOver when data.HandOverTo is null || data.HandOverTo.Equals(from):
                return new SingletonStep(data with { HandOverTo = from }, [new SingletonEffect.Send(from, new HandOverInProgress(data.Self))]);
            case ClusterSingletonState.End:
            case ClusterSingletonState.Younger when data.IsExiting || !data.View.SelfEligible || from.Equals(data.Oldest) || from.Equals(data.GrantedTo):
                if (data.GrantedTo is { } granted && !granted.Equals(from)) return data;
                return new SingletonStep(data with { GrantedTo = from }, [new SingletonEffect.Send(from, new HandOverDone(data.Self))]);
            default:
                return data;
        }
    }

    private static SingletonStep OnHandOverDone(SingletonData data, UniqueAddress from)
    {
        if (data.State != ClusterSingletonState.BecomingOldest || !data.Predecessors.Contains(from)) return data;
        SingletonData next = data with { Predecessors = data.Predecessors.Remove(from), Retries = 0 };
        return next.Predecessors.IsEmpty ? Run(next) : next;
    }

    private static SingletonStep OnTakeOverFromMe(SingletonData data, UniqueAddress from)
    {
        if (!data.View.Present.Contains(from)) return data;
        var request = new SingletonEffect.Send(from, new HandOverToMe(data.Self));
        return data.State switch
        {
            ClusterSingletonState.BecomingOldest => new SingletonStep(data with { Predecessors = data.Predecessors.Add(from) }, [request]),
            ClusterSingletonState.Oldest => new SingletonStep(
                data, [request, new SingletonEffect.Warn($"{from} offers the singleton, which runs here already: two instances have been running. It is asked to stop its own.")]),
            _ => data,
        };
    }

    private static SingletonStep OnInstanceTerminated(SingletonData before)
    {
        SingletonData data = before with { InstanceAlive = false };
        return data.State switch
        {
            ClusterSingletonState.HandingOver => HandedOver(data),
            ClusterSingletonState.Stopping => new SingletonStep(data, [new SingletonEffect.ConfirmExiting(), new SingletonEffect.StopSelf()]),
            _ => data,
        };
    }

    private static SingletonStep OnRetry(SingletonData before)
    {
        SingletonData data = before with { Retries = before.Retries + 1 };
        switch (data.State)
        {
            case ClusterSingletonState.BecomingOldest:
                SingletonStep step = Request(data);
                return data.Retries % Math.Max(data.Limits.MaxRetries, 1) == 0
                    ? step.And(new SingletonEffect.Warn($"The singleton waits for {string.Join(", ", data.Predecessors)} to hand over or to be removed."))
                    : step;
            case ClusterSingletonState.WasOldest when data.IsExiting && data.Retries > data.Limits.MaxRetries:
                return HandOver(data, null).And(new SingletonEffect.Warn($"{data.Oldest} did not take the singleton over; it stops here."));
            case ClusterSingletonState.WasOldest when data.Oldest is { } next:
                return new SingletonStep(data, [new SingletonEffect.Send(next, new TakeOverFromMe(data.Self))]);
            default:
                return before;
        }
    }

    private static SingletonStep OnSelfExiting(SingletonData before)
    {
        SingletonData data = before with { IsExiting = true };
        switch (data.State)
        {
            case ClusterSingletonState.Oldest or ClusterSingletonState.WasOldest:
                return WhileRunning(data, data.State == ClusterSingletonState.WasOldest ? before.Oldest : null);
            case ClusterSingletonState.HandingOver or ClusterSingletonState.Stopping:
                return data;
            default:
                return new SingletonStep(data with { State = ClusterSingletonState.End, Predecessors = [] }, [new SingletonEffect.ConfirmExiting()]);
        }
    }

    private static SingletonStep OnSelfDown(SingletonData data)
    {
        if (data.State == ClusterSingletonState.Stopping) return data;
        SingletonData stopping = data with { State = ClusterSingletonState.Stopping };
        return data.InstanceAlive
            ? new SingletonStep(stopping, [new SingletonEffect.StopInstance()])
            : new SingletonStep(stopping, [new SingletonEffect.ConfirmExiting(), new SingletonEffect.StopSelf()]);
    }

    private static bool IsMine(SingletonData data) => data.Self.Equals(data.Oldest);

    private static SingletonStep Become(SingletonData data, ImmutableHashSet<UniqueAddress> mayRunIt)
    {
        ImmutableHashSet<UniqueAddress> predecessors = mayRunIt.Remove(data.Self);
        if (predecessors.IsEmpty) return Run(data);
        return Request(data with { State = ClusterSingletonState.BecomingOldest, Predecessors = predecessors, FormerOldest = [], Retries = 0 });
    }

    private static SingletonStep Request(SingletonData data) =>
        new(data, [.. data.Predecessors.Select(to => new SingletonEffect.Send(to, new HandOverToMe(data.Self)))]);

    private static SingletonStep Run(SingletonData data) => new(
        data with { State = ClusterSingletonState.Oldest, InstanceAlive = true, Predecessors = [], FormerOldest = [], GrantedTo = null, Retries = 0 },
        [new SingletonEffect.StartInstance()]);

    private static SingletonStep HandOver(SingletonData data, UniqueAddress? to)
    {
        SingletonData handing = data with { State = ClusterSingletonState.HandingOver, HandOverTo = to, Retries = 0 };
        if (!data.InstanceAlive) return HandedOver(handing);
        var step = new SingletonStep(handing, [new SingletonEffect.TerminateInstance()]);
        return to is null ? step : step.And(new SingletonEffect.Send(to, new HandOverInProgress(data.Self)));
    }

    private static SingletonStep HandedOver(SingletonData data)
    {
        var leaves = data.IsExiting || !data.View.SelfEligible;
        SingletonStep step = data with
        {
            State = leaves ? ClusterSingletonState.End : ClusterSingletonState.Younger,
            HandOverTo = null,
            GrantedTo = data.HandOverTo,
            FormerOldest = data.HandOverTo is { } successor ? [successor] : [],
        };
        if (data.HandOverTo is { } to) step = step.And(new SingletonEffect.Send(to, new HandOverDone(data.Self)));
        return data.IsExiting ? step.And(new SingletonEffect.ConfirmExiting()) : step;
    }
}
