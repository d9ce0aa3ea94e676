using ActorBroker.Actors.Controller;
using ActorBroker.Actors.Runtime;
using ActorBroker.Coordination.Groups;
using ActorBroker.Metadata;
using ActorBroker.Model;
using Akka.Actor;

namespace ActorBroker.Actors.Groups;

/// <summary>
/// Follows the cluster image: starts a coordinator for each partition of the offsets topic that this node leads, lets it resign when the
/// partition moves, tells all of them of deleted topics, and sweeps expired offsets.
/// Supervision: a coordinator that fails is restarted and loads its partition again.
/// </summary>
public sealed class GroupManagerActor : UntypedActor, IWithTimers
{
    private readonly GroupCoordinators _coordinators;
    private readonly Dictionary<int, IActorRef> _started = [];
    private readonly Dictionary<int, LeaderEpoch> _led = [];
    private ClusterImage _image = ClusterImage.Empty;

    public GroupManagerActor(GroupCoordinators coordinators) => _coordinators = coordinators;

    private sealed record Sweep
    {
        public static Sweep Instance { get; } = new();
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Create(GroupCoordinators coordinators) => ActorProps.Of(() => new GroupManagerActor(coordinators));

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Restart);

    protected override void PreStart()
    {
        Context.System.EventStream.Subscribe(Self, typeof(MetadataChanged));
        Timers.StartPeriodicTimer(nameof(Sweep), Sweep.Instance, TimeSpan.FromMilliseconds(_coordinators.Options.OffsetsRetentionCheckIntervalMs));
        Follow(_coordinators.Cluster.Image);
    }

    protected override void PostStop()
    {
        Context.System.EventStream.Unsubscribe(Self);
        foreach (var partition in _started.Keys)
        {
            _coordinators.Unregister(partition);
        }
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case MetadataChanged changed:
                OnChanged(changed);
                break;
            case Sweep:
                TellAll(new GroupEvent.ExpireOffsets());
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void OnChanged(MetadataChanged changed)
    {
        HashSet<string>? deleted = null;
        foreach (var change in changed.Events)
        {
            if (change is TopicDeleted topic && _image.FindTopic(topic.Id) is { } gone)
            {
                (deleted ??= []).Add(gone.Name);
            }
        }

        Follow(changed.Image);
        if (deleted is not null)
        {
            TellAll(new GroupEvent.TopicsDeleted(deleted));
        }
    }

    private void Follow(ClusterImage image)
    {
        var before = _image.FindTopic(TopicName.ConsumerOffsets);
        var after = image.FindTopic(TopicName.ConsumerOffsets);
        _image = image;
        if (ReferenceEquals(before, after))
        {
            return;
        }

        if (before is not null && before.Id != after?.Id)
        {
            // The topic was deleted, and perhaps made again: its groups are gone with it.
            ResignFrom([.. _led.Keys]);
        }

        var leads = after?.Partitions.Where(partition => partition.Leader == _coordinators.Self)
            .ToDictionary(partition => partition.Index, partition => partition.LeaderEpoch) ?? [];
        ResignFrom([.. _led.Keys.Where(partition => !leads.ContainsKey(partition))]);
        foreach (var (partition, epoch) in leads)
        {
            if (!_led.TryGetValue(partition, out var known) || known != epoch)
            {
                _led[partition] = epoch;
                Lead(partition, epoch);
            }
        }
    }

    private void ResignFrom(List<int> partitions)
    {
        foreach (var partition in partitions)
        {
            _led.Remove(partition);
            _started[partition].Tell(new GroupCoordinatorActor.Resign(), Self);
        }
    }

    private void Lead(int partition, LeaderEpoch epoch)
    {
        if (_started.TryGetValue(partition, out var coordinator))
        {
            coordinator.Tell(new GroupCoordinatorActor.Lead(epoch), Self);
            return;
        }

        coordinator = Context.ActorOf(_coordinators.CoordinatorOf(partition), $"offsets-{partition}");
        coordinator.Tell(new GroupCoordinatorActor.Lead(epoch), Self);
        _started.Add(partition, coordinator);
        _coordinators.Register(partition, coordinator);
    }

    private void TellAll(GroupEvent happened)
    {
        foreach (var partition in _led.Keys)
        {
            _started[partition].Tell(happened, Self);
        }
    }
}
