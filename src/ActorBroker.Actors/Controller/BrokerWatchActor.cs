using System.Globalization;
using ActorBroker.Actors.Membership;
using ActorBroker.Metadata;
using ActorBroker.Model;
using Akka.Actor;
using Akka.Cluster;
using Akka.Event;
using AkkaCluster = Akka.Cluster.Cluster;

namespace ActorBroker.Actors.Controller;

/// <summary>
/// Runs on each controller node and tells the controller of brokers whose node the cluster cannot reach, or has no more, so that they are fenced
/// before their sessions end. It compares what is with what should be, at each change and at each tick: nothing is lost with a message. Who is known to have ended is told at once.
/// Supervision: restarted; it has no state that it cannot find again.
/// </summary>
public sealed class BrokerWatchActor : ReceiveActor, IWithTimers
{
    /// <summary>The role by which a node's number is known in the cluster.</summary>
    public const string NodeRolePrefix = "node-";

    /// <summary>What is told may be lost with a controller that dies just then.</summary>
    private static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(200);

    private readonly AkkaCluster members = AkkaCluster.Get(Context.System);
    private readonly Dictionary<NodeId, (BrokerEpoch Epoch, long Since)> absent = [];
    private readonly Dictionary<NodeId, long> told = [];

    /// <summary>What the log was told of.</summary>
    private readonly Dictionary<NodeId, BrokerEpoch> toldOf = [];

    /// <summary>Registrations whose nodes were members: when these are members no more, they are gone.</summary>
    private readonly Dictionary<NodeId, BrokerEpoch> met = [];
    private readonly NodeId self;
    private readonly ClusterState cluster;
    private readonly IActorRef controller;
    private readonly TimeSpan absenceLimit;
    private readonly TimeProvider time;

    /// <param name="absenceLimit">How long a broker may be registered without its node being a member: a node that starts joins first.</param>
    public BrokerWatchActor(NodeId self, ClusterState cluster, IActorRef controller, TimeSpan absenceLimit, TimeProvider time)
    {
        this.self = self;
        this.cluster = cluster;
        this.controller = controller;
        this.absenceLimit = absenceLimit;
        this.time = time;
        Receive<PeerEnded>(OnPeerEnded);
        Receive<ClusterEvent.IClusterDomainEvent>(_ => Compare());
        Receive<ClusterEvent.CurrentClusterState>(_ => Compare());
        Receive<Tick>(_ => Compare());
        Receive<ControllerReply>(static _ => { });
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private sealed record Tick
    {
        public static Tick Instance { get; } = new();
    }

    protected override void PreStart()
    {
        members.Subscribe(Self, typeof(ClusterEvent.IMemberEvent), typeof(ClusterEvent.IReachabilityEvent));
        Context.System.EventStream.Subscribe(Self, typeof(PeerEnded));
        Timers.StartPeriodicTimer(nameof(Tick), Tick.Instance, TickInterval);
    }

    protected override void PostStop()
    {
        Context.System.EventStream.Unsubscribe(Self);
        members.Unsubscribe(Self);
    }

    /// <summary>The registration that the image has is the one of the node that ended: a new one would have come through the cluster, which knows by then.</summary>
    private void OnPeerEnded(PeerEnded ended)
    {
        var node = ended.Node ?? (members.State.Members.FirstOrDefault(member => member.Address == ended.Address) is { } member ? NodeOf(member) : NodeId.None);
        if (members.IsUp && node != self && cluster.Image.Brokers.TryGetValue(node, out var broker) && !broker.Fenced)
        {
            Tell(broker, $"its process has ended: {ended.Reason}");
        }
    }

    private void Compare()
    {
        if (!members.IsUp)
        {
            return;
        }

        var state = members.State;
        var lost = state.Unreachable.Union(state.Members.Where(static member => member.Status == MemberStatus.Down));
        var reachable = state.Members.Except(lost).Select(NodeOf).ToHashSet();
        var unreachable = lost.Select(NodeOf).ToHashSet();
        foreach (var broker in cluster.Image.Brokers.Values.Where(broker => !broker.Fenced && broker.Id != self))
        {
            if (reachable.Contains(broker.Id))
            {
                absent.Remove(broker.Id);
                met[broker.Id] = broker.Epoch;
            }
            else if (unreachable.Contains(broker.Id))
            {
                Tell(broker, "its node cannot be reached");
            }
            else if (met.GetValueOrDefault(broker.Id, new BrokerEpoch(-1)) == broker.Epoch || IsAbsentTooLong(broker))
            {
                Tell(broker, "its node is no member of the cluster");
            }
        }
    }

    private bool IsAbsentTooLong(BrokerImage broker)
    {
        if (!absent.TryGetValue(broker.Id, out var seen) || seen.Epoch != broker.Epoch)
        {
            absent[broker.Id] = seen = (broker.Epoch, time.GetTimestamp());
        }

        return time.GetElapsedTime(seen.Since) >= absenceLimit;
    }

    /// <summary>Once in a tick is enough: the answer shows in the image.</summary>
    private void Tell(BrokerImage broker, string reason)
    {
        if (told.TryGetValue(broker.Id, out var last) && time.GetElapsedTime(last) < TickInterval)
        {
            return;
        }

        told[broker.Id] = time.GetTimestamp();
        if (toldOf.GetValueOrDefault(broker.Id) != broker.Epoch)
        {
            toldOf[broker.Id] = broker.Epoch;
            Context.GetLogger().Info("broker {0} is to be fenced: {1}", broker.Id, reason);
        }

        controller.Tell(new FenceBroker(broker.Id, broker.Epoch, reason), Self);
    }

    /// <summary>The id of a member's node; <see cref="NodeId.None"/> if it has none.</summary>
    internal static NodeId NodeOf(Member member)
    {
        var role = member.Roles.FirstOrDefault(role => role.StartsWith(NodeRolePrefix, StringComparison.Ordinal));
        return role is not null && int.TryParse(role.AsSpan(NodeRolePrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? new NodeId(id) : NodeId.None;
    }
}
