using ActorBroker.Actors.Controller;
using ActorBroker.Actors.Streams;
using ActorBroker.Metadata;
using ActorBroker.Model;
using ActorBroker.Protocol;
using ActorBroker.Storage;
using Akka;
using Akka.Actor;
using Akka.Event;

namespace ActorBroker.Actors.Partitions;

/// <summary>
/// Starts, configures and stops the replica actors of this node, as the cluster image says. Answers <see cref="WhenServing"/>.
/// Supervision: a replica that fails is not restarted, since its log's directory is offline or its state in doubt; the partition
/// says so to clients until the node is restarted.
/// </summary>
public sealed class ReplicaManagerActor : ReceiveActor, IWithTimers
{
    private readonly ReplicaSettings settings;
    private readonly ClusterState cluster;
    private readonly PartitionDirectory partitions;
    private readonly LogManager logs;
    private readonly Dictionary<TopicIdPartition, Partition> replicas = [];
    private readonly Dictionary<IActorRef, Partition> byActor = [];

    /// <summary>Replicas whose topic is gone and whose files are being removed: one of the same name may start only after that.</summary>
    private readonly Dictionary<IActorRef, TopicPartition> stopping = [];
    private readonly HashSet<TopicPartition> stoppingNames = [];
    private readonly List<(HashSet<Partition> Missing, IActorRef ReplyTo)> waiting = [];
    private readonly List<(WhenServing Request, IActorRef ReplyTo)> early = [];

    /// <summary>The version of the image whose replicas were taken up; null while this process is not registered.</summary>
    private long? begunAt;

