#nullable disable
using System.Diagnostics.Metrics;
using Akka.Actor;

namespace Akka.Cluster;

/// <summary>The meter "Akka.Cluster": who the members are, whether all agree, and what is sent for it. Each measurement names its node.</summary>
internal sealed class ClusterMetrics : IDisposable
{
    private readonly Meter _meter = new("Akka.Cluster");
    private readonly KeyValuePair<string, object> _node;
    private readonly Counter<long> _gossipReceived;
    private readonly Counter<long> _gossipSent;
    private readonly Counter<long> _heartbeats;
    private volatile MembershipState _state;
    private volatile bool _agrees;
    private long _disagreesSince = System.Diagnostics.Stopwatch.GetTimestamp();

    public ClusterMetrics(Address self)
    {
        _node = new("node", self.ToString());
        _meter.CreateObservableGauge("akka.cluster.members", Members, "{member}", "Members by status");
        _meter.CreateObservableGauge("akka.cluster.members.unreachable", () => Of(_state?.Unreachable.Count ?? 0), "{member}", "Members that some member cannot reach");
        _meter.CreateObservableGauge("akka.cluster.convergence", () => Of(_agrees ? 1 : 0), "{boolean}", "Whether all members have seen the newest state, as this node knows");
        _meter.CreateObservableGauge("akka.cluster.convergence.missing", Disagreement, "s", "Since when they have not; 0 while they have");
        _gossipReceived = _meter.CreateCounter<long>("akka.cluster.gossip.received", "{message}", "Gossip messages received");
        _gossipSent = _meter.CreateCounter<long>("akka.cluster.gossip.sent", "{message}", "Gossip messages sent");
        _heartbeats = _meter.CreateCounter<long>("akka.cluster.heartbeats.sent", "{message}", "Heartbeats sent");
    }

    public void GossipReceived() => _gossipReceived.Add(1, _node);

    public void GossipSent() => _gossipSent.Add(1, _node);

    public void HeartbeatSent() => _heartbeats.Add(1, _node);

    public void Publish(MembershipState state, bool agrees)
    {
        _state = state;
        if (_agrees && !agrees) Volatile.Write(ref _disagreesSince, System.Diagnostics.Stopwatch.GetTimestamp());
        _agrees = agrees;
    }

    public void Dispose() => _meter.Dispose();

    private Measurement<double> Disagreement() =>
        new(_agrees ? 0 : System.Diagnostics.Stopwatch.GetElapsedTime(Volatile.Read(ref _disagreesSince)).TotalSeconds, _node);

    private Measurement<int> Of(int value) => new(value, _node);

    private IEnumerable<Measurement<int>> Members()
    {
        if (_state is not { } state) yield break;
        foreach (MemberStatus status in Enum.GetValues<MemberStatus>())
        {
            if (status != MemberStatus.Removed)
                yield return new Measurement<int>(state.Members.Count(m => m.Status == status), _node, new KeyValuePair<string, object>("status", status.ToString()));
        }
    }
}
