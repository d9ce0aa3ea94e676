using System.Collections.Immutable;
using ActorBroker.Metadata;
using ActorBroker.Metadata.Quorum;
using ActorBroker.Model;

namespace Simulation;

/// <summary>The laws that hold whatever happens.</summary>
public sealed class Checks(World world)
{
    private readonly List<JournalBatch> journal = [];
    private readonly Dictionary<ControllerEpoch, NodeId> controllers = [];
    private readonly Dictionary<TopicIdPartition, Dictionary<long, SimRecord>> committed = [];
    private readonly Dictionary<TopicIdPartition, SortedDictionary<long, SimRecord>> acknowledged = [];
    private readonly Dictionary<(TopicIdPartition, LeaderEpoch), NodeId> leaders = [];
    private readonly Dictionary<(TopicIdPartition, NodeId, LeaderEpoch), int> reigns = [];
    private readonly Dictionary<(TopicIdPartition, LeaderEpoch), Offset> highWatermarks = [];
    private readonly Dictionary<TopicIdPartition, Offset> deleted = [];
    private ClusterImage image = ClusterImage.Empty;

    public long Acknowledged { get; private set; }

    /// <summary>What a majority has is never another thing later.</summary>
    public void OnJournalCommitted(NodeId node, ImmutableArray<JournalBatch>? batches)
    {
        Demand(batches is not null, () => $"controller {node} commits what it does not have");
        var all = batches!.Value;
        for (var i = 0; i < all.Length; i++)
        {
            if (i < journal.Count)
            {
                var at = i;
                Demand(journal[i] == all[i], () => $"committed {journal[at]} of the metadata journal became {all[at]} at controller {node}");
            }
            else
            {
                journal.Add(all[i]);
            }
        }
    }

    public void OnServing(NodeId node, ControllerEpoch epoch) =>
        Demand(controllers.TryAdd(epoch, node), () => $"nodes {controllers[epoch]} and {node} are both controller in epoch {epoch}");

    /// <summary>The newest committed image.</summary>
    public void OnImage(ClusterImage newest)
    {
        if (newest.Version <= image.Version)
        {
            return;
        }

        TraceChanges(image, newest);
        var before = image;
        image = newest;
        CheckJoined(before);
        foreach (var partition in newest.Topics.Values.SelectMany(topic => topic.Partitions))
        {
            Demand(partition.Leader == NodeId.None || partition.Isr.Contains(partition.Leader), () => $"leader {partition.Leader} of partition {partition.Index} is not in sync");
            Demand(partition.Isr.All(node => partition.Replicas.Contains(node)), () => $"partition {partition.Index} has in-sync replicas outside its replicas");
            Demand(
                partition.Leader != NodeId.None || !partition.Isr.Any(node => newest.Brokers.GetValueOrDefault(node) is { IsActive: true }),
                () => $"partition {partition.Index} has no leader, but a replica in sync that is active");
        }
    }

    /// <summary>Balancing moves leaders only to brokers that stay.</summary>
    public void OnBalanced(ClusterImage before, ClusterImage after, HashSet<NodeId> unsteady)
    {
        foreach (var partition in after.Topics.SelectMany(topic => topic.Value.Partitions.Zip(before.Topics[topic.Key].Partitions)))
        {
            Demand(partition.First.Leader == partition.Second.Leader || !unsteady.Contains(partition.First.Leader), () => $"partition {partition.First.Index} was given back to {partition.First.Leader}, which comes and goes");
        }
    }

