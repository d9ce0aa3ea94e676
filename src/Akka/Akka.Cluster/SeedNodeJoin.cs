#nullable disable
using System.Collections.Immutable;
using System.Diagnostics;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Dispatch;
using Akka.Event;
using Akka.Remote;

namespace Akka.Cluster;

/// <summary>
/// Asks the seed nodes for a cluster, until one has one. The first seed node forms a cluster when all others say that they have none or nobody listens at
/// their address, or when they have been silent for seed-node-timeout; never while one of them is there and refuses it, or is about to say whether it does.
/// A first attempt to connect is waited for as well, up to three seconds.
/// </summary>
internal sealed class SeedNodeJoin : UntypedActor, IWithTimers, IRequiresMessageQueue<IUnboundedMessageQueueSemantics>
{
    /// <summary>A seed node that is about to have a cluster is asked again after this.</summary>
    private static readonly TimeSpan NackPause = TimeSpan.FromMilliseconds(100);

    /// <summary>A first attempt to connect may take so long, and more than a short seed-node-timeout: a lost SYN is sent again after a second, and then after two.</summary>
    private static readonly TimeSpan FirstAttempt = TimeSpan.FromSeconds(3);

    private readonly long _since = Stopwatch.GetTimestamp();
    private readonly Cluster _cluster;
    private readonly ImmutableArray<Address> _others;
    private readonly bool _isFirst;
    private readonly HashSet<Address> _withoutCluster = [];
    private readonly Dictionary<Address, string> _refusals = [];
    private readonly Dictionary<Address, string> _errors = [];

    /// <summary>Seed nodes that accepted a connection and then said nothing for as long as a handshake may take.</summary>
    private readonly HashSet<Address> _silent = [];
    private int _attempts;

    public SeedNodeJoin(Cluster cluster, ImmutableList<Address> seeds)
    {
        _cluster = cluster;
        _isFirst = seeds[0].Equals(cluster.SelfAddress);
        _others = [.. seeds.Where(seed => !seed.Equals(cluster.SelfAddress)).Distinct()];
    }

    public ITimerScheduler Timers { get; set; }

    public static Props Props(Cluster cluster, ImmutableList<Address> seeds) =>
        Akka.Actor.Props.Create(() => new SeedNodeJoin(cluster, seeds));

    protected override void PreStart()
    {
        Context.System.EventStream.Subscribe(Self, typeof(AssociationErrorEvent));
        Timers.StartPeriodicTimer(nameof(Again), Again.Instance, _cluster.Settings.SeedNodeTimeout);
        Ask();
    }

    protected override void PostStop() => Context.System.EventStream.Unsubscribe(Self);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ClusterWire.InitJoinAck ack:
                JoinBy(ack.Address);
                break;
            case ClusterWire.InitJoinNack nack:
                _errors.Remove(nack.Address);
                HasNoCluster(nack.Address, "it is in no cluster");
                Timers.StartSingleTimer(nack.Address, new AskOne(nack.Address), NackPause);
                break;
            case AskOne one:
                Ask(one.Seed);
                break;
            case ClusterWire.JoinRefused refused:
                Refused(refused);
                break;
            case AssociationErrorEvent { IsInbound: false } error:
                Failed(error);
                break;
            case Again:
                AskAgain();
                break;
            case Form when MayForm:
                JoinBy(_cluster.SelfAddress);
                break;
        }
    }

    private bool MayForm => _isFirst && _refusals.Count == 0 && !_others.Any(MayStillAnswer);

    private Remote.Transport.Remoting Remoting => ((RemoteActorRefProvider)_cluster.System.Provider).Transport as Remote.Transport.Remoting;

    private void Ask()
    {
        foreach (Address seed in _others) Ask(seed);
    }

    private void Ask(Address seed) =>
        _cluster.System.Provider.ResolveActorRef(new RootActorPath(seed) / Context.Parent.Path.Elements).Tell(new ClusterWire.InitJoin(JoinCompatibility.Describe(_cluster)), Self);

    private void AskAgain()
    {
        _attempts++;
        if (MayForm)
        {
            // A refusal that has come already waits in the mailbox before this.
            Self.Tell(Form.Instance, Self);
            return;
        }

        _cluster.Log.Warning("Could not join by the seed nodes after [{0}] attempts, will try again: {1}", _attempts, string.Join("; ", _others.Select(Reason)));
        Ask();
    }

    /// <summary>It has accepted a connection, so it is there, or it may be about to; its answer may be a refusal, which takes its time on a busy machine.</summary>
    private bool MayStillAnswer(Address seed) =>
        Remoting is { } remoting && ((!_silent.Contains(seed) && remoting.IsGreeting(seed)) || (Stopwatch.GetElapsedTime(_since) < FirstAttempt && remoting.IsFirstAttempt(seed)));

    private string Reason(Address seed) =>
        $"[{seed}]: {_refusals.GetValueOrDefault(seed) ?? _errors.GetValueOrDefault(seed) ?? "no answer"}";

    private void HasNoCluster(Address seed, string why)
    {
        _errors[seed] = why;
        _refusals.Remove(seed);
        if (!_others.Contains(seed)) return;
        _withoutCluster.Add(seed);
        if (_isFirst && _refusals.Count == 0 && _withoutCluster.Count == _others.Length) JoinBy(_cluster.SelfAddress);
    }

    private void Refused(ClusterWire.JoinRefused refused)
    {
        _cluster.Log.Error("[{0}] refused to let [{1}] join: {2}", refused.Address, _cluster.SelfAddress, refused.Reason);
        _refusals[refused.Address] = refused.Reason;
        _cluster.FailJoins($"[{refused.Address}] refused to let [{_cluster.SelfAddress}] join: {refused.Reason}");
    }

    /// <summary>Nobody listens, or somebody does and wants other secrets than this node has.</summary>
    private void Failed(AssociationErrorEvent error)
    {
        if (!_others.Contains(error.RemoteAddress)) return;
        if (error.Cause.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionRefused })
        {
            HasNoCluster(error.RemoteAddress, "nobody listens there");
            return;
        }

        // A refusal holds until something else is known of who said it: connections to it are not tried in each interval of this actor.
        _errors[error.RemoteAddress] = error.Cause.Message;
        if (error.Cause.InnerException is TimeoutException) _silent.Add(error.RemoteAddress);
        if (error.Cause.InnerException is SocketException or TimeoutException) _refusals.Remove(error.RemoteAddress);
        else _refusals[error.RemoteAddress] = error.Cause.Message;
    }

    private void JoinBy(Address address) => Context.Parent.Tell(new ClusterUserAction.JoinTo(address), Self);

    private sealed record AskOne(Address Seed);

    private sealed class Form
    {
        public static readonly Form Instance = new();
    }

    private sealed class Again
    {
        public static readonly Again Instance = new();
    }
}
