#nullable disable
using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;

namespace Akka.Cluster.SBR;

/// <summary>
/// /system/cluster/downing: looks at the membership, and when it has been stable, lets the strategy decide. The leader downs others; each node downs
/// itself, so that a losing side does not depend on its leader.
/// </summary>
internal sealed class SplitBrainResolverActor : UntypedActor, IWithTimers
{
    private readonly Cluster _cluster;
    private readonly DowningStrategy _strategy;
    private readonly Stability _stability;
    private readonly TimeSpan _interval;

    public SplitBrainResolverActor(Cluster cluster, SplitBrainResolverSettings settings)
    {
        _cluster = cluster;
        _strategy = DowningStrategy.Of(settings);
        _stability = new Stability(settings);
        TimeSpan shortest = settings.StableAfterProcessEnd is { } end && end < settings.DowningStableAfter ? end : settings.DowningStableAfter;
        _interval = TimeSpan.FromMilliseconds(Math.Clamp(shortest.TotalMilliseconds / 4, 10, 1000));
    }

    public ITimerScheduler Timers { get; set; }

    public static Props Props(Cluster cluster, SplitBrainResolverSettings settings) =>
        Akka.Actor.Props.Create(() => new SplitBrainResolverActor(cluster, settings));

    protected override void PreStart() => Timers.StartPeriodicTimer(nameof(Tick), Tick.Instance, _interval);

    protected override void OnReceive(object message)
    {
        MembershipState state = _cluster.Membership;
        if (state.SelfMember is not { Status: MemberStatus.Up or MemberStatus.Leaving or MemberStatus.WeaklyUp }) return;
        switch (_stability.Look(state, Context.System.Scheduler.MonotonicClock))
        {
            case Stability.Verdict.Decide:
                PartitionView view = PartitionView.Of(state);
                Execute(state, _strategy.NodesToDown(view), view.Unreachable.Any() ? _strategy.Decide(view).ToString() : "DownIndirectlyConnected");
                break;
            case Stability.Verdict.DownAll:
                Execute(state, [.. state.Members.Select(static m => m.UniqueAddress)], "DownAll: reachability keeps changing");
                break;
        }
    }

    private void Execute(MembershipState state, ImmutableHashSet<UniqueAddress> nodes, string decision)
    {
        if (state.IsLeader)
        {
            _cluster.Log.Warning("Split brain resolver: {0} by {1}; unreachable: [{2}]; downing [{3}] of {4} members",
                decision, _strategy.GetType().Name, state.Reachability, string.Join(", ", nodes.Select(static n => n.Address)), state.Members.Count);
            _cluster.Down(nodes);
        }
        else if (nodes.Contains(state.Self))
        {
            _cluster.Log.Warning("Split brain resolver: {0} by {1}; unreachable: [{2}]; this node downs itself", decision, _strategy.GetType().Name, state.Reachability);
            _cluster.Down([state.Self]);
        }
    }

    private sealed class Tick
    {
        public static readonly Tick Instance = new();
    }
}

/// <summary>The downing provider that decides by a strategy when the cluster is split: akka.cluster.split-brain-resolver.</summary>
public class SplitBrainResolverProvider : IDowningProvider
{
    private readonly Cluster _cluster;
    private readonly SplitBrainResolverSettings _settings;

    public SplitBrainResolverProvider(ActorSystem system, Cluster cluster)
    {
        _cluster = cluster;
        _settings = new SplitBrainResolverSettings(system.Settings.Config);
        _ = DowningStrategy.Of(_settings);
        DownRemovalMargin = ClusterSettings.OptionalTime(system.Settings.Config, "akka.cluster.down-removal-margin") ?? _settings.DowningStableAfter;
    }

    /// <summary>akka.cluster.down-removal-margin, or stable-after: a side that gives up may do so as much later than this one decides.</summary>
    public TimeSpan DownRemovalMargin { get; }

    public Props DowningActorProps => SplitBrainResolverActor.Props(_cluster, _settings);
}
