#nullable disable
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;

namespace Akka.Cluster.Tools.Singleton;

/// <summary>
/// Forwards messages to the instance of a singleton, wherever it runs. While the instance is not known, messages wait in a bounded buffer; after a change of
/// the oldest member it is looked for at once, and then again with pauses that double from ten milliseconds up to the identification interval.
/// </summary>
public sealed class ClusterSingletonProxy : ReceiveActor
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(10);

    private readonly ClusterSingletonProxySettings _settings;
    private readonly string[] _singletonPath;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Cluster _cluster = Cluster.Get(Context.System);
    private readonly IActorRefProvider _provider = ((ExtendedActorSystem)Context.System).Provider;
    private readonly TimerSource _timers = new(Context.System.Scheduler, Context.Self);
    private readonly Queue<(object Message, IActorRef Sender)> _buffer = new();
    private RoleMembers _members;
    private Member _oldest;
    private IActorRef _singleton;
    private TimeSpan _pause = FirstPause;
    private long _round;
    private bool _dropping;

    /// <param name="singletonManagerPath">Path of the managers, for example /user/consumer.</param>
    /// <param name="settings">Names, role and buffer.</param>
    public ClusterSingletonProxy(string singletonManagerPath, ClusterSingletonProxySettings settings)
    {
        _settings = settings;
        _singletonPath = [.. singletonManagerPath.Split('/', StringSplitOptions.RemoveEmptyEntries), settings.SingletonName];
        _members = RoleMembers.None(settings.Role, settings.ConsiderAppVersion);
        Receive<ClusterEvent.CurrentClusterState>(state => See(_members.With(state)));
        Receive<ClusterEvent.IMemberEvent>(OnMember);
        Receive<ActorIdentity>(OnIdentity);
        Receive<TryToIdentify>(message =>
        {
            if (message.Round == _round && _singleton is null) Identify();
        });
        Receive<Terminated>(terminated =>
        {
            if (!terminated.ActorRef.Equals(_singleton)) return;
            _log.Debug("Singleton [{0}] has stopped", terminated.ActorRef.Path);
            Search();
        });
        ReceiveAny(Forward);
    }

    /// <summary>Every key that is read, with its default.</summary>
    public static Config DefaultConfig() => ClusterSingletonManager.DefaultConfig();

    /// <summary>Props of a proxy.</summary>
    public static Props Props(string singletonManagerPath, ClusterSingletonProxySettings settings) =>
        Actor.Props.Create(() => new ClusterSingletonProxy(singletonManagerPath, settings)).WithDeploy(Deploy.Local);

    protected override void PreStart() =>
        _cluster.Subscribe(Self, ClusterEvent.InitialStateAsSnapshot, typeof(ClusterEvent.IMemberEvent));

    protected override void PostStop()
    {
        _cluster.Unsubscribe(Self);
        _timers.Cancel();
        while (_buffer.TryDequeue(out (object Message, IActorRef Sender) waiting))
        {
            SingletonMetrics.Buffered(-1);
            Context.System.DeadLetters.Tell(new DeadLetter(waiting.Message, waiting.Sender, Self), waiting.Sender);
        }
    }

    private void OnMember(ClusterEvent.IMemberEvent change)
    {
        if (change is ClusterEvent.MemberRemoved && change.Member.UniqueAddress.Equals(_cluster.SelfUniqueAddress)) Context.Stop(Self);
        else See(_members.With(change));
    }

    /// <summary>Takes the members over; a change of them is a reason to look for the instance at once.</summary>
    private void See(RoleMembers members)
    {
        _members = members;
        Member oldest = members.Oldest;
        if (Equals(oldest?.UniqueAddress, _oldest?.UniqueAddress))
        {
            if (_singleton is null) Search();
            return;
        }

        _oldest = oldest;
        Search();
    }

    private void Search()
    {
        if (_singleton is not null) Context.Unwatch(_singleton);
        _singleton = null;
        _pause = FirstPause;
        _round++;
        _timers.Cancel();
        Identify();
    }

    private void Identify()
    {
        if (_oldest is null) return;
        ActorPath path = new RootActorPath(_oldest.Address) / _singletonPath;
        _provider.ResolveActorRef(path).Tell(new Identify(_round), Self);
        _timers.Start(_pause, new TryToIdentify(_round));
        _pause = TimeSpan.FromTicks(Math.Min(_pause.Ticks * 2, _settings.SingletonIdentificationInterval.Ticks));
    }

    private void OnIdentity(ActorIdentity identity)
    {
        if (identity.Subject is not { } subject || !identity.MessageId.Equals(_round) || _singleton is not null) return;
        _log.Debug("Singleton identified at [{0}]", subject.Path);
        _singleton = Context.Watch(subject);
        _timers.Cancel();
        _dropping = false;
        while (_buffer.TryDequeue(out (object Message, IActorRef Sender) waiting))
        {
            SingletonMetrics.Buffered(-1);
            // The asker has given up already; its request would only be done for nobody.
            if (!IsOverdueAsk(waiting.Sender)) subject.Tell(waiting.Message, waiting.Sender);
        }
    }

    private void Forward(object message)
    {
        if (_singleton is not null)
        {
            _singleton.Forward(message);
            return;
        }

        if (_settings.BufferSize == 0)
        {
            Drop(message, Sender);
            return;
        }

        if (_buffer.Count >= _settings.BufferSize)
        {
            (object Message, IActorRef Sender) first = _buffer.Dequeue();
            SingletonMetrics.Buffered(-1);
            Drop(first.Message, first.Sender);
        }

        _buffer.Enqueue((message, Sender));
        SingletonMetrics.Buffered(1);
    }

    private void Drop(object message, IActorRef sender)
    {
        if (!_dropping) _log.Warning("The singleton of [/{0}] is not known and the buffer of {1} messages is full: the oldest messages go to the dead letters.", string.Join('/', _singletonPath), _settings.BufferSize);
        _dropping = true;
        SingletonMetrics.Dropped();
        Context.System.DeadLetters.Tell(new DeadLetter(message, sender, Self), sender);
    }

    private static bool IsOverdueAsk(IActorRef sender) => sender is IInternalActorRef { IsTerminated: true }
        && sender.GetType() is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(FutureActorRef<>);

    /// <summary>Time to look again.</summary>
    private sealed record TryToIdentify(long Round) : INoSerializationVerificationNeeded, IDeadLetterSuppression;

    /// <summary>One timer at a time.</summary>
    private sealed class TimerSource(IScheduler scheduler, IActorRef self)
    {
        private ICancelable _running;

        public void Start(TimeSpan delay, object message)
        {
            Cancel();
            _running = scheduler.ScheduleTellOnceCancelable(delay, self, message, self);
        }

        public void Cancel()
        {
            _running?.Cancel();
            _running = null;
        }
    }
}
