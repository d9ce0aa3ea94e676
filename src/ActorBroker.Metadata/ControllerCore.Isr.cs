using System.Collections.Immutable;
using ActorBroker.Model;

namespace ActorBroker.Metadata;

public sealed partial class ControllerCore
{
    private Decision DecideAlterPartition(ClusterImage image, AlterPartition command)
    {
        if (EpochProblem(image, command.BrokerId, command.BrokerEpoch) is { } problem)
        {
            return new([], new AlterPartitionReply(problem, []));
        }

        var draft = new Draft(image);
        var results = ImmutableArray.CreateBuilder<IsrChangeResult>(command.Partitions.Length);
        foreach (var wanted in command.Partitions)
        {
            var verdict = TryAlterIsr(draft, command.BrokerId, wanted);
            results.Add(new IsrChangeResult(wanted.Topic, wanted.Index, verdict, FindPartition(draft.Image.FindTopic(wanted.Topic), wanted.Index)));
        }

        return draft.Answer(new AlterPartitionReply(Verdict.Ok, results.MoveToImmutable()));
    }

    private Decision DecideFail(ClusterImage image, FailReplicas command)
    {
        if (EpochProblem(image, command.BrokerId, command.BrokerEpoch) is { } problem)
        {
            return new([], new VerdictReply(problem));
        }

        var draft = new Draft(image);
        foreach (var id in command.Partitions)
        {
            if (draft.Image.FindTopic(id.TopicId) is { } topic && FindPartition(topic, id.Partition) is { } partition)
            {
                var change = Change(draft.Image, topic, partition, without: command.BrokerId);
                change.Isr = partition.Isr.Remove(command.BrokerId);
                change.Removed = command.BrokerId;
                change.Loss = RecordLoss.Unflushed;
                draft.Add(change.Build());
            }
        }

        return draft.Answer(new VerdictReply(Verdict.Ok));
    }

    private Verdict TryAlterIsr(Draft draft, NodeId broker, IsrChange wanted)
    {
        if (draft.Image.FindTopic(wanted.Topic) is not { } topic)
        {
            return Refuse(MetadataError.UnknownTopicId, $"There is no topic with id {wanted.Topic}.");
        }

        if (FindPartition(topic, wanted.Index) is not { } partition)
        {
            return Refuse(MetadataError.UnknownPartition, $"'{topic.Name}' has no partition {wanted.Index}.");
        }

        if ((StaleProposal(broker, partition, wanted) ?? InvalidProposal(partition, wanted) ?? IneligibleMember(draft.Image, wanted)) is { } problem)
        {
            return problem;
        }

        var change = Change(draft.Image, topic, partition);
        change.Isr = [.. wanted.NewIsr.Select(member => member.Id)];
        change.RecoveryState = wanted.LeaderRecoveryState;
        draft.Add(change.Build());
        var leader = FindPartition(draft.Image.FindTopic(wanted.Topic), wanted.Index)!.Leader;

        // The change is made, but it ended a reassignment that took the leader away: the asker has to learn of its successor.
        return leader == broker
            ? Verdict.Ok
            : Refuse(MetadataError.NewLeaderElected, $"The in-sync replicas are changed; the leader is now {leader}.");
    }

    private static Verdict? StaleProposal(NodeId broker, PartitionImage partition, IsrChange wanted)
    {
        if (wanted.LeaderEpoch > partition.LeaderEpoch || wanted.PartitionEpoch.Value > partition.Epoch.Value)
        {
            return Refuse(MetadataError.NotController, "The leader knows newer epochs than this controller does.");
        }

        if (wanted.LeaderEpoch < partition.LeaderEpoch)
        {
            return Refuse(MetadataError.FencedLeaderEpoch, $"The leader epoch is {partition.LeaderEpoch}, not {wanted.LeaderEpoch}.");
        }

        if (broker != partition.Leader)
        {
            return Refuse(MetadataError.InvalidRequest, $"Broker {broker} does not lead the partition; {partition.Leader} does.");
        }

        return wanted.PartitionEpoch == partition.Epoch
            ? null
            : Refuse(MetadataError.InvalidUpdateVersion, $"The partition epoch is {partition.Epoch.Value}, not {wanted.PartitionEpoch.Value}.");
    }

    private static Verdict? InvalidProposal(PartitionImage partition, IsrChange wanted)
    {
        var ids = wanted.NewIsr.Select(member => member.Id).ToList();
        if (ids.Distinct().Count() != ids.Count || ids.Except(partition.Replicas).Any() || !ids.Contains(partition.Leader))
        {
            return Refuse(
                MetadataError.InvalidRequest,
                $"[{string.Join(',', ids)}] cannot be in sync: members are replicas ([{string.Join(',', partition.Replicas)}]), each once, the leader ({partition.Leader}) among them.");
        }

        if (wanted.LeaderRecoveryState == LeaderRecoveryState.Recovering
            && (ids.Count > 1 || partition.LeaderRecoveryState == LeaderRecoveryState.Recovered))
        {
            return Refuse(MetadataError.InvalidRequest, "A leader recovers alone, and only from an unclean election.");
        }

        return null;
    }

    /// <summary>Fenced brokers, stopping ones (KIP-841) and earlier registrations (KIP-903) do not enter an ISR.</summary>
    private static Verdict? IneligibleMember(ClusterImage image, IsrChange wanted)
    {
        foreach (var member in wanted.NewIsr)
        {
            var why = image.Brokers.GetValueOrDefault(member.Id) switch
            {
                null => "is not registered",
                { Fenced: true } => "is fenced",
                { InControlledShutdown: true } => "is stopping",
                var broker when member.Epoch.Value != -1 && member.Epoch != broker.Epoch =>
                    $"is registered with epoch {broker.Epoch.Value}, not with {member.Epoch.Value}",
                _ => null,
            };
            if (why is not null)
            {
                return Refuse(MetadataError.IneligibleReplica, $"Broker {member.Id} {why}.");
            }
        }

        return null;
    }
}
