#nullable disable
using Akka.Actor;
using Akka.Event;

namespace Akka.Cluster;

/// <summary>How members learn of each other's news: at once from who made them, and at intervals from anybody, which repairs what was lost.</summary>
internal sealed partial class ClusterCore
{
    /// <summary>Nodes that have shown that they lack something this node knows.</summary>
    private readonly HashSet<UniqueAddress> _behind = [];

    private News _news;
    private bool _tellDue;

    /// <summary>Whether more have seen the state than subscribers know.</summary>
    private bool _publishDue;

    private void ReceiveGossip(ClusterWire.GossipEnvelope envelope)
    {
        _metrics.GossipReceived();
        if (!IsWelcome(envelope.From) || !envelope.To.Equals(_self) || !envelope.Gossip.HasMember(_self)) return;
        if (Environment.TickCount64 - envelope.AtMs > _settings.GossipTimeToLive.TotalMilliseconds) return;
        var seenByThis = envelope.Gossip.IsSeenBy(_self);
        (Gossip next, GossipRelation relation) = MembershipChange.Receive(_state, envelope.Gossip);
        if (_settings.VerboseGossipReceivedLogging) _cluster.Log.Debug("Gossip of {0}: {1}", envelope.From, relation);
        switch (relation)
        {
            case GossipRelation.Newer:
                Take(next, News.Learnt);
                break;
            case GossipRelation.Merged:
                // The leader is who tells all what came together.
                Take(next, _state.IsLeader ? News.Own : News.Learnt);
                break;
            case GossipRelation.Same:
                if (next.Seen.Count > _state.Gossip.Seen.Count) TakeSeen(next);
                if (!seenByThis) TellSoon(envelope.From);
                break;
            default:
                TellSoon(envelope.From);
                break;
        }
    }

    /// <summary>Takes a gossip that more have seen, and nothing else is new.</summary>
    private void TakeSeen(Gossip next)
    {
        _state = _state.Next(next);
        _cluster.SetMembership(_state);
        _publishDue = true;
        TellSoon(null);
        Lead();
    }

    private void ReceiveStatus(ClusterWire.GossipStatus status)
    {
        _metrics.GossipReceived();
        if (!IsWelcome(status.From)) return;
        switch (_state.Gossip.Version.CompareTo(status.Version))
        {
            case VectorClock.Ordering.Same when status.SeenDigest == SeenDigest():
                break;
            case VectorClock.Ordering.Before:
                SendStatus(status.From);
                break;
            default:
                GossipTo(status.From);
                break;
        }
    }

    private bool IsWelcome(UniqueAddress from) => _state.Gossip.HasMember(from) && _state.Gossip.Reachability.IsReachable(_self, from);

    /// <summary>Tells news when the messages that are here already have been looked at: what changes together is told together.</summary>
    private void TellSoon(UniqueAddress behind)
    {
        if (behind is not null) _behind.Add(behind);
        if (_tellDue) return;
        _tellDue = true;
        Self.Tell(Tick.Tell, Self);
    }

    private void TellNow()
    {
        _tellDue = false;
        if (_publishDue) Publish(_state);
        foreach (UniqueAddress node in EagerGossip.Recipients(_state, _news, _behind, _settings, Random.Shared)) GossipTo(node);
        _news = News.None;
        _behind.Clear();
    }

    private void GossipNow()
    {
        GossipToOne();
        if (!IsSeenByFew()) return;
        TimeSpan third = _settings.GossipInterval / 3;
        Context.System.Scheduler.ScheduleTellOnce(third, Self, Tick.GossipAgain, Self);
        Context.System.Scheduler.ScheduleTellOnce(third * 2, Self, Tick.GossipAgain, Self);
    }

    private void GossipToOne()
    {
        UniqueAddress[] all = [.. _state.Members.Select(static m => m.UniqueAddress).Where(_state.MayGossipTo)];
        if (all.Length == 0) return;
        UniqueAddress[] different = Random.Shared.NextDouble() < DifferentViewProbability() ? [.. all.Where(node => !_state.Gossip.IsSeenBy(node))] : all;
        UniqueAddress[] from = different.Length > 0 ? different : all;
        UniqueAddress target = from[Random.Shared.Next(from.Length)];
        if (_state.Gossip.IsSeenBy(target)) SendStatus(target);
        else GossipTo(target);
    }

    /// <summary>In a large cluster most have seen the newest version only after a while, and would all send it to the same few.</summary>
    private double DifferentViewProbability()
    {
        double size = _state.Members.Count, from = _settings.ReduceGossipDifferentViewProbability, full = _settings.GossipDifferentViewProbability;
        if (size <= from) return full;
        var least = full / 10;
        return size >= from * 3 ? least : full - ((full - least) * (size - from) / (from * 2));
    }

    private bool IsSeenByFew() => _state.Gossip.Seen.Count < _state.Members.Count / 2;

    private void GossipTo(UniqueAddress node)
    {
        if (!_state.MayGossipTo(node)) return;
        _metrics.GossipSent();
        CoreOf(node.Address).Tell(new ClusterWire.GossipEnvelope(_self, node, _state.Gossip), Self);
    }

    private void SendStatus(UniqueAddress node)
    {
        _metrics.GossipSent();
        CoreOf(node.Address).Tell(new ClusterWire.GossipStatus(_self, _state.Gossip.Version, SeenDigest()), Self);
    }

    /// <summary>The same on each node for the same set.</summary>
    private int SeenDigest() => _state.Gossip.Seen.Aggregate(_state.Gossip.Seen.Count, static (digest, node) => digest ^ HeartbeatRing.StableHash(node));
}
