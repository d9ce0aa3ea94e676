using System.Collections.Immutable;
using ActorBroker.Model;

namespace ActorBroker.Metadata;

public sealed partial class ControllerCore
{
    private Decision DecideReassign(ClusterImage image, AlterPartitionReassignments command)
    {
        var draft = new Draft(image);
        var results = ImmutableArray.CreateBuilder<PartitionVerdict>(command.Partitions.Length);
        foreach (var wanted in command.Partitions)
        {
            results.Add(new PartitionVerdict(wanted.Partition, TryReassign(draft, wanted, command.AllowReplicationFactorChange)));
        }

        return draft.Answer(new AlterPartitionReassignmentsReply(results.MoveToImmutable()));
    }

    private Verdict TryReassign(Draft draft, Reassignment wanted, bool allowFactorChange)
    {
        var id = wanted.Partition;
        if (draft.Image.FindTopic(id.Topic) is not { } topic)
        {
            return Refuse(MetadataError.UnknownTopic, $"Unable to find a topic named {id.Topic}.");
        }

        if (FindPartition(topic, id.Partition) is not { } partition)
        {
            return Refuse(MetadataError.UnknownPartition, $"Unable to find partition {id}.");
        }

        return wanted.Replicas is { } target
            ? TryMove(draft, topic, partition, target, allowFactorChange)
            : TryCancel(draft, topic, partition);
    }

    private Verdict TryMove(Draft draft, TopicImage topic, PartitionImage partition, ImmutableArray<NodeId> target, bool allowFactorChange)
    {
        var verdict = CheckReplicas(draft.Image, [target], target.Length);
        if (!verdict.IsOk)
        {
            return verdict;
        }

        // A reassignment that is under way is replaced: what it was bringing goes, unless that alone holds the partition's records.
        ImmutableArray<NodeId> origin = [.. partition.Replicas.Except(partition.Adding)];
        if (!allowFactorChange && target.Length != partition.Replicas.Except(partition.Removing).Count())
        {
            return Refuse(
                MetadataError.InvalidReplicationFactor,
                $"The replication factor would change from {partition.Replicas.Except(partition.Removing).Count()} to {target.Length}, which the request does not allow.");
        }

        var kept = partition.Isr.Intersect(origin.Union(target)).Any() ? origin : partition.Replicas;
        var change = Change(draft.Image, topic, partition);
        change.Adding = [.. target.Except(kept)];
        change.Removing = [.. kept.Except(target)];
        change.Replicas = [.. target, .. change.Removing];
        change.Isr = [.. partition.Isr.Intersect(change.Replicas)];
        draft.Add(change.Build());
        return Verdict.Ok;
    }

    private Verdict TryCancel(Draft draft, TopicImage topic, PartitionImage partition)
    {
        if (!partition.IsReassigning)
        {
            return Refuse(MetadataError.NoReassignmentInProgress, $"Partition {topic.Name}-{partition.Index} is not being reassigned.");
        }

        var change = Change(draft.Image, topic, partition);
        ImmutableArray<NodeId> inSync = [.. partition.Isr.Except(partition.Adding)];
        if (inSync.IsEmpty && !partition.Isr.IsEmpty && change.Election != LeaderElection.Unclean)
        {
            return Refuse(
                MetadataError.InvalidReplicaAssignment,
                $"The reassignment of {topic.Name}-{partition.Index} cannot be cancelled: only replicas that it brings are in sync ([{string.Join(',', partition.Isr)}]), and unclean elections are not enabled.");
        }

        change.Replicas = [.. partition.Replicas.Except(partition.Adding)];
        change.Isr = inSync;
        (change.Adding, change.Removing) = ([], []);
        draft.Add(change.Build());
        return Verdict.Ok;
    }
}
