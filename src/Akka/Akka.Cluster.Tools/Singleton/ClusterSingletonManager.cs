#nullable disable
using Akka.Actor;
using Akka.Cluster.Tools.Singleton.Serialization;
using Akka.Configuration;
using Akka.Event;
using AkkaExtensions.Membership;

namespace Akka.Cluster.Tools.Singleton;

/// <summary>
/// Runs one actor in the whole cluster, or among the members with a role: on the oldest of them. A manager is started at the same path on each of these
/// members. <see cref="SingletonCore"/> decides; this actor tells it what happens and does what it says. It supervises the instance with the default strategy.
/// </summary>
public sealed class ClusterSingletonManager : FSM<ClusterSingletonState, IClusterSingletonData>
{
    private const string RetryTimer = "hand-over-retry";

    private readonly Props _singletonProps;
    private readonly object _terminationMessage;
    private readonly ClusterSingletonManagerSettings _settings;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Cluster _cluster = Cluster.Get(Context.System);
    private readonly IActorRefProvider _provider = ((ExtendedActorSystem)Context.System).Provider;
    private readonly TaskCompletionSource<Done> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SingletonMembership _membership;
    private readonly TimeSpan _removalMargin;
    private readonly string _metricsName = Context.Self.Path.ToString();
    private IActorRef _instance;

    /// <param name="singletonProps">How the instance is made.</param>
    /// <param name="terminationMessage">Asks the instance to stop at a hand-over; it must stop on it.</param>
    /// <param name="settings">Names, role and intervals.</param>
    /// <exception cref="ArgumentException">This member does not have the role.</exception>
    public ClusterSingletonManager(Props singletonProps, object terminationMessage, ClusterSingletonManagerSettings settings)
    {
        if (!string.IsNullOrEmpty(settings.Role) && !_cluster.SelfRoles.Contains(settings.Role))
            throw new ArgumentException($"This cluster member [{_cluster.SelfAddress}] doesn't have the role [{settings.Role}]");
        _singletonProps = singletonProps;
        _terminationMessage = terminationMessage;
        _settings = settings;
        _removalMargin = settings.RemovalMargin > TimeSpan.Zero ? settings.RemovalMargin : _cluster.DowningProvider.DownRemovalMargin;
        _membership = new SingletonMembership(_cluster.SelfUniqueAddress, RoleMembers.None(settings.Role, settings.ConsiderAppVersion));
        Context.System.Settings.InjectTopLevelFallback(DefaultConfig());
        ClusterSingletonMessageSerializer.Register((ExtendedActorSystem)Context.System);
        var minRetries = Context.System.Settings.Config.GetInt("akka.cluster.singleton.min-number-of-hand-over-retries", 15);
        var maxRetries = Math.Max(minRetries, (int)(_removalMargin / settings.HandOverRetryInterval) + 3);

        StartWith(ClusterSingletonState.Start, SingletonData.Initial(_cluster.SelfUniqueAddress, new SingletonLimits(maxRetries, settings.ConsiderAppVersion)));
        foreach (ClusterSingletonState state in Enum.GetValues<ClusterSingletonState>()) When(state, static _ => null);
        WhenUnhandled(Handle);
        OnTransition((from, to) =>
        {
            _log.Info("ClusterSingletonManager state change [{0} -> {1}]", from, to);
            SingletonMetrics.State(_metricsName, to);
            if (from == ClusterSingletonState.HandingOver) SingletonMetrics.HandedOver(_metricsName);
        });
        Initialize();
    }

    private SingletonData Data => (SingletonData)StateData;

    /// <summary>Every key that is read, with its default.</summary>
    public static Config DefaultConfig() => ConfigurationFactory.FromResource<ClusterSingletonManager>("Akka.Cluster.Tools.Configuration.singleton.conf");

    /// <summary>Props of a manager whose instance is asked to stop by PoisonPill.</summary>
    public static Props Props(Props singletonProps, ClusterSingletonManagerSettings settings) => Props(singletonProps, PoisonPill.Instance, settings);

    /// <summary>Props of a manager.</summary>
    public static Props Props(Props singletonProps, object terminationMessage, ClusterSingletonManagerSettings settings) =>
        Actor.Props.Create(() => new ClusterSingletonManager(singletonProps, terminationMessage, settings)).WithDeploy(Deploy.Local);

    protected override void PreStart()
    {
        if (_cluster.IsTerminated) throw new ActorInitializationException("Cluster node must not be terminated");
        SingletonMetrics.State(_metricsName, StateName);
        _cluster.Subscribe(Self, ClusterEvent.InitialStateAsSnapshot, typeof(ClusterEvent.IMemberEvent), typeof(ClusterEvent.ClusterShuttingDown));
        IActorRef self = Self;
        Task<Done> exited = _exited.Task;
        CoordinatedShutdown.Get(Context.System).AddTask(CoordinatedShutdown.PhaseClusterExiting, $"wait-singleton-exiting-{Self.Path.Name}", () =>
        {
            self.Tell(new SingletonEvent.SelfExiting());
            return exited;
        });
    }

