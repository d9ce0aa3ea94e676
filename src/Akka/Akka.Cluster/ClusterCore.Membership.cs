#nullable disable
using Akka.Actor;
using Akka.Event;
using Akka.Remote;
using AkkaExtensions.Remoting;

namespace Akka.Cluster;

/// <summary>What a member does: gossips, judges the others, leads if it is its turn, and goes when its time has come.</summary>
internal sealed partial class ClusterCore
{
    /// <summary>Nodes that have told this one that they are done with leaving.</summary>
    private readonly HashSet<UniqueAddress> _exitingConfirmed = [];

    /// <summary>Members whose process this node knows to have ended.</summary>
    private readonly HashSet<UniqueAddress> _ended = [];

    /// <summary>Requests of new incarnations, kept until the earlier one at their address is removed. One for each member at most.</summary>
    private readonly Dictionary<Address, (ClusterWire.Join Join, IActorRef Sender)> _replacing = [];
    private TimeSpan? _disagreementSince;
    private bool _exiting;
    private bool _leadLogged;

    private void ReceiveAsMember(object message)
    {
        switch (message)
        {
            case ClusterWire.GossipEnvelope envelope:
                ReceiveGossip(envelope);
                break;
            case ClusterWire.GossipStatus status:
                ReceiveStatus(status);
                break;
            case ClusterWire.Join join:
                Join(join, Sender);
                break;
            case ClusterWire.ExitingConfirmed confirmed:
                if (_state.Gossip.HasMember(confirmed.Node) && _exitingConfirmed.Add(confirmed.Node)) Lead();
                break;
            case ClusterUserAction.Leave leave:
                Leave(leave.Address);
                break;
            case ClusterUserAction.Down down:
                Down(down.Address);
                break;
            case ClusterUserAction.DownNodes down:
                Change(MembershipChange.Down(_state, member => down.Nodes.Contains(member.UniqueAddress)));
                break;
            case ClusterUserAction.ExitingCompleted:
                ExitingCompleted();
                break;
            case ThisActorSystemQuarantinedEvent quarantined:
                Quarantined(quarantined.RemoteAddress);
                break;
            case Tick.Tell:
                TellNow();
                break;
            case Tick.Gossip:
                GossipNow();
                break;
            case Tick.GossipAgain:
                if (IsSeenByFew()) GossipToOne();
                break;
            case Tick.Reap:
                Reap();
                break;
            case Tick.Lead:
                LeadNowAndThen();
                break;
            case ClusterWire.InitJoinAck or ClusterWire.InitJoinNack:
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    /// <summary>Takes a gossip that this node has changed.</summary>
    private void Change(Gossip next)
    {
        if (next is not null) Take(next, News.Own);
    }

    /// <summary>Takes a newer gossip: all that follows from it is begun here.</summary>
    private void Take(Gossip next, News news)
    {
        MembershipState before = _state;
        _state = before.Next(next);
        foreach (Member member in next.Members)
            if (!before.Gossip.HasMember(member.UniqueAddress)) _cluster.FailureDetector.Remove(member.Address);
        _exitingConfirmed.RemoveWhere(node => !next.HasMember(node));
        _ended.RemoveWhere(node => !next.HasMember(node));
        Publish(before);
        if (news > _news) _news = news;
        TellSoon(null);
        if (_state.SelfMember is not { } self || self.Status == MemberStatus.Down)
        {
            _cluster.Log.Warning("This node [{0}] was downed or removed: it shuts down its part in the cluster", _self.Address);
            TellNow();
            _cluster.Shutdown();
            return;
        }

        if (self.Status == MemberStatus.Exiting) BeginExiting();
        AdmitReplacements();
        Lead();
    }

    private void Publish(MembershipState before)
    {
        _cluster.SetMembership(_state);
        _metrics.Publish(_state, _state.HasConvergence(_exitingConfirmed));
        if (_settings.LogInfo) LogChanges(before);
        _publisher.Tell(new StateChanged(_state), Self);
        _publishDue = false;
    }

    private void LogChanges(MembershipState before)
    {
        foreach (Member member in _state.Members)
            if (before.Gossip.MemberOf(member.UniqueAddress)?.Status != member.Status) _cluster.Log.Info("{0} is {1}", member.UniqueAddress, member.Status);
        foreach (Member member in before.Members)
            if (!_state.Gossip.HasMember(member.UniqueAddress)) _cluster.Log.Info("{0} is Removed; it was {1}", member.UniqueAddress, member.Status);
        if (before.Leader is null || !before.Leader.Equals(_state.Leader)) _cluster.Log.Info("The leader is {0}", _state.Leader);
    }

    private void Join(ClusterWire.Join join, IActorRef sender)
    {
        Address address = join.Node.Address;
        if (address.Protocol != _self.Address.Protocol || address.System != _self.Address.System)
        {
            _cluster.Log.Warning("[{0}] wants to join, but systems of one cluster have one protocol and name: [{1}]", address, _self.Address);
            return;
        }

        if (IncompatibleWith(join.Settings, address) is { } reason)
        {
            sender.Tell(new ClusterWire.JoinRefused(_self.Address, reason), Self);
            return;
        }

        (JoinOutcome outcome, Gossip next) = MembershipChange.Join(_state, join.Node, join.Roles, join.AppVersion);
        switch (outcome)
        {
            case JoinOutcome.Added:
                Change(next);
                sender.Tell(new ClusterWire.Welcome(_self, _state.Gossip), Self);
                break;
            case JoinOutcome.Known:
                sender.Tell(new ClusterWire.Welcome(_self, _state.Gossip), Self);
                break;
            case JoinOutcome.Refused:
                sender.Tell(new ClusterWire.JoinRefused(_self.Address, $"[{join.Node}] was removed from the cluster before and must restart, or [{_self.Address}] itself is leaving"), Self);
                break;
            default:
                Replace(join, sender, next);
                break;
        }
    }

    private void Replace(ClusterWire.Join join, IActorRef sender, Gossip next)
    {
        Member earlier = _state.Members.First(m => m.Address.Equals(join.Node.Address));
        if (!_replacing.ContainsKey(join.Node.Address)) _cluster.Log.Info("{0} restarted as {1}: the earlier incarnation is removed first", earlier, join.Node);
        _replacing[join.Node.Address] = (join, sender);
        _ended.Add(earlier.UniqueAddress);
        Change(next);
    }

    private void AdmitReplacements()
    {
        foreach ((Address address, (ClusterWire.Join join, IActorRef sender)) in _replacing.ToArray())
        {
            if (_state.Members.Any(m => m.Address.Equals(address) && !m.UniqueAddress.Equals(join.Node)) || !_replacing.Remove(address)) continue;
            Join(join, sender);
        }
    }

    private void Leave(Address address)
    {
        if (MembershipChange.Leave(_state, address) is not { } next) return;
        if (_settings.LogInfo) _cluster.Log.Info("[{0}] is marked as leaving", address);
        Change(next);
    }

    private void Down(Address address)
    {
        if (MembershipChange.Down(_state, m => m.Address.Equals(address)) is { } next)
        {
            _cluster.Log.Info("[{0}] is marked as down", address);
            Change(next);
        }
        else if (!_state.Members.Any(m => m.Address.Equals(address)))
        {
            _cluster.Log.Info("Down of [{0}] is ignored: it is no member", address);
        }
    }

    /// <summary>A member that ignores this node has removed it as lost: going on would be a second cluster.</summary>
    private void Quarantined(Address by)
    {
        if (_exiting || !_state.Members.Any(m => m.Address.Equals(by) && m.Status is MemberStatus.Up or MemberStatus.Leaving or MemberStatus.WeaklyUp)) return;
        _cluster.Log.Warning("[{0}] has quarantined this node: it was removed from the cluster and downs itself", by);
        Down(_self.Address);
    }

    private void Reap() => Change(MembershipChange.Observe(_state, Judge));

    private ReachabilityStatus Judge(Member member)
    {
        if (_ended.Contains(member.UniqueAddress)) return ReachabilityStatus.Terminated;
        return _cluster.FailureDetector.IsAvailable(member.Address) ? ReachabilityStatus.Reachable : ReachabilityStatus.Unreachable;
    }

    /// <summary>Remoting knows that a process has ended; that is said to all at once.</summary>
    private void Ended(PeerProcessEnded ended)
    {
        var node = new UniqueAddress(ended.Address, ended.Uid);
        if (!_settings.ConnectionRefusedIsUnreachable || !IsInCluster || !_state.Gossip.HasMember(node) || !_ended.Add(node)) return;
        if (_settings.LogInfo) _cluster.Log.Info("The process of {0} has ended: {1}", node, ended.Reason);
        Reap();
    }

    /// <summary>It answers under the same uid after all: whoever refused its connections was not itself.</summary>
    private void Answered(PeerAnswered answered)
    {
        if (_ended.Remove(new UniqueAddress(answered.Address, answered.Uid))) Reap();
    }

    private void LeadNowAndThen()
    {
        Lead();
        Change(PrunedTombstones());
        if (!_state.IsLeader || _state.HasConvergence(_exitingConfirmed))
        {
            _disagreementSince = null;
            _leadLogged = false;
            return;
        }

        _disagreementSince ??= Now;
        TimeSpan disagreement = Now - _disagreementSince.Value;
        if (!_leadLogged && disagreement > _settings.LeaderActionsInterval * 5)
        {
            _leadLogged = true;
            _cluster.Log.Info("The leader can not act until all agree. Unreachable: [{0}]; not seen by [{1}]", _state.Reachability,
                string.Join(", ", _state.Members.Where(m => !_state.Gossip.IsSeenBy(m.UniqueAddress)).Select(static m => $"{m.Address}: {m.Status}")));
        }

        if (_settings.AllowWeaklyUpMembers && disagreement >= _settings.WeaklyUpAfter) Change(MembershipChange.LeadWithoutConvergence(_state, _settings));
    }

    private void Lead()
    {
        if (!_state.IsLeader || !_state.HasConvergence(_exitingConfirmed)) return;
        Change(MembershipChange.Lead(_state, _settings, _exitingConfirmed, NowMs()));
    }

    private Gossip PrunedTombstones()
    {
        Gossip pruned = _state.Gossip.PruneTombstones(NowMs() - (long)_settings.PruneGossipTombstonesAfter.TotalMilliseconds);
        return ReferenceEquals(pruned, _state.Gossip) ? null : pruned;
    }

    private long NowMs() => Context.System.Scheduler.Now.ToUnixTimeMilliseconds();

    /// <summary>All know that this node leaves: what it has to hand over, it hands over in the phases of the coordinated shutdown.</summary>
    private void BeginExiting()
    {
        if (_exiting) return;
        _exiting = true;
        if (_settings.LogInfo) _cluster.Log.Info("This node is exiting: it runs CoordinatedShutdown");
        _cluster.ReportExiting();
        CoordinatedShutdown.Get(Context.System).Run(CoordinatedShutdown.ClusterLeavingReason.Instance);
    }

    private void ExitingCompleted()
    {
        Sender.Tell(Done.Instance, Self);
        if (_state.SelfMember.Status != MemberStatus.Exiting) return;

        // The leader and whoever leads after it, so that the removal does not wait until this node is found unreachable.
        var confirmed = new ClusterWire.ExitingConfirmed(_self);
        foreach (Member member in _state.Members.Where(m => _state.MayGossipTo(m.UniqueAddress)).Order(Member.LeaderStatusOrdering).Take(3))
            CoreOf(member.Address).Tell(confirmed, Self);
        TellNow();
        _cluster.Shutdown();
    }
}
