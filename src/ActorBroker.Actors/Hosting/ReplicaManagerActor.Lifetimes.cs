using ActorBroker.Actors.Partitions;
using ActorBroker.Actors.Runtime;
using ActorBroker.Metadata;
using ActorBroker.Model;
using ActorBroker.Replication;
using Akka.Actor;
using Akka.Event;

namespace ActorBroker.Actors.Hosting;

/// <summary>Begins and ends replicas as entities, and begins those again that stopped without being told so.</summary>
public sealed partial class ReplicaManagerActor
{
    /// <summary>How often replicas that have not answered are told again to begin.</summary>
    private static readonly TimeSpan SilenceInterval = TimeSpan.FromSeconds(5);

    private readonly Dictionary<IActorRef, Partition> byActor = [];

    /// <summary>Told to begin, and not heard of since.</summary>
    private readonly HashSet<Partition> silent = [];

    /// <summary>Replicas whose files are being removed: one of the same name may begin only after that.</summary>
    private readonly HashSet<Partition> stopping = [];
    private readonly HashSet<TopicPartition> stoppingNames = [];
    private IActorRef region = ActorRefs.Nobody;
    private bool hasRegionEnded;

    /// <summary>Nothing begins any more, and replicas hear no news: the node leaves the cluster, or was expelled from it.</summary>
    private bool HasEnded => hasRegionEnded || Context.System.IsLeaving();

    private sealed record BeginAgain(Partition Partition);

    private sealed record LookForSilent
    {
        public static LookForSilent Instance { get; } = new();
    }

    private void StartHosting()
    {
        region = settings.Region
            ?? Context.ActorOf(ActorProps.Of(() => new LocalShard(_ => ReplicaActor.Props(logs, settings, LocalShard.Goodbye.Instance))), "hosted");
        Context.Watch(region);
        foreach (var partition in partitions.All)
        {
            // Of a replica manager that failed: a shard of its own has ended with it.
            partition.Region = region;
        }

        Timers.StartPeriodicTimer(nameof(LookForSilent), LookForSilent.Instance, SilenceInterval);
    }

    private void Begin(Partition partition, PartitionState state)
    {
        silent.Add(partition);
        partition.TellEntity(new ReplicaActor.Begin(partition, state), Self);
    }

    private void OnAnnounced(Partition partition)
    {
        silent.Remove(partition);
        if (byActor.TryAdd(Sender, partition))
        {
            Context.Watch(Sender);
        }
    }

    private void OnLookForSilent()
    {
        foreach (var partition in silent.ToList())
        {
            OnBeginAgain(partition);
        }
    }

    /// <summary>The same task again. A replica that has it only answers.</summary>
    private void OnBeginAgain(Partition partition)
    {
        silent.Remove(partition);
        var id = new TopicIdPartition(partition.TopicId, partition.Id.Partition);
        if (!HasEnded && replicas.GetValueOrDefault(id) == partition && cluster.Image.FindTopic(id.TopicId) is { } topic)
        {
            var state = PartitionStates.From(cluster.Image, topic.Partitions[id.Partition]);
            Begin(partition, state);
            partition.TellEntity(new ReplicaActor.Assign(topic.Partitions[id.Partition], state), Self);
        }
    }

    private void StopAll(TopicId topic)
    {
        foreach (var (id, partition) in replicas.Where(entry => entry.Key.TopicId == topic).ToList())
        {
            Stop(id, partition);
        }
    }

    /// <summary>Replicas that a replica manager before this one began, and that are of other nodes now, or of none.</summary>
    private void StopForgotten(ClusterImage image)
    {
        foreach (var partition in partitions.All.ToList())
        {
            var id = new TopicIdPartition(partition.TopicId, partition.Id.Partition);
            if (image.FindTopic(partition.TopicId) is not { } topic || !topic.Partitions[id.Partition].Replicas.Contains(settings.NodeId))
            {
                Stop(id, partition);
            }
        }
    }

    /// <summary>Ends a replica and removes its files.</summary>
    private void Stop(in TopicIdPartition id, Partition partition)
    {
        replicas.Remove(id);
        silent.Remove(partition);
        stopping.Add(partition);
        stoppingNames.Add(partition.Id);
        partitions.Remove(partition);
        partition.TellEntity(new ReplicaActor.Delete(partition), Self);
        OnDecided(partition);
    }

    private void OnTerminated(IActorRef ended)
    {
        if (ended.Equals(region))
        {
            hasRegionEnded = settings.Region is not null ? true : throw new InvalidOperationException("the shard of this node's replicas has ended");
        }
        else if (byActor.Remove(ended, out var partition))
        {
            OnEnded(partition);
        }
    }

    private void OnEnded(Partition partition)
    {
        if (stopping.Remove(partition))
        {
            BeginNext(partition.Id);
            return;
        }

        // Its shard failed, or somebody killed it.
        partition.Failure ??= "the replica stopped after an internal error; the node's log says which";
        partition.NotifyWatchers();
        OnDecided(partition);
        if (!HasEnded)
        {
            Timers.StartSingleTimer(partition, new BeginAgain(partition), settings.Restarts.LongestPause);
        }
    }

    /// <summary>The files are away: a partition of the same name, a new topic's or the same one that came back, is a new replica.</summary>
    private void BeginNext(TopicPartition name)
    {
        stoppingNames.Remove(name);
        if (!HasEnded && cluster.Image.FindTopic(name.Topic) is { } again && name.Partition < again.Partitions.Count)
        {
            StartIfHere(cluster.Image, again, again.Partitions[name.Partition], isNew: true);
            AnswerEarly();
        }
    }
}