    protected override void PostStop()
    {
        _cluster.Unsubscribe(Self);
        _exited.TrySetResult(Done.Instance);
        SingletonMetrics.Gone(_metricsName);
        base.PostStop();
    }

    private State<ClusterSingletonState, IClusterSingletonData> Handle(Event<IClusterSingletonData> fsmEvent)
    {
        switch (fsmEvent.FsmEvent)
        {
            case ClusterEvent.CurrentClusterState state:
                _membership.Apply(state);
                return Decide(new SingletonEvent.ViewChanged(_membership.View()));
            case ClusterEvent.ClusterShuttingDown:
                return Decide(new SingletonEvent.SelfDown());
            case ClusterEvent.IMemberEvent change:
                return OnMember(change);
            case MarginPassed passed:
                _membership.Forget(passed.Member);
                return Decide(new SingletonEvent.ViewChanged(_membership.View()));
            case SingletonMessage message:
                return Decide(new SingletonEvent.Received(message));
            case SingletonEvent known:
                return Decide(known);
            case Terminated terminated when terminated.ActorRef.Equals(_instance):
                _instance = null;
                if (StateName == ClusterSingletonState.Oldest) _log.Warning("The singleton [{0}] has stopped. It starts again with the next hand-over only.", terminated.ActorRef.Path);
                return Decide(new SingletonEvent.InstanceTerminated());
            default:
                return null;
        }
    }

    private State<ClusterSingletonState, IClusterSingletonData> OnMember(ClusterEvent.IMemberEvent change)
    {
        UniqueAddress member = change.Member.UniqueAddress;
        _membership.Apply(change);
        if (member.Equals(_cluster.SelfUniqueAddress) && change is (ClusterEvent.MemberDowned or ClusterEvent.MemberRemoved))
        {
            _log.Info("Self {0}, stopping the ClusterSingletonManager", change is ClusterEvent.MemberDowned ? "downed" : "removed");
            return Decide(new SingletonEvent.SelfDown());
        }

        if (change is ClusterEvent.MemberRemoved { PreviousStatus: MemberStatus.Down } && MarginOf(member) is var margin && margin > TimeSpan.Zero)
        {
            _membership.Linger(member);
            SetTimer($"removal-margin-{member}", new MarginPassed(member), margin);
        }

        return Decide(new SingletonEvent.ViewChanged(_membership.View()));
    }

    private State<ClusterSingletonState, IClusterSingletonData> Decide(SingletonEvent what)
    {
        SingletonStep step = SingletonCore.Step(Data, what);
        var stops = false;
        foreach (SingletonEffect effect in step.Effects) stops |= Perform(effect);
        var waits = step.Data.State is ClusterSingletonState.BecomingOldest or ClusterSingletonState.WasOldest;
        if (waits && !IsTimerActive(RetryTimer)) SetTimer(RetryTimer, new SingletonEvent.RetryDue(), _settings.HandOverRetryInterval, repeat: true);
        else if (!waits) CancelTimer(RetryTimer);
        if (stops) return Stop();
        return step.Data.State == StateName ? Stay().Using(step.Data) : GoTo(step.Data.State).Using(step.Data);
    }

    private bool Perform(SingletonEffect effect)
    {
        switch (effect)
        {
            case SingletonEffect.Send send:
                ManagerAt(send.To.Address).Tell(send.Message, Self);
                break;
            case SingletonEffect.StartInstance:
                _log.Info("Singleton manager starting singleton actor [{0}]", Self.Path / _settings.SingletonName);
                _instance = Context.Watch(Context.ActorOf(_singletonProps, _settings.SingletonName));
                SingletonMetrics.Started(_metricsName);
                break;
            case SingletonEffect.TerminateInstance:
                _instance.Tell(_terminationMessage, Self);
                break;
            case SingletonEffect.StopInstance:
                Context.Stop(_instance);
                break;
            case SingletonEffect.ConfirmExiting:
                _exited.TrySetResult(Done.Instance);
                break;
            case SingletonEffect.Warn warning:
                _log.Warning("{0}", warning.Text);
                break;
            case SingletonEffect.StopSelf:
                return true;
        }

        return false;
    }

    /// <summary>An instance in a process that has ended has ended with it: nothing is left to wait for.</summary>
    private TimeSpan MarginOf(UniqueAddress removed) => RemovalMargins.Get(Context.System).MarginFor(removed, _removalMargin);

    private IActorRef ManagerAt(Address address) => _provider.ResolveActorRef(new RootActorPath(address) / Self.Path.Elements);

    /// <summary>The removal margin of a member has passed.</summary>
    private sealed record MarginPassed(UniqueAddress Member) : INoSerializationVerificationNeeded;
}