    /// <summary>One leader in an epoch; and a leader of the newest epoch holds all that was ever acknowledged.</summary>
    public void OnLeader(SimReplica replica, SimNode node, LeaderEpoch epoch)
    {
        var key = (replica.Partition, epoch);
        Demand(leaders.TryAdd(key, node.Id) || leaders[key] == node.Id, () => $"nodes {leaders[key]} and {node.Id} both lead partition {replica.Partition.Partition} in epoch {epoch}");
        var reign = (replica.Partition, node.Id, epoch);
        Demand(reigns.TryAdd(reign, node.Life) || reigns[reign] == node.Life, () => $"node {node.Id} leads partition {replica.Partition.Partition} in epoch {epoch} again, after a restart");
        var isNewest = image.FindTopic(replica.Partition.TopicId)?.Partitions[replica.Partition.Partition].LeaderEpoch == epoch;
        if (isNewest)
        {
            CheckHolds(replica.Partition, node.Id, replica.Log);
        }

        world.Trace($"node {node.Id} leads partition {replica.Partition.Partition} in epoch {epoch} from {replica.Log.End}");
    }

    /// <summary>What a leader has published stays published.</summary>
    public void OnHighWatermark(TopicIdPartition partition, NodeId node, LeaderEpoch epoch, Offset highWatermark)
    {
        var before = highWatermarks.GetValueOrDefault((partition, epoch));
        Demand(highWatermark > before, () => $"{partition.Partition}@{node}: the high watermark goes back from {before} to {highWatermark} in epoch {epoch}");
        highWatermarks[(partition, epoch)] = highWatermark;
    }

    /// <summary>Records that somebody wanted to be deleted may be gone; no others.</summary>
    public void OnDeleted(TopicIdPartition partition, Offset before) => deleted[partition] = Offset.Max(before, deleted.GetValueOrDefault(partition));

    /// <summary>Below a high watermark: there are no two histories.</summary>
    public void OnCommitted(TopicIdPartition partition, NodeId node, long offset, SimRecord record)
    {
        var history = Of(committed, partition);
        if (!history.TryAdd(offset, record))
        {
            Demand(history[offset] == record, () => $"{partition.Partition}@{node}: offset {offset} is {record}, and was {history[offset]} when it was committed");
        }
    }

    public void OnAcknowledged(TopicIdPartition partition, long offset, SimRecord record)
    {
        Demand(Of(committed, partition).GetValueOrDefault(offset) == record, () => $"partition {partition.Partition}: {record} at {offset} was acknowledged without being committed");
        Demand(Of(acknowledged, partition).TryAdd(offset, record), () => $"partition {partition.Partition}: offset {offset} was acknowledged twice");
        Acknowledged++;
    }

    /// <summary>Whether the cluster is as it should be: all up, all unfenced, every replica in sync, no reassignment left.</summary>
    public bool IsWhole() =>
        world.Nodes.All(node => node.Image.Version == image.Version && node.IsIn(image))
        && image.Topics.Count > 0
        && image.Topics.Values.SelectMany(topic => topic.Partitions)
            .All(partition => partition.Leader != NodeId.None && partition.Isr.Length == partition.Replicas.Length && !partition.IsReassigning);

    public void CheckTheEnd()
    {
        Demand(IsWhole(), () => $"the cluster did not become whole again: {Describe()}");
        Demand(world.Nodes.Any(node => node.Controller is { IsServing: true }), () => "nobody is the controller");
        foreach (var partition in image.Topics.Values.SelectMany(topic => topic.Partitions.Select(partition => (Key: new TopicIdPartition(topic.Id, partition.Index), partition.Replicas, partition.Leader))))
        {
            var logs = partition.Replicas.Select(node => (Node: node, Log: world[node].Logs[partition.Key])).ToList();
            var leader = world[partition.Leader].Logs[partition.Key];
            foreach (var (node, log) in logs)
            {
                CheckHolds(partition.Key, node, log);
                Demand(log.End == logs[0].Log.End, () => $"partition {partition.Key.Partition} ends at {log.End} on node {node} and at {logs[0].Log.End} on node {logs[0].Node}");
                Demand(log.Start >= leader.Start, () => $"partition {partition.Key.Partition} starts at {log.Start} on node {node} and at {leader.Start} at its leader");
                for (var offset = Math.Max(log.Start, logs[0].Log.Start); offset < log.End; offset++)
                {
                    var at = offset;
                    Demand(log[at] == logs[0].Log[at], () => $"partition {partition.Key.Partition} at {at}: {log[at]} on node {node}, {logs[0].Log[at]} on node {logs[0].Node}");
                }
            }
        }
    }

