using System.Collections.Immutable;
using ActorBroker.Model;

namespace ActorBroker.Metadata;

public sealed partial class ControllerCore
{
    private Decision DecideCreate(ClusterImage image, CreateTopics command)
    {
        if (IsExcessive(command.Topics.Sum(PartitionsOf), out var excessive))
        {
            return new([], new CreateTopicsReply([.. command.Topics.DistinctBy(topic => topic.Name).Select(topic => new CreatedTopic(topic.Name, TopicId.Zero, -1, -1, excessive))]));
        }

        var events = ImmutableArray.CreateBuilder<MetadataEvent>();
        var replies = ImmutableArray.CreateBuilder<CreatedTopic>();
        var asked = new HashSet<string>();
        var twice = command.Topics.GroupBy(topic => topic.Name).Where(group => group.Count() > 1).Select(group => group.Key).ToHashSet();
        var placed = 0;
        foreach (var topic in command.Topics)
        {
            if (!asked.Add(topic.Name))
            {
                continue;
            }

            if (image.FindTopic(topic.Id) is { } known && known.Name == topic.Name)
            {
                // The same command again, after a controller whose answer was lost.
                replies.Add(new CreatedTopic(topic.Name, topic.Id, known.Partitions.Count, (short)known.Partitions[0].Replicas.Length, Verdict.Ok));
                continue;
            }

            var verdict = twice.Contains(topic.Name)
                ? Refuse(MetadataError.InvalidRequest, "Duplicate topic name.")
                : CheckNewTopic(image, topic);
            if (!verdict.IsOk || !TryAssign(image, topic, placed, out var assignments, out verdict))
            {
                replies.Add(new CreatedTopic(topic.Name, TopicId.Zero, -1, -1, verdict));
                continue;
            }

            placed += assignments.Length;
            replies.Add(new CreatedTopic(topic.Name, topic.Id, assignments.Length, (short)assignments[0].Length, Verdict.Ok));
            events.Add(new TopicCreated(topic.Id, topic.Name));
            events.AddRange(topic.Configs.Where(config => config.Value is not null).Select(config =>
                new ConfigChanged(ConfigResource.Topic(topic.Name), config.Key, config.Value)));
            events.AddRange(assignments.Select((replicas, index) => NewPartition(image, topic.Id, index, replicas)));
        }

        return new(command.ValidateOnly ? [] : events.ToImmutable(), new CreateTopicsReply(replies.ToImmutable()));
    }

    private int CountOf(NewTopic topic) => topic.Partitions == -1 ? options.DefaultPartitions : topic.Partitions;

    private long PartitionsOf(NewTopic topic) => topic.Assignments.IsEmpty ? Math.Max(CountOf(topic), 0) : topic.Assignments.Count;

    private bool IsExcessive(long partitions, out Verdict verdict)
    {
        verdict = partitions > options.MaxPartitionsPerRequest
            ? Refuse(MetadataError.PolicyViolation, "Excessively large number of partitions per request.")
            : Verdict.Ok;
        return !verdict.IsOk;
    }

    private Verdict CheckNewTopic(ClusterImage image, NewTopic topic)
    {
        if (TopicName.Problem(topic.Name) is { } problem)
        {
            return Refuse(MetadataError.InvalidTopicName, $"Topic name is invalid: {problem}");
        }

        if (image.FindTopic(topic.Name) is not null)
        {
            return Refuse(MetadataError.TopicAlreadyExists, $"Topic '{topic.Name}' already exists.");
        }

        if (topic.Name.AsSpan().ContainsAny('.', '_') && image.Topics.Keys.FirstOrDefault(name => TopicName.Collides(name, topic.Name)) is { } other)
        {
            return Refuse(MetadataError.InvalidTopicName, $"Topic '{topic.Name}' collides with existing topic: {other}");
        }

        foreach (var (name, value) in topic.Configs)
        {
            if (value is null)
            {
                return Refuse(MetadataError.InvalidConfig, $"Null value not supported for topic configs: {name}");
            }

            if (options.TopicConfigProblem(name, value) is { } wrong)
            {
                return Refuse(MetadataError.InvalidConfig, wrong);
            }
        }

        return Verdict.Ok;
    }

