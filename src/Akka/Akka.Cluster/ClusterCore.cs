#nullable disable
using System.Collections.Immutable;
using Akka.Actor;
using Akka.Dispatch;
using Akka.Event;
using Akka.Remote;
using AkkaExtensions.Remoting;

namespace Akka.Cluster;

/// <summary>
/// /system/cluster/core: holds this node's membership. It is not in a cluster, tries to join one, or is in one. What a change is, says
/// <see cref="MembershipChange"/>; here is who hears of it. Its failure ends this node's part in the cluster.
/// </summary>
internal sealed partial class ClusterCore : UntypedActor, IWithTimers, IRequiresMessageQueue<IUnboundedMessageQueueSemantics>
{
    /// <summary>A join that is not answered is sent again after this: the answer may wait for an earlier incarnation's removal.</summary>
    private static readonly TimeSpan JoinResendInterval = TimeSpan.FromSeconds(1);

    private readonly Cluster _cluster;
    private readonly ClusterSettings _settings;
    private readonly UniqueAddress _self;
    private readonly IActorRef _publisher;
    private readonly Dictionary<Address, IActorRef> _cores = [];
    private readonly ClusterMetrics _metrics;
    private MembershipState _state;
    private ImmutableList<Address> _seeds = [];
    private IActorRef _seedJoin;
    private Address _joiningTo;
    private TimeSpan _joinDeadline;
    private TimeSpan? _seedDeadline;

    public ClusterCore(Cluster cluster, IActorRef publisher)
    {
        _cluster = cluster;
        _settings = cluster.Settings;
        _self = cluster.SelfUniqueAddress;
        _publisher = publisher;
        _state = new MembershipState(Gossip.Empty, _self);
        _metrics = cluster.Metrics;
    }

    public ITimerScheduler Timers { get; set; }

    private TimeSpan Now => Context.System.Scheduler.MonotonicClock;

    private bool IsInCluster => _state.SelfMember is not null;

    public static Props Props(Cluster cluster, IActorRef publisher) => Akka.Actor.Props.Create(() => new ClusterCore(cluster, publisher));

    protected override void PreStart()
    {
        TimeSpan delay = _settings.PeriodicTasksInitialDelay;
        Timers.StartPeriodicTimer(Tick.Gossip, Tick.Gossip, Longer(delay, _settings.GossipInterval), _settings.GossipInterval);
        Timers.StartPeriodicTimer(Tick.Reap, Tick.Reap, Longer(delay, _settings.UnreachableNodesReaperInterval), _settings.UnreachableNodesReaperInterval);
        Timers.StartPeriodicTimer(Tick.Lead, Tick.Lead, Longer(delay, _settings.LeaderActionsInterval), _settings.LeaderActionsInterval);
        foreach (Type type in (Type[])[typeof(PeerProcessEnded), typeof(PeerAnswered), typeof(ThisActorSystemQuarantinedEvent)]) Context.System.EventStream.Subscribe(Self, type);
    }

