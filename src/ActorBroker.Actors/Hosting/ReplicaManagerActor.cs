using ActorBroker.Actors.Controller;
using ActorBroker.Actors.Partitions;
using ActorBroker.Actors.Streams;
using ActorBroker.Metadata;
using ActorBroker.Model;
using ActorBroker.Protocol;
using ActorBroker.Storage;
using Akka;
using Akka.Actor;
using Akka.Event;

namespace ActorBroker.Actors.Hosting;

/// <summary>
/// Begins, configures and ends the replicas of this node, as the cluster image says: entities of the broker's shard, which it tells by name. Answers
/// <see cref="WhenServing"/>.
/// Supervision: restarted by the node's rule; replicas in a cluster's shard run meanwhile. Replicas are restarted by their shard.
/// </summary>
public sealed partial class ReplicaManagerActor : ReceiveActor, IWithTimers
{
    /// <summary>Replicas that one line of the log names.</summary>
    private const int NamesInLog = 10;

    private readonly ReplicaSettings settings;
    private readonly ClusterState cluster;
    private readonly PartitionDirectory partitions;
    private readonly LogManager logs;
    private readonly Dictionary<TopicIdPartition, Partition> replicas = [];
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
        Receive<ReplicaActor.Announced>(announced => OnAnnounced(announced.Partition));
        Receive<BeginAgain>(again => OnBeginAgain(again.Partition));
        Receive<LookForSilent>(_ => OnLookForSilent());
        Receive<ReplicaActor.Opened>(opened => OnDecided(opened.Partition));
        Receive<ReplicaActor.Failed>(failed => OnDecided(failed.Partition));
        Receive<WhenServing>(request => OnWhenServing(request, Sender));
        Receive<Maintain>(_ => TellAll(ReplicaActor.Maintain.Instance));
        Receive<ReplicaActor.ExpireProducers>(TellAll);
        Receive<Terminated>(terminated => OnTerminated(terminated.ActorRef));
        Receive<DeadLetter>(letter => ReplicaActor.Unanswered.Answer(letter.Message, letter.Sender));
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
        StartHosting();
        MaybeBegin();
        Timers.StartPeriodicTimer(nameof(Maintain), Maintain.Instance, settings.MaintenanceInterval);
        Timers.StartPeriodicTimer(nameof(ReplicaActor.ExpireProducers), ReplicaActor.ExpireProducers.Instance, settings.ProducerExpiryInterval);
    }

    /// <summary>Takes up the replicas of the image that has this process's registration.</summary>
    private void MaybeBegin()
    {
        var image = cluster.Image;
        if (settings.Incarnation is { } incarnation && image.Brokers.GetValueOrDefault(settings.NodeId)?.IncarnationId != incarnation)
        {
            return;
        }

        begunAt = image.Version;
        StopForgotten(image);
        RemoveWhatIsNotHere(image);
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
        if (HasEnded)
        {
            return;
        }

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

    /// <summary>
    /// Logs without a replica in the image. Where this node knows that the replica was its own, the topic was deleted, or the replica given to others, while the node was away: the
    /// log is deleted, as it would have been then. All others are kept under another name, for an operator to look at.
    /// </summary>
    private void RemoveWhatIsNotHere(ClusterImage image)
    {
        var deleted = new List<string>();
        foreach (var log in logs.Logs.Where(log => log.Partition.Topic != TopicName.ClusterMetadata && !IsHere(image, log) && !stoppingNames.Contains(log.Partition)).ToList())
        {
            if (cluster.Earlier.Had(log.TopicId, log.Partition, before: image.Version))
            {
                logs.Delete(log);
                deleted.Add(log.Partition.ToString());
            }
            else
            {
                logs.MarkStray(log);
            }
        }

        if (deleted.Count > 0)
        {
            Context.GetLogger().Info(
                "{0} replica(s) are deleted, since their topics were deleted or they were given to other nodes while this node was away: {1}{2}",
                deleted.Count, string.Join(", ", deleted.Take(NamesInLog)), deleted.Count > NamesInLog ? " …" : "");
        }
    }

    private bool IsHere(ClusterImage image, PartitionLog log) => image.FindTopic(log.Partition.Topic) is { } topic
        && log.Partition.Partition < topic.Partitions.Count
        && (log.TopicId == topic.Id || log.TopicId == TopicId.Zero)
        && topic.Partitions[log.Partition.Partition].Replicas.Contains(settings.NodeId);

    private void StartIfHere(ClusterImage image, TopicImage topic, PartitionImage assigned, bool isNew)
    {
        var id = new TopicIdPartition(topic.Id, assigned.Index);
        if (!assigned.Replicas.Contains(settings.NodeId) || replicas.ContainsKey(id) || stoppingNames.Contains(new TopicPartition(topic.Name, assigned.Index)))
        {
            return;
        }

        var config = settings.ConfigOf(image, topic.Name);
        var known = partitions.Find(id);
        var partition = known
            ?? new Partition(new TopicPartition(topic.Name, assigned.Index), topic.Id, assigned, config, settings.NodeId) { IsNew = isNew, Region = region };
        replicas[id] = partition;
        Begin(partition, PartitionStates.From(image, assigned));
        if (known is null)
        {
            partitions.Add(partition);
        }
        else
        {
            // Of a replica manager that failed.
            partition.TellEntity(new ReplicaActor.Configure(config), Self);
            partition.TellEntity(new ReplicaActor.Assign(assigned, PartitionStates.From(image, assigned)), Self);
        }
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
            partition.TellEntity(new ReplicaActor.Assign(assigned, PartitionStates.From(image, assigned)), Self);
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
                partition.TellEntity(new ReplicaActor.Configure(config), Self);
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

    private void TellAll(object message)
    {
        foreach (var partition in replicas.Values)
        {
            partition.Replica.Tell(message, Self);
        }
    }
}