    private bool TryAssign(
        ClusterImage image, NewTopic topic, int placedBefore, out ImmutableArray<ImmutableArray<NodeId>> assignments, out Verdict verdict)
    {
        assignments = [];
        if (!topic.Assignments.IsEmpty)
        {
            verdict = CheckManual(image, topic);
            assignments = [.. topic.Assignments.Values];
            return verdict.IsOk;
        }

        var count = CountOf(topic);
        var replication = topic.ReplicationFactor == -1 ? options.DefaultReplicationFactor : topic.ReplicationFactor;
        verdict = CheckCounts(image, count, replication);
        if (verdict.IsOk)
        {
            assignments = ReplicaPlacer.Place(image.Brokers.Values, count, replication, image.PartitionCount + placedBefore);
        }

        return verdict.IsOk;
    }

    private Verdict CheckCounts(ClusterImage image, int partitions, short replication)
    {
        if (partitions <= 0)
        {
            return Refuse(MetadataError.InvalidPartitions, "Number of partitions was set to an invalid non-positive value.");
        }

        if (replication <= 0)
        {
            return Refuse(MetadataError.InvalidReplicationFactor, "Replication factor must be larger than 0, or -1 to use the default value.");
        }

        var registered = image.Brokers.Count;
        return replication > registered
            ? Refuse(
                MetadataError.InvalidReplicationFactor,
                $"Unable to replicate the partition {replication} time(s): The target replication factor of {replication} cannot be reached because only {registered} broker(s) are registered. Ask for fewer replicas, or start more brokers.")
            : image.Brokers.Values.Any(broker => broker.IsActive) ? Verdict.Ok
            : Refuse(MetadataError.InvalidReplicationFactor, $"Unable to replicate the partition {replication} time(s): All brokers are currently fenced or in controlled shutdown.");
    }

    private static Verdict CheckManual(ClusterImage image, NewTopic topic)
    {
        if (topic.Partitions != -1)
        {
            return Refuse(MetadataError.InvalidRequest, "A manual partition assignment was specified, but numPartitions was not set to -1.");
        }

        if (topic.ReplicationFactor != -1)
        {
            return Refuse(MetadataError.InvalidRequest, "A manual partition assignment was specified, but replication factor was not set to -1.");
        }

        if (!topic.Assignments.Keys.SequenceEqual(Enumerable.Range(0, topic.Assignments.Count)))
        {
            return Refuse(MetadataError.InvalidReplicaAssignment, "partitions should be a consecutive 0-based integer sequence");
        }

        return CheckNewReplicas(image, [.. topic.Assignments.Values], firstPartition: 0, topic.Assignments[0].Length);
    }

    /// <summary>Replicas of new partitions: as <see cref="CheckReplicas"/>, and somebody has to lead them.</summary>
    private static Verdict CheckNewReplicas(ClusterImage image, IReadOnlyList<ImmutableArray<NodeId>> assignments, int firstPartition, int replication)
    {
        var verdict = CheckReplicas(image, assignments, replication);
        for (var i = 0; i < assignments.Count && verdict.IsOk; i++)
        {
            if (!assignments[i].Any(id => IsActive(image, id)))
            {
                verdict = Refuse(
                    MetadataError.InvalidReplicaAssignment,
                    $"All brokers specified in the manual partition assignment for partition {firstPartition + i} are fenced or in controlled shutdown.");
            }
        }

        return verdict;
    }

    private static Verdict CheckReplicas(ClusterImage image, IEnumerable<ImmutableArray<NodeId>> assignments, int replication)
    {
        foreach (var replicas in assignments)
        {
            if (replicas.IsDefaultOrEmpty)
            {
                return Refuse(MetadataError.InvalidReplicaAssignment, "The manual partition assignment includes an empty replica list.");
            }

            if (replicas.Distinct().Count() != replicas.Length)
            {
                return Refuse(MetadataError.InvalidReplicaAssignment, $"The manual partition assignment includes the same broker twice: {string.Join(',', replicas)}.");
            }

            var unknown = replicas.Where(id => !image.Brokers.ContainsKey(id)).ToList();
            if (unknown.Count > 0)
            {
                return Refuse(MetadataError.InvalidReplicaAssignment, $"The manual partition assignment includes broker {unknown[0]}, but no such broker is registered. Start it, or assign replicas to brokers that are there.");
            }

            if (replicas.Length != replication)
            {
                return Refuse(MetadataError.InvalidReplicaAssignment, $"The manual partition assignment includes a partition with {replicas.Length} replica(s), but others have {replication}.");
            }
        }

        return Verdict.Ok;
    }

