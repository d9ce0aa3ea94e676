using System.Collections.Immutable;
using ActorBroker.Model;

namespace ActorBroker.Metadata;

public sealed partial class ControllerCore
{
    private const string MinIsrConfig = "min.insync.replicas";
    private const string FlushModeConfig = "flush.mode";
    private const string GroupCommit = "group-commit";
    private const string UncleanElectionConfig = "unclean.leader.election.enable";

    private static bool IsActive(ClusterImage image, NodeId id) => image.Brokers.GetValueOrDefault(id) is { IsActive: true };

    private static PartitionImage? FindPartition(TopicImage? topic, int index) =>
        topic is not null && index >= 0 && index < topic.Partitions.Count ? topic.Partitions[index] : null;

    /// <summary>The partitions that meet a condition, in an order that is the same on every node.</summary>
    private static List<(TopicImage Topic, PartitionImage Partition)> PartitionsWhere(ClusterImage image, Func<PartitionImage, bool> condition)
    {
        var found = new List<(TopicImage Topic, PartitionImage Partition)>();
        foreach (var topic in image.Topics.Values)
        {
            foreach (var partition in topic.Partitions)
            {
                if (condition(partition))
                {
                    found.Add((topic, partition));
                }
            }
        }

        found.Sort(static (left, right) => string.CompareOrdinal(left.Topic.Name, right.Topic.Name) is var byName && byName != 0
            ? byName
            : left.Partition.Index.CompareTo(right.Partition.Index));
        return found;
    }

    /// <summary>A setting of a topic whose synonym at brokers has the same name. What single brokers are set to does not count: the rule is the cluster's.</summary>
    private string? TopicConfig(ClusterImage image, string topic, string name) =>
        image.ConfigOf(ConfigResource.Topic(topic)).GetValueOrDefault(name)
        ?? image.ConfigOf(ConfigResource.AllBrokers).GetValueOrDefault(name)
        ?? options.TopicConfigDefault(name);

    private int MinIsrOf(ClusterImage image, string topic) =>
        int.TryParse(TopicConfig(image, topic, MinIsrConfig), out var minIsr) ? Math.Max(minIsr, 1) : 1;

    private LeaderElection ElectionOf(ClusterImage image, string topic) =>
        bool.TryParse(TopicConfig(image, topic, UncleanElectionConfig), out var unclean) && unclean ? LeaderElection.Unclean : LeaderElection.Clean;

    private PartitionChange Change(ClusterImage image, TopicImage topic, PartitionImage partition) => Change(image, topic, partition, without: NodeId.None);

    /// <param name="without">A broker that cannot lead this partition, whatever it does for others.</param>
    private PartitionChange Change(ClusterImage image, TopicImage topic, PartitionImage partition, NodeId without) =>
        new(topic.Id, partition, MinIsrOf(image, topic.Name), id => id != without && IsActive(image, id), options.EligibleLeaderReplicas)
        {
            Election = ElectionOf(image, topic.Name),
            HasRoom = sessions.HasRoom,
            IsSteady = id => steadiness.IsSteady(id, now),
        };

    /// <summary>Takes a broker that is not active any more out of the ISRs, which also moves its leaders.</summary>
    private void RemoveFromIsrs(Draft draft, NodeId id, RecordLoss loss)
    {
        foreach (var (topic, partition) in PartitionsWhere(draft.Image, partition => partition.Isr.Contains(id) || partition.Leader == id
            || (loss != RecordLoss.None && (partition.Elr.Contains(id) || partition.LastKnownElr.Contains(id)))))
        {
            var change = Change(draft.Image, topic, partition);
            change.Isr = partition.Isr.Remove(id);
            change.Removed = id;
            // Where everything is flushed before it is acknowledged, nothing acknowledged is lost with what was not.
            change.Loss = loss == RecordLoss.Unflushed && TopicConfig(draft.Image, topic.Name, FlushModeConfig) == GroupCommit ? RecordLoss.None : loss;
            draft.Add(change.Build());
        }
    }

    /// <summary>
    /// Moves the leaders of a broker without room to in-sync replicas that have some, where there are any. It also leaves those ISRs as far as their minimum
    /// allows: it may not even be able to note the new epoch, and nobody shall wait for it. The new leaders take it back when it follows.
    /// </summary>
    private void MoveToWhereRoomIs(Draft draft, NodeId full)
    {
        foreach (var (topic, partition) in PartitionsWhere(draft.Image, partition => partition.Leader == full
            && partition.Isr.Any(id => id != full && IsActive(draft.Image, id) && sessions.HasRoom(id))))
        {
            var change = Change(draft.Image, topic, partition);
            if (partition.Isr.Length > MinIsrOf(draft.Image, topic.Name))
            {
                change.Isr = partition.Isr.Remove(full);
                change.Removed = full;
            }

            draft.Add(change.Build());
        }
    }

    /// <summary>Elects leaders where there is none, after a broker came or a rule changed.</summary>
    private void ElectMissingLeaders(Draft draft, Func<TopicImage, bool> of)
    {
        foreach (var (topic, partition) in PartitionsWhere(draft.Image, partition => partition.Leader == NodeId.None))
        {
            if (of(topic))
            {
                draft.Add(Change(draft.Image, topic, partition).Build());
            }
        }
    }
}
