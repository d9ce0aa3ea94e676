#nullable disable
using Akka.Actor;
using Akka.Dispatch;

namespace Akka.Cluster;

/// <summary>Tells subscribers what changes.</summary>
internal sealed class ClusterEventPublisher : UntypedActor, IRequiresMessageQueue<IUnboundedMessageQueueSemantics>
{
    private readonly Cluster _cluster;
    private readonly Dictionary<IActorRef, HashSet<Type>> _subscribers = [];

    public ClusterEventPublisher(Cluster cluster) => _cluster = cluster;

    public static Props Props(Cluster cluster) => Akka.Actor.Props.Create(() => new ClusterEventPublisher(cluster));

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case StateChanged changed:
                Publish(changed.State.ToState());
                break;
            case Subscription subscription:
                Subscribe(subscription);
                break;
            case EndSubscription end:
                Unsubscribe(end.Subscriber, end.To);
                break;
            case SendCurrentState send:
                send.Receiver.Tell(_cluster.State, Self);
                break;
            case Terminated terminated:
                _subscribers.Remove(terminated.ActorRef);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    protected override void PostStop()
    {
        Publish(ClusterEvent.ClusterShuttingDown.Instance);
        ClusterEvent.CurrentClusterState last = _cluster.State;
        _cluster.SetState(new ClusterEvent.CurrentClusterState());
        foreach (Member member in last.Members) Publish(new ClusterEvent.MemberRemoved(member.Copy(MemberStatus.Removed), member.Status));
    }

    private void Subscribe(Subscription subscription)
    {
        if (!_subscribers.TryGetValue(subscription.Subscriber, out HashSet<Type> types))
        {
            _subscribers[subscription.Subscriber] = types = [];
            Context.Watch(subscription.Subscriber);
        }

        types.UnionWith(subscription.To);
        if (subscription.Mode == ClusterEvent.SubscriptionInitialStateMode.InitialStateAsSnapshot)
        {
            subscription.Subscriber.Tell(_cluster.State, Self);
            return;
        }

        foreach (ClusterEvent.IClusterDomainEvent happened in ClusterEventDiff.Between(new ClusterEvent.CurrentClusterState(), _cluster.State))
            if (subscription.To.Any(type => type.IsInstanceOfType(happened))) subscription.Subscriber.Tell(happened, Self);
    }

    private void Unsubscribe(IActorRef subscriber, Type type)
    {
        if (!_subscribers.TryGetValue(subscriber, out HashSet<Type> types)) return;
        if (type is not null) types.Remove(type);
        if (type is not null && types.Count > 0) return;
        _subscribers.Remove(subscriber);
        Context.Unwatch(subscriber);
    }

    /// <summary>The state can be seen before its events come, never after.</summary>
    private void Publish(ClusterEvent.CurrentClusterState state)
    {
        ClusterEvent.CurrentClusterState before = _cluster.State;
        _cluster.SetState(state);
        if (_subscribers.Count == 0) return;
        foreach (ClusterEvent.IClusterDomainEvent happened in ClusterEventDiff.Between(before, state)) Publish(happened);
    }

    private void Publish(ClusterEvent.IClusterDomainEvent happened)
    {
        foreach ((IActorRef subscriber, HashSet<Type> types) in _subscribers)
            if (types.Any(type => type.IsInstanceOfType(happened))) subscriber.Tell(happened, Self);
    }
}