    private PartitionCreated NewPartition(ClusterImage image, TopicId topic, int index, ImmutableArray<NodeId> replicas)
    {
        ImmutableArray<NodeId> isr = [.. replicas.Where(id => IsActive(image, id))];
        return new(topic, new PartitionImage(index, replicas, isr, isr.FirstOrDefault(id => steadiness.IsSteady(id, now), isr[0]), new LeaderEpoch(0), new PartitionEpoch(0)));
    }

    private static Decision DecideDelete(ClusterImage image, DeleteTopics command)
    {
        var events = ImmutableArray.CreateBuilder<MetadataEvent>();
        var replies = ImmutableArray.CreateBuilder<DeletedTopic>();
        var deleted = new HashSet<TopicId>();
        foreach (var reference in command.Topics)
        {
            var topic = reference.Name is { } name ? image.FindTopic(name) : image.FindTopic(reference.TopicId);
            if (topic is null)
            {
                var verdict = reference.Name is null
                    ? Refuse(MetadataError.UnknownTopicId, "This server does not host this topic ID.")
                    : Refuse(MetadataError.UnknownTopic, "This server does not host this topic-partition.");
                replies.Add(new DeletedTopic(reference.Name, reference.TopicId, verdict));
                continue;
            }

            if (deleted.Add(topic.Id))
            {
                events.Add(new TopicDeleted(topic.Id));
            }

            replies.Add(new DeletedTopic(topic.Name, topic.Id, Verdict.Ok));
        }

        return new(events.ToImmutable(), new DeleteTopicsReply(replies.ToImmutable()));
    }

    private Decision DecideGrow(ClusterImage image, CreatePartitions command)
    {
        var added = command.Topics.Sum(more => Math.Max((long)more.Count - (image.FindTopic(more.Topic)?.Partitions.Count ?? more.Count), 0));
        if (IsExcessive(added, out var excessive))
        {
            return new([], new CreatePartitionsReply([.. command.Topics.Select(more => more.Topic).Distinct().Select(topic => (topic, excessive))]));
        }

        var events = ImmutableArray.CreateBuilder<MetadataEvent>();
        var replies = ImmutableArray.CreateBuilder<(string, Verdict)>();
        foreach (var group in command.Topics.GroupBy(topic => topic.Topic))
        {
            var verdict = group.Count() > 1
                ? Refuse(MetadataError.InvalidRequest, "Duplicate topic name.")
                : TryGrow(image, group.First(), events);
            replies.Add((group.Key, verdict));
        }

        return new(command.ValidateOnly ? [] : events.ToImmutable(), new CreatePartitionsReply(replies.ToImmutable()));
    }

    private Verdict TryGrow(ClusterImage image, MorePartitions more, ImmutableArray<MetadataEvent>.Builder events)
    {
        if (image.FindTopic(more.Topic) is not { } topic)
        {
            return Refuse(MetadataError.UnknownTopic, "This server does not host this topic-partition.");
        }

        var before = topic.Partitions.Count;
        if (more.Count <= before)
        {
            return Refuse(MetadataError.InvalidPartitions, more.Count == before
                ? $"Topic already has {before} partition(s)."
                : $"The topic {more.Topic} currently has {before} partition(s); {more.Count} would not be an increase.");
        }

        var replication = (short)topic.Partitions[0].Replicas.Except(topic.Partitions[0].Removing).Count();
        var added = more.Count - before;
        var verdict = CheckCounts(image, more.Count, replication);
        if (verdict.IsOk && more.Assignments is { } manual)
        {
            verdict = manual.Length == added
                ? CheckNewReplicas(image, manual, before, replication)
                : Refuse(MetadataError.InvalidReplicaAssignment, $"Attempted to add {added} additional partition(s), but only {manual.Length} assignment(s) were specified.");
        }

        if (verdict.IsOk)
        {
            var assignments = more.Assignments ?? ReplicaPlacer.Place(image.Brokers.Values, added, replication, image.PartitionCount);
            events.AddRange(assignments.Select((replicas, index) => NewPartition(image, topic.Id, before + index, replicas)));
        }

        return verdict;
    }
}
