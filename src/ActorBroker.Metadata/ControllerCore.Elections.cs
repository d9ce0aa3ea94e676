using System.Collections.Immutable;
using ActorBroker.Model;

namespace ActorBroker.Metadata;

public sealed partial class ControllerCore
{
    /// <summary>Most leaders that one round of balancing moves, so that clients are not all sent elsewhere at once. The number is Kafka's.</summary>
    private const int MaxElectionsPerRound = 1000;

    private Decision DecideElect(ClusterImage image, ElectLeaders command)
    {
        var draft = new Draft(image);
        var all = command.Partitions is null;
        var asked = command.Partitions?.Distinct()
            ?? PartitionsWhere(image, static _ => true).Select(found => new TopicPartition(found.Topic.Name, found.Partition.Index));
        var results = ImmutableArray.CreateBuilder<PartitionVerdict>();
        foreach (var id in asked)
        {
            var verdict = TryElect(draft, id, command.Type);
            if (!all || verdict.Error != MetadataError.ElectionNotNeeded)
            {
                results.Add(new PartitionVerdict(id, verdict));
            }
        }

        return draft.Answer(new ElectLeadersReply(results.ToImmutable()));
    }

    private Verdict TryElect(Draft draft, TopicPartition id, ElectionType type)
    {
        if (draft.Image.FindTopic(id.Topic) is not { } topic || FindPartition(topic, id.Partition) is not { } partition)
        {
            return Refuse(MetadataError.UnknownPartition, $"No such partition as {id}.");
        }

        var isPreferred = type == ElectionType.Preferred;
        if (isPreferred ? partition.Leader == partition.Replicas[0] : partition.Leader != NodeId.None)
        {
            return Refuse(MetadataError.ElectionNotNeeded, isPreferred
                ? $"{id} is led by its preferred leader {partition.Leader} already."
                : $"{id} has a leader, {partition.Leader}.");
        }

        if (isPreferred && !IsActive(draft.Image, partition.Replicas[0]))
        {
            return Refuse(MetadataError.PreferredLeaderNotAvailable, $"The preferred leader {partition.Replicas[0]} of {id} is not alive.");
        }

        var change = Change(draft.Image, topic, partition);
        change.Election = isPreferred ? LeaderElection.Preferred : LeaderElection.Unclean;
        var elected = change.Build();
        draft.Add(elected);
        return elected?.Leader is { } leader && leader != NodeId.None ? Verdict.Ok
            : isPreferred ? Refuse(MetadataError.PreferredLeaderNotAvailable, $"The preferred leader {partition.Replicas[0]} of {id} is not in sync, or its disk is full.")
            : Refuse(MetadataError.EligibleLeadersNotAvailable, $"No replica of {id} ([{string.Join(',', partition.Replicas)}]) is alive.");
    }

    private Decision DecideBalance(ClusterImage image)
    {
        var draft = new Draft(image);
        var moved = 0;
        foreach (var broker in image.Brokers.Values.Where(broker => broker.IsActive && steadiness.IsSteady(broker.Id, now)).OrderBy(broker => broker.Id))
        {
            var preferring = PartitionsWhere(image, partition => partition.Replicas[0] == broker.Id);
            var elsewhere = preferring.Where(found => found.Partition.Leader != broker.Id).ToList();
            if (elsewhere.Count * 100L <= (long)preferring.Count * options.LeaderImbalancePerBrokerPercentage)
            {
                continue;
            }

            foreach (var (topic, partition) in elsewhere.Where(found => !found.Partition.IsReassigning && found.Partition.Isr.Contains(broker.Id)))
            {
                if (moved < MaxElectionsPerRound)
                {
                    moved += TryElect(draft, new TopicPartition(topic.Name, partition.Index), ElectionType.Preferred).IsOk ? 1 : 0;
                }
            }
        }

        return draft.Answer(new BalanceLeadersReply(moved));
    }
}