    protected override void PostStop() => Context.System.EventStream.Unsubscribe(Self);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ClusterUserAction.JoinSeedNodes join:
                JoinSeedNodes(join.SeedNodes);
                break;
            case ClusterUserAction.JoinTo join:
                JoinTo(join.Address);
                break;
            case ClusterWire.InitJoin asked:
                AnswerInitJoin(asked);
                break;
            case ClusterWire.JoinRefused refused:
                Refused(refused);
                break;
            case ClusterWire.Welcome welcome:
                Welcomed(welcome);
                break;
            case Tick.JoinAgain:
                JoinAgain();
                break;
            case PeerProcessEnded ended:
                Ended(ended);
                break;
            case PeerAnswered answered:
                Answered(answered);
                break;
            default:
                if (IsInCluster) ReceiveAsMember(message);
                else ReceiveAsStranger(message);
                break;
        }
    }

    /// <summary>Nothing of the cluster concerns a node that is not in it.</summary>
    private void ReceiveAsStranger(object message)
    {
        switch (message)
        {
            case ClusterUserAction.Leave leave when leave.Address.Equals(_self.Address):
            case ClusterUserAction.Down down when down.Address.Equals(_self.Address):
                StopJoining();
                _cluster.Shutdown();
                break;
            case ClusterUserAction.ExitingCompleted:
                Sender.Tell(Done.Instance, Self);
                break;
            case IClusterMessage or Tick or ThisActorSystemQuarantinedEvent:
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void JoinSeedNodes(ImmutableList<Address> seeds)
    {
        if (IsInCluster)
        {
            _cluster.Log.Info("[{0}] is in a cluster already: it does not join the seed nodes [{1}]", _self.Address, string.Join(", ", seeds));
            return;
        }

        StopJoining();
        _seeds = seeds;
        _seedDeadline ??= Now + _settings.ShutdownAfterUnsuccessfulJoinSeedNodes;
        Timers.StartPeriodicTimer(Tick.JoinAgain, Tick.JoinAgain, JoinResendInterval);
        if (seeds.Count == 0) return;
        if (seeds.All(seed => seed.Equals(_self.Address))) JoinTo(_self.Address);
        else _seedJoin = Context.ActorOf(SeedNodeJoin.Props(_cluster, seeds).WithDispatcher(_settings.UseDispatcher));
    }

    private void JoinTo(Address address)
    {
        if (IsInCluster)
        {
            _cluster.Log.Info("[{0}] is in a cluster already: it does not join by [{1}]", _self.Address, address);
            return;
        }

        if (address.Protocol != _self.Address.Protocol || address.System != _self.Address.System)
        {
            Refuse($"[{address}] cannot be joined: this system is [{_self.Address}], and systems of one cluster have one protocol and name");
            return;
        }

        StopSeedJoin();
        if (address.Equals(_self.Address))
        {
            FormCluster();
            return;
        }

        _joiningTo = address;
        _joinDeadline = _settings.RetryUnsuccessfulJoinAfter is { } retry ? Now + retry : TimeSpan.MaxValue;
        Timers.StartPeriodicTimer(Tick.JoinAgain, Tick.JoinAgain, JoinResendInterval);
        SendJoin();
    }

    private void FormCluster()
    {
        if (_settings.LogInfo) _cluster.Log.Info("[{0}] forms a new cluster", _self.Address);
        StopJoining();
        Change(MembershipChange.Join(_state, _self, _settings.Roles, _settings.AppVersion).Next);
    }

    private void SendJoin() => CoreOf(_joiningTo).Tell(new ClusterWire.Join(_self, _settings.Roles, _settings.AppVersion, JoinCompatibility.Describe(_cluster)), Self);

    private void JoinAgain()
    {
        if (IsInCluster)
        {
            StopJoining();
        }
        else if (_seedDeadline is { } deadline && Now >= deadline && _seeds.Count > 0)
        {
            _cluster.Log.Error("Could not join by the seed nodes [{0}] within [{1}]: shutting down", string.Join(", ", _seeds), _settings.ShutdownAfterUnsuccessfulJoinSeedNodes);
            StopJoining();
            _cluster.Shutdown();
            CoordinatedShutdown.Get(Context.System).Run(CoordinatedShutdown.ClusterJoinUnsuccessfulReason.Instance);
        }
        else if (_joiningTo is not null && Now < _joinDeadline)
        {
            SendJoin();
        }
        else if (_joiningTo is not null)
        {
            _cluster.Log.Warning("[{0}] has not answered the request to join within [{1}]", _joiningTo, _settings.RetryUnsuccessfulJoinAfter);
            if (_seeds.Count > 0) JoinSeedNodes(_seeds);
            else _joinDeadline = Now + _settings.RetryUnsuccessfulJoinAfter.Value;
        }
    }

    private void AnswerInitJoin(ClusterWire.InitJoin asked)
    {
        if (!IsInCluster || _state.SelfMember.Status is MemberStatus.Down or MemberStatus.Exiting)
            Sender.Tell(new ClusterWire.InitJoinNack(_self.Address), Self);
        else if (IncompatibleWith(asked.Settings, Sender.Path.Address) is { } reason)
            Sender.Tell(new ClusterWire.JoinRefused(_self.Address, reason), Self);
        else
            Sender.Tell(new ClusterWire.InitJoinAck(_self.Address), Self);
    }

    /// <summary>Why a node may not join; null if it may.</summary>
    private string IncompatibleWith(ImmutableSortedDictionary<string, string> settings, Address node)
    {
        if (JoinCompatibility.Difference(JoinCompatibility.Describe(_cluster), settings) is not { } difference) return null;
        var reason = $"the configuration of [{node}] is not that of the cluster: {difference}";
        _cluster.Log.Warning(_settings.EnforceCompatibleConfiguration ? "Refused to let a node join: {0}" : "A node joins although {0}", reason);
        return _settings.EnforceCompatibleConfiguration ? reason : null;
    }

    private void Refused(ClusterWire.JoinRefused refused)
    {
        if (!IsInCluster && _joiningTo is not null && _joiningTo.Equals(refused.Address)) Refuse($"[{refused.Address}] refused to let [{_self.Address}] join: {refused.Reason}");
    }

    private void Refuse(string reason)
    {
        _cluster.Log.Error("{0}", reason);
        _cluster.FailJoins(reason);
        _joiningTo = null;
        if (_seeds.Count > 0) _seedJoin ??= Context.ActorOf(SeedNodeJoin.Props(_cluster, _seeds).WithDispatcher(_settings.UseDispatcher));
    }

    private void Welcomed(ClusterWire.Welcome welcome)
    {
        if (IsInCluster || _joiningTo is null || !welcome.From.Address.Equals(_joiningTo) || !welcome.Gossip.HasMember(_self)) return;
        if (_settings.LogInfo) _cluster.Log.Info("[{0}] is welcomed by [{1}]", _self.Address, welcome.From.Address);
        StopJoining();
        Take(welcome.Gossip.SeenBy(_self), News.Learnt);
    }

    private void StopJoining()
    {
        StopSeedJoin();
        _joiningTo = null;
        Timers.Cancel(Tick.JoinAgain);
    }

    private void StopSeedJoin()
    {
        if (_seedJoin is null) return;
        Context.Stop(_seedJoin);
        _seedJoin = null;
    }

    /// <summary>The actor like this one on another node.</summary>
    private IActorRef CoreOf(Address address)
    {
        if (_cores.TryGetValue(address, out IActorRef core)) return core;
        if (_cores.Count > 1000) _cores.Clear();
        return _cores[address] = _cluster.System.Provider.ResolveActorRef(new RootActorPath(address) / Self.Path.Elements);
    }

    private static TimeSpan Longer(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private enum Tick
    {
        Tell,
        Gossip,
        GossipAgain,
        Reap,
        Lead,
        JoinAgain,
    }
}