    /// <summary>Whether every partition of the node's has at least two other replicas in sync that run: its disk is not needed then.</summary>
    public bool CanSpare(NodeId node) => image.Topics.Values.SelectMany(topic => topic.Partitions).Where(partition => partition.Replicas.Contains(node))
        .All(partition => partition.Isr.Count(other => other != node && world[other].IsIn(image)) >= 2);

    /// <summary>Who comes into the ISR holds what was acknowledged, if the process that is registered still runs.</summary>
    private void CheckJoined(ClusterImage before)
    {
        foreach (var topic in image.Topics.Values)
        {
            foreach (var partition in topic.Partitions)
            {
                var known = before.FindTopic(topic.Id)?.Partitions.ElementAtOrDefault(partition.Index);
                var key = new TopicIdPartition(topic.Id, partition.Index);
                foreach (var node in partition.Isr.Where(node => known?.Isr.Contains(node) == false && world[node].IsIn(image)))
                {
                    CheckHolds(key, node, world[node].Logs.GetValueOrDefault(key) ?? new SimLog());
                }
            }
        }
    }

    private void CheckHolds(TopicIdPartition partition, NodeId node, SimLog log)
    {
        Demand(log.Start <= deleted.GetValueOrDefault(partition).Value, () => $"{partition.Partition}@{node}: the log starts at {log.Start}, and nobody deleted so much");
        foreach (var (offset, record) in Of(acknowledged, partition).Where(entry => entry.Key >= log.Start))
        {
            Demand(offset < log.End && log[offset] == record, () => $"{partition.Partition}@{node}: {record} at {offset} was acknowledged and is lost; the log ends at {log.End}");
        }
    }

    private string Describe() => string.Join("; ", image.Brokers.Values.OrderBy(broker => broker.Id).Select(broker => $"broker {broker.Id}{(broker.IsActive ? "" : " fenced or leaving")} {(world[broker.Id].IsUp ? "up" : "down")} image {world[broker.Id].Image.Version} of {image.Version}")
        .Concat(image.Topics.Values.SelectMany(topic => topic.Partitions).Select(Describe)));

    private void TraceChanges(ClusterImage before, ClusterImage after)
    {
        foreach (var broker in after.Brokers.Values.Where(broker => before.Brokers.GetValueOrDefault(broker.Id) != broker))
        {
            world.Trace($"  broker {broker.Id} epoch {broker.Epoch.Value}{(broker.Fenced ? " fenced" : "")}{(broker.InControlledShutdown ? " leaving" : "")}");
        }

        foreach (var partition in after.Topics.Values.SelectMany(topic => topic.Partitions))
        {
            if (before.FindTopic(Client.TopicName)?.Partitions.ElementAtOrDefault(partition.Index)?.Epoch != partition.Epoch)
            {
                world.Trace($"  {Describe(partition)}");
            }
        }
    }

    private static string Describe(PartitionImage partition) =>
        $"partition {partition.Index} leader {partition.Leader} epoch {partition.LeaderEpoch} isr [{string.Join(',', partition.Isr)}] elr [{string.Join(',', partition.Elr)}] last known [{string.Join(',', partition.LastKnownElr)}] of [{string.Join(',', partition.Replicas)}]{(partition.IsReassigning ? " reassigning" : "")}";

    private static T Of<T>(Dictionary<TopicIdPartition, T> all, TopicIdPartition partition)
        where T : new()
    {
        if (!all.TryGetValue(partition, out var found))
        {
            all[partition] = found = new T();
        }

        return found;
    }

    private static void Demand(bool holds, Func<string> otherwise)
    {
        if (!holds)
        {
            throw new LawBrokenException(otherwise());
        }
    }
}
