#nullable disable
using Akka.Actor;
using Akka.Dispatch;
using Akka.Event;

namespace Akka.Cluster;

/// <summary>/system/cluster: the parent of the cluster's actors. If one of them fails, this node's part in the cluster ends: going on with half a state would be worse.</summary>
internal sealed class ClusterDaemon : UntypedActor, IRequiresMessageQueue<IUnboundedMessageQueueSemantics>
{
    private readonly Cluster _cluster;
    private IActorRef _publisher;
    private IActorRef _core;

    public ClusterDaemon(Cluster cluster) => _cluster = cluster;

    public static Props Props(Cluster cluster) =>
        Akka.Actor.Props.Create(() => new ClusterDaemon(cluster)).WithDispatcher(cluster.Settings.UseDispatcher).WithDeploy(Deploy.Local);

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(failure =>
    {
        _cluster.Log.Error(failure, "An actor of the cluster failed; this node leaves the cluster without a word: {0}", failure.Message);
        _cluster.Shutdown();
        return Directive.Stop;
    });

    protected override void PreStart()
    {
        _publisher = Start(ClusterEventPublisher.Props(_cluster), "publisher");
        _core = Start(ClusterCore.Props(_cluster, _publisher), "core");
        Start(ClusterHeartbeatReceiver.Props(_cluster), "heartbeat-receiver");
        Start(ClusterHeartbeatSender.Props(_cluster), "heartbeat-sender");
        if (_cluster.DowningProvider.DowningActorProps is { } downing) Start(downing, "downing");
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Subscription or EndSubscription or SendCurrentState:
                _publisher.Forward(message);
                break;
            case AddStatusListener listener:
                Context.ActorOf(MemberStatusListener.Props(_cluster, listener));
                break;
            default:
                _core.Forward(message);
                break;
        }
    }

    protected override void PostStop() => _cluster.Stopped();

    private IActorRef Start(Props props, string name) => Context.ActorOf(props.WithDispatcher(_cluster.Settings.UseDispatcher), name);
}

/// <summary>Runs code once, when this node gets a status.</summary>
internal sealed class MemberStatusListener : UntypedActor
{
    private readonly Cluster _cluster;
    private readonly AddStatusListener _listener;
    private bool _done;

    public MemberStatusListener(Cluster cluster, AddStatusListener listener)
    {
        _cluster = cluster;
        _listener = listener;
    }

    public static Props Props(Cluster cluster, AddStatusListener listener) => Akka.Actor.Props.Create(() => new MemberStatusListener(cluster, listener));

    protected override void PreStart() => _cluster.Subscribe(
        Self, ClusterEvent.InitialStateAsEvents, _listener.Status == MemberStatus.Up ? typeof(ClusterEvent.MemberUp) : typeof(ClusterEvent.MemberRemoved));

    protected override void OnReceive(object message)
    {
        if (message is ClusterEvent.IMemberEvent changed && changed.Member.UniqueAddress.Equals(_cluster.SelfUniqueAddress)) Done();
    }

    protected override void PostStop()
    {
        // The end of the cluster's actors is this node's removal.
        if (_listener.Status == MemberStatus.Removed) Done();
        _cluster.Unsubscribe(Self);
    }

    private void Done()
    {
        if (_done) return;
        _done = true;
        try
        {
            _listener.Callback();
        }
        catch (Exception e)
        {
            _cluster.Log.Error(e, "Callback for {0} of this node failed: {1}", _listener.Status, e.Message);
        }

        Context.Stop(Self);
    }
}
