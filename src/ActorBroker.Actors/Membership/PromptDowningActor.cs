using System.Collections.Immutable;
using ActorBroker.Actors.Controller;
using ActorBroker.Model;
using Akka.Actor;
using Akka.Cluster;
using Akka.Event;
using Akka.Remote;
using AkkaCluster = Akka.Cluster.Cluster;

namespace ActorBroker.Actors.Membership;

/// <summary>
/// Gathers what tells of the end of members' processes, looks for itself whether their addresses refuse connections, and does what <see cref="PromptDowning"/> decides.
/// Akka.NET's split brain resolver is its child.
/// Supervision: the cluster's own; it has no state that it does not find again with the next failed connection.
/// </summary>
internal sealed class PromptDowningActor : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(50);

    /// <summary>What the cluster's state says may be older than the news of it.</summary>
    private const int LooksAfterNews = 10;

    private readonly AkkaCluster cluster = AkkaCluster.Get(Context.System);
    private readonly ILoggingAdapter log = Context.GetLogger();
    private readonly HashSet<UniqueAddress> probed = [];
    private readonly PromptDowning downing;
    private readonly TimeProvider time;
    private readonly long startedAt;
    private int looksLeft;

    public PromptDowningActor(PromptDowning downing, Props resolver, TimeProvider time)
    {
        this.downing = downing;
        this.time = time;
        startedAt = time.GetTimestamp();
        Context.ActorOf(resolver, "resolver");
        Receive<DisassociatedEvent>(lost => Probe(lost.RemoteAddress));
        Receive<AssociationErrorEvent>(failed => Probe(failed.RemoteAddress));
        Receive<PeerEnded>(ended => Probe(ended.Address));
        Receive<IncarnationSeen>(OnIncarnationSeen);
        Receive<Probed>(OnProbed);
        Receive<ClusterEvent.IClusterDomainEvent>(_ =>
        {
            looksLeft = LooksAfterNews;
            Decide();
        });
        Receive<Tick>(_ =>
        {
            looksLeft--;
            Decide();
        });
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private sealed record Probed(UniqueAddress Member, bool IsRefused);

    private sealed record Tick
    {
        public static Tick Instance { get; } = new();
    }

    protected override void PreStart()
    {
        foreach (var evidence in new[] { typeof(DisassociatedEvent), typeof(AssociationErrorEvent), typeof(PeerEnded), typeof(IncarnationSeen) })
        {
            Context.System.EventStream.Subscribe(Self, evidence);
        }

        cluster.Subscribe(
            Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents, typeof(ClusterEvent.IReachabilityEvent), typeof(ClusterEvent.IMemberEvent), typeof(ClusterEvent.LeaderChanged));
    }

    protected override void PostStop()
    {
        Context.System.EventStream.Unsubscribe(Self);
        cluster.Unsubscribe(Self);
    }

    /// <summary>A broken connection may be many things; that nobody listens any more is the end of a process.</summary>
    private void Probe(Address address)
    {
        if (address == cluster.SelfAddress || MemberAt(address)?.UniqueAddress is not { } member || downing.IsKnownToHaveEnded(member) || !probed.Add(member))
        {
            return;
        }

        AddressProbe.IsRefusedAsync(address).PipeTo(Self, success: isRefused => new Probed(member, isRefused), failure: _ => new Probed(member, IsRefused: false));
    }

    private void OnProbed(Probed probe)
    {
        probed.Remove(probe.Member);
        if (probe.IsRefused)
        {
            OnEnded(probe.Member, "its connections broke, and its address refuses new ones");
        }
    }

    private void OnIncarnationSeen(IncarnationSeen seen)
    {
        if (MemberAt(seen.Node.Address)?.UniqueAddress is { } member && member.Uid != seen.Node.Uid)
        {
            OnEnded(member, "another incarnation of the node runs");
        }
    }

    private void OnEnded(UniqueAddress ended, string reason)
    {
        if (MemberAt(ended.Address) is not { } member || !member.UniqueAddress.Equals(ended) || !downing.HasEnded(ended))
        {
            return;
        }

        log.Info("the process of {0} has ended: {1}", ended.Address, reason);
        PromptFailureDetector.MarkEnded(cluster, ended.Address);
        var node = BrokerWatchActor.NodeOf(member);
        Context.System.EventStream.Publish(new PeerEnded(ended.Address, node == NodeId.None ? null : node, reason));
        Decide();
    }

    private void Decide()
    {
        if (cluster.IsTerminated)
        {
            return;
        }

        var state = cluster.State;
        var view = new MembershipView(
            [.. state.Members.Where(IsThere).Select(static member => member.UniqueAddress)],
            [.. state.Unreachable.Select(static member => member.UniqueAddress)],
            cluster.SelfAddress,
            cluster.SelfAddress == state.Leader);
        foreach (var member in downing.Decide(view, time.GetElapsedTime(startedAt)))
        {
            log.Info("downing {0}", member.Address);
            cluster.Down(member.Address);
        }

        if (!downing.IsWaiting && looksLeft <= 0)
        {
            Timers.Cancel(nameof(Tick));
        }
        else if (!Timers.IsTimerActive(nameof(Tick)))
        {
            Timers.StartPeriodicTimer(nameof(Tick), Tick.Instance, TickInterval);
        }
    }

    private Member? MemberAt(Address address) => cluster.State.Members.FirstOrDefault(member => member.Address == address && IsThere(member));

    private static bool IsThere(Member member) => member.Status is not (MemberStatus.Down or MemberStatus.Removed);
}
