using ActorBroker.Model;
using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;

namespace ActorBroker.Client;

/// <summary>What a member tells the group's leader about itself.</summary>
internal sealed record MemberSubscription(IReadOnlyList<string> Topics, IReadOnlyList<TopicPartition> Owned, int Generation = -1);

/// <summary>The "consumer" protocol inside classic groups: subscriptions and assignments, opaque to the coordinator.</summary>
internal static class ConsumerProtocol
{
    public const string ProtocolType = "consumer";

    private const short SubscriptionVersion = 2;
    private const short AssignmentVersion = 1;

    public static byte[] WriteSubscription(MemberSubscription subscription)
    {
        using var writer = new ProtocolWriter();
        writer.WriteInt16(SubscriptionVersion);
        var message = new ConsumerProtocolSubscription
        {
            Topics = [.. subscription.Topics],
            GenerationId = subscription.Generation,
            OwnedPartitions = [.. subscription.Owned.GroupBy(partition => partition.Topic).Select(topic => new ConsumerProtocolSubscription.TopicPartition
            {
                Topic = topic.Key,
                Partitions = [.. topic.Select(partition => partition.Partition)],
            })],
        };
        message.Write(writer, SubscriptionVersion);
        return writer.ToArray();
    }

    /// <exception cref="ProtocolException">The bytes are no subscription.</exception>
    public static MemberSubscription ReadSubscription(ReadOnlyMemory<byte> bytes)
    {
        var reader = new ProtocolReader(bytes);
        var version = Math.Min(reader.ReadInt16(), ConsumerProtocolSubscription.MaxVersion);
        var message = new ConsumerProtocolSubscription();
        message.Read(ref reader, version);
        return new MemberSubscription(
            message.Topics,
            [.. message.OwnedPartitions.SelectMany(topic => topic.Partitions.Select(partition => new TopicPartition(topic.Topic, partition)))],
            message.GenerationId);
    }

    public static byte[] WriteAssignment(IEnumerable<TopicPartition> partitions)
    {
        using var writer = new ProtocolWriter();
        writer.WriteInt16(AssignmentVersion);
        var message = new ConsumerProtocolAssignment
        {
            AssignedPartitions = [.. partitions.GroupBy(partition => partition.Topic).Select(topic => new ConsumerProtocolAssignment.TopicPartition
            {
                Topic = topic.Key,
                Partitions = [.. topic.Select(partition => partition.Partition)],
            })],
        };
        message.Write(writer, AssignmentVersion);
        return writer.ToArray();
    }

    /// <summary>Empty bytes are an empty assignment.</summary>
    /// <exception cref="ProtocolException">The bytes are no assignment.</exception>
    public static IReadOnlyList<TopicPartition> ReadAssignment(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return [];
        }

        var reader = new ProtocolReader(bytes);
        var version = Math.Min(reader.ReadInt16(), ConsumerProtocolAssignment.MaxVersion);
        var message = new ConsumerProtocolAssignment();
        message.Read(ref reader, version);
        return [.. message.AssignedPartitions.SelectMany(topic => topic.Partitions.Select(partition => new TopicPartition(topic.Topic, partition)))];
    }

    /// <summary>For showing only: bytes that are no assignment count as none.</summary>
    public static IReadOnlyList<TopicPartition> ReadAssignmentOrEmpty(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            return ReadAssignment(bytes);
        }
        catch (ProtocolException)
        {
            return [];
        }
    }
}