    public ReplicaManagerActor(ReplicaSettings settings, ClusterState cluster, PartitionDirectory partitions, LogManager logs)
    {
        this.settings = settings;
        this.cluster = cluster;
        this.partitions = partitions;
        this.logs = logs;
        Receive<MetadataChanged>(OnMetadata);
        Receive<ReplicaActor.Opened>(opened => OnDecided(opened.Partition));
        Receive<ReplicaActor.Failed>(failed => OnDecided(failed.Partition));
        Receive<WhenServing>(request => OnWhenServing(request, Sender));
        Receive<Maintain>(_ => TellAll(ReplicaActor.Maintain.Instance));
        Receive<ReplicaActor.ExpireProducers>(TellAll);
        Receive<Terminated>(terminated => OnTerminated(terminated.ActorRef));
        Receive<DeadLetter>(OnDeadLetter);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>Answered with <see cref="Done"/> when all replicas that this node has of the topics serve, or have failed.</summary>
    public sealed record WhenServing(IReadOnlyCollection<string> Topics);

    private sealed record Maintain
    {
        public static Maintain Instance { get; } = new();
    }

    protected override void PreStart()
    {
        Context.System.EventStream.Subscribe(Self, typeof(MetadataChanged));
        Context.System.EventStream.Subscribe(Self, typeof(DeadLetter));
        MaybeBegin();
        Timers.StartPeriodicTimer(nameof(Maintain), Maintain.Instance, settings.MaintenanceInterval);
        Timers.StartPeriodicTimer(nameof(ReplicaActor.ExpireProducers), ReplicaActor.ExpireProducers.Instance, settings.ProducerExpiryInterval);
    }

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(error =>
    {
        Context.GetLogger().Error(error, "replica {0} failed and is stopped", Sender.Path.Name);
        return Directive.Stop;
    });

    /// <summary>Takes up the replicas of the image that has this process's registration.</summary>
    private void MaybeBegin()
    {
        var image = cluster.Image;
        if (settings.Incarnation is { } incarnation && image.Brokers.GetValueOrDefault(settings.NodeId)?.IncarnationId != incarnation)
        {
            return;
        }

        begunAt = image.Version;
        SetStraysAside(image);
        foreach (var topic in image.Topics.Values)
        {
            foreach (var partition in topic.Partitions)
            {
                StartIfHere(image, topic, partition, isNew: false);
            }
        }
    }

    private void OnMetadata(MetadataChanged changed)
    {
        if (begunAt is null)
        {
            MaybeBegin();
            AnswerEarly();
        }

        if (begunAt is not { } begun || changed.Image.Version <= begun)
        {
            return;
        }

        foreach (var change in changed.Events)
        {
            switch (change)
            {
                case PartitionCreated created when changed.Image.FindTopic(created.Topic) is { } topic:
                    StartIfHere(changed.Image, topic, created.Partition, isNew: true);
                    break;
                case PartitionChanged partition when changed.Image.FindTopic(partition.Topic) is { } topic:
                    OnAssigned(changed.Image, topic, topic.Partitions[partition.Index]);
                    break;
                case BrokerRegistered broker:
                    OnBroker(changed.Image, broker.Broker.Id);
                    break;
                case BrokerChanged broker:
                    OnBroker(changed.Image, broker.Id);
                    break;
                case BrokerUnregistered broker:
                    OnBroker(changed.Image, broker.Id);
                    break;
                case TopicDeleted deleted:
                    StopAll(deleted.Id);
                    break;
                case ConfigChanged { Resource.Type: ConfigResourceType.Topic or ConfigResourceType.Broker } config:
                    Reconfigure(changed.Image, config.Resource);
                    break;
            }
        }

        AnswerEarly();
    }

    /// <summary>Logs that no topic of the image knows are kept under another name, for an operator to look at.</summary>
    private void SetStraysAside(ClusterImage image)
    {
        foreach (var log in logs.Logs.Where(log => log.Partition.Topic != TopicName.ClusterMetadata).ToList())
        {
            var known = image.FindTopic(log.Partition.Topic) is { } topic
                && log.Partition.Partition < topic.Partitions.Count
                && (log.TopicId == topic.Id || log.TopicId == TopicId.Zero);
            if (!known)
            {
                logs.MarkStray(log);
            }
        }
    }

    private void StartIfHere(ClusterImage image, TopicImage topic, PartitionImage assigned, bool isNew)
    {
        var id = new TopicIdPartition(topic.Id, assigned.Index);
        if (!assigned.Replicas.Contains(settings.NodeId) || replicas.ContainsKey(id) || stoppingNames.Contains(new TopicPartition(topic.Name, assigned.Index)))
        {
            return;
        }

        var partition = new Partition(new TopicPartition(topic.Name, assigned.Index), topic.Id, assigned, settings.ConfigOf(image, topic.Name), settings.NodeId) { IsNew = isNew };
        var state = PartitionStates.From(image, assigned);
        var props = Props.Create(() => new ReplicaActor(partition, logs, settings, state));
        partition.Replica = Context.Watch(Context.ActorOf(props, $"{partition.Id}@{topic.Id}"));
        replicas[id] = partition;
        byActor[partition.Replica] = partition;
        partitions.Add(partition);
    }

    private void OnAssigned(ClusterImage image, TopicImage topic, PartitionImage assigned)
    {
        var id = new TopicIdPartition(topic.Id, assigned.Index);
        if (!replicas.TryGetValue(id, out var partition))
        {
            StartIfHere(image, topic, assigned, isNew: true);
        }
        else if (assigned.Replicas.Contains(settings.NodeId))
        {
            partition.Replica.Tell(new ReplicaActor.Assign(assigned, PartitionStates.From(image, assigned)), Self);
        }
        else
        {
            // Reassigned to others, who have everything: the controller committed it only then.
            Stop(id, partition);
        }
    }

    /// <summary>Epochs and fences of a broker are news for the replicas that replicate with it.</summary>
    private void OnBroker(ClusterImage image, NodeId broker)
    {
        foreach (var id in replicas.Keys.ToList())
        {
            if (image.FindTopic(id.TopicId) is { } topic && topic.Partitions[id.Partition] is { Replicas.Length: > 1 } assigned && assigned.Replicas.Contains(broker))
            {
                OnAssigned(image, topic, assigned);
            }
        }
    }

    private void StopAll(TopicId topic)
    {
        foreach (var (id, partition) in replicas.Where(entry => entry.Key.TopicId == topic).ToList())
        {
            Stop(id, partition);
        }
    }

    /// <summary>Ends a replica and removes its files.</summary>
    private void Stop(in TopicIdPartition id, Partition partition)
    {
        replicas.Remove(id);
        if (byActor.Remove(partition.Replica))
        {
            stopping.Add(partition.Replica, partition.Id);
            stoppingNames.Add(partition.Id);
        }

        partitions.Remove(partition);
        partition.Replica.Tell(ReplicaActor.Delete.Instance, Self);
        OnDecided(partition);
    }

    private void Reconfigure(ClusterImage image, ConfigResource resource)
    {
        var affected = resource.Type == ConfigResourceType.Topic
            ? replicas.Values.Where(partition => partition.Id.Topic == resource.Name)
            : replicas.Values;
        foreach (var group in affected.GroupBy(partition => partition.Id.Topic))
        {
            var config = settings.ConfigOf(image, group.Key);
            foreach (var partition in group)
            {
                partition.Replica.Tell(new ReplicaActor.Configure(config), Self);
            }
        }
    }

    private void AnswerEarly()
    {
        foreach (var (request, replyTo) in early.ToList())
        {
            early.Remove((request, replyTo));
            OnWhenServing(request, replyTo);
        }
    }

    private void OnWhenServing(WhenServing request, IActorRef replyTo)
    {
        // Whoever asks may have seen an image whose changes are still on their way into this mailbox.
        if (request.Topics.Any(name => cluster.Image.FindTopic(name) is { } topic && topic.Partitions.Any(partition =>
            partition.Replicas.Contains(settings.NodeId) && !replicas.ContainsKey(new TopicIdPartition(topic.Id, partition.Index)))))
        {
            early.Add((request, replyTo));
            return;
        }

        var missing = replicas.Values
            .Where(partition => request.Topics.Contains(partition.Id.Topic) && !partition.IsDecided)
            .ToHashSet();
        if (missing.Count == 0)
        {
            replyTo.Tell(Done.Instance, Self);
        }
        else
        {
            waiting.Add((missing, replyTo));
        }
    }

    private void OnDecided(Partition partition)
    {
        for (var i = waiting.Count - 1; i >= 0; i--)
        {
            waiting[i].Missing.Remove(partition);
            if (waiting[i].Missing.Count == 0)
            {
                waiting[i].ReplyTo.Tell(Done.Instance, Self);
                waiting.RemoveAt(i);
            }
        }
    }

    /// <summary>A replica that stopped although its topic still exists: by an exception that it did not expect.</summary>
    private void OnTerminated(IActorRef replica)
    {
        if (stopping.Remove(replica, out var name))
        {
            stoppingNames.Remove(name);
            if (cluster.Image.FindTopic(name.Topic) is { } again && name.Partition < again.Partitions.Count)
            {
                StartIfHere(cluster.Image, again, again.Partitions[name.Partition], isNew: true);
                AnswerEarly();
            }
        }

        if (byActor.Remove(replica, out var partition))
        {
            partition.Failure ??= "the replica stopped after an internal error; the node's log says which";
            partition.NotifyWatchers();
            OnDecided(partition);
        }
    }

    /// <summary>
    /// What reached a replica after its end, or still lay in its mailbox then, is answered here: every append is completed exactly once.
    /// </summary>
    private static void OnDeadLetter(DeadLetter letter)
    {
        switch (letter.Message)
        {
            case Append append:
                append.Complete(AppendOutcome.Failed(ErrorCode.NotLeaderOrFollower));
                break;
            case PushMessage push:
                push.Payload?.Dispose();
                break;
            case ReplicaActor.DeleteRecords:
                letter.Sender.Tell(new DeletedRecords(ErrorCode.NotLeaderOrFollower, Offset.Unknown), ActorRefs.NoSender);
                break;
        }
    }

    private void TellAll(object message)
    {
        foreach (var partition in replicas.Values)
        {
            partition.Replica.Tell(message, Self);
        }
    }
}
