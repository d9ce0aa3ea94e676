using System.Collections.Immutable;
using ActorBroker.Metadata;
using ActorBroker.Model;

namespace Simulation;

/// <summary>A record to write. Its number comes once in a run.</summary>
public sealed record Produce(TopicIdPartition Partition, long Id);

/// <summary>Delete the records below an offset.</summary>
public sealed record DeleteRecords(TopicIdPartition Partition, Offset Before);

/// <summary>Creates the topic, writes to it, deletes its oldest records, and now and then asks for other replicas, all through whichever node it finds.</summary>
public sealed class Client(World world)
{
    public const string TopicName = "topic";

    private static readonly TopicId TopicId = new(new Guid(1, 2, 3, new byte[8]));

    private long next;
    private bool isStopped;

    public void Begin()
    {
        world.At(300, CreateTopic);
        world.At(1_000, Write);
        world.At(5_000, Reassign);
        world.At(3_000, Delete);
    }

    public void Stop() => isStopped = true;

    private SimNode AnyNode() => world.Nodes[world.Random.Next(world.Nodes.Length)];

    private void CreateTopic()
    {
        var node = AnyNode();
        if (world.Nodes.Any(other => other.Image.FindTopic(TopicName) is not null))
        {
            return;
        }

        if (node.IsUp && node.Image.Brokers.Values.Count(broker => !broker.Fenced) >= 3)
        {
            var topic = new NewTopic(
                TopicName, TopicId, world.Shape.Partitions, 3, ImmutableSortedDictionary<int, ImmutableArray<NodeId>>.Empty,
                ImmutableSortedDictionary<string, string?>.Empty.Add("min.insync.replicas", "2").Add("flush.mode", world.Shape.GroupCommit ? "group-commit" : "os"));
            node.AskController(new CreateTopics([topic], ValidateOnly: false), static _ => { });
        }

        world.At(300, CreateTopic);
    }

    private void Write()
    {
        if (isStopped)
        {
            return;
        }

        var node = AnyNode();
        if (node.IsUp && node.Image.FindTopic(TopicName) is { } topic)
        {
            var partition = topic.Partitions[world.Random.Next(topic.Partitions.Count)];
            // Also to nodes that lead no more, or not yet.
            var to = world.Chance(0.9) ? partition.Leader : AnyNode().Id;
            if (to != NodeId.None)
            {
                world.Network.Send(node.Id, to, new Produce(new TopicIdPartition(topic.Id, partition.Index), ++next));
            }
        }

        world.At(world.Between(2, 30), Write);
    }

    private void Delete()
    {
        if (isStopped)
        {
            return;
        }

        var partition = new TopicIdPartition(TopicId, world.Random.Next(world.Shape.Partitions));
        if (AnyNode() is { IsUp: true } node && node.ReplicaOf(partition) is { IsLeading: true } leader && leader.HighWatermark.Value > 0)
        {
            world.Network.Send(AnyNode().Id, node.Id, new DeleteRecords(partition, new Offset(world.Random.NextInt64(leader.HighWatermark.Value + 1))));
        }

        world.At(world.Between(300, 3_000), Delete);
    }

    private void Reassign()
    {
        var node = AnyNode();
        if (world.Faults.IsActive && world.Nodes.Length > 3 && node.IsUp && node.Image.FindTopic(TopicName) is { } topic)
        {
            var index = world.Random.Next(topic.Partitions.Count);
            var replicas = world.Nodes.Select(other => other.Id).OrderBy(_ => world.Random.Next()).Take(3).ToImmutableArray();
            var wanted = new Reassignment(new TopicPartition(TopicName, index), world.Chance(0.8) ? replicas : null);
            node.AskController(new AlterPartitionReassignments([wanted]), static _ => { });
        }

        world.At(world.Between(1_000, 6_000), Reassign);
    }
}
