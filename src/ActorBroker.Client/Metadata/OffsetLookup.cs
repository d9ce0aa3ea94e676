using ActorBroker.Model;
using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;

namespace ActorBroker.Client;

/// <summary>Finds offsets by position or time at the leaders of partitions.</summary>
internal static class OffsetLookup
{
    public static async Task<IReadOnlyList<OffsetListing>> ListAsync(
        ClusterClient cluster, IReadOnlyDictionary<TopicPartition, OffsetSpec> specs, bool readCommitted, CancellationToken cancellation)
    {
        var left = specs.Keys.ToHashSet();
        var found = new List<OffsetListing>();
        await cluster.RetryAsync(
            async token =>
            {
                foreach (var listing in await AskOnceAsync(cluster, left, specs, readCommitted, token).ConfigureAwait(false))
                {
                    if (!listing.Error.IsRetriable() || listing.Error == ErrorCode.UnknownTopicOrPartition)
                    {
                        found.Add(listing);
                        left.Remove(listing.Partition);
                    }
                }

                return left.Count == 0 ? true : throw new KafkaException(ErrorCode.LeaderNotAvailable, $"no offset of {left.First()} could be found");
            },
            cancellation).ConfigureAwait(false);
        return found;
    }

    private static async Task<List<OffsetListing>> AskOnceAsync(
        ClusterClient cluster, HashSet<TopicPartition> partitions, IReadOnlyDictionary<TopicPartition, OffsetSpec> specs, bool readCommitted, CancellationToken cancellation)
    {
        var found = new List<OffsetListing>();
        var byLeader = new Dictionary<BrokerAddress, List<TopicPartition>>();
        foreach (var partition in partitions)
        {
            var topic = await cluster.GetTopicAsync(partition.Topic, cancellation).ConfigureAwait(false);
            if (partition.Partition < 0 || partition.Partition >= topic.Partitions.Count)
            {
                found.Add(new OffsetListing(partition, -1, -1, -1, ErrorCode.UnknownTopicOrPartition));
            }
            else if (cluster.Snapshot.LeaderOf(partition.Topic, partition.Partition) is { } leader)
            {
                if (!byLeader.TryGetValue(leader, out var list))
                {
                    byLeader.Add(leader, list = []);
                }

                list.Add(partition);
            }
        }

        foreach (var (leader, list) in byLeader)
        {
            var connection = await cluster.ConnectAsync(leader, ConnectionPurpose.General, cancellation).ConfigureAwait(false);
            var response = await connection.SendAsync<ListOffsetsResponse>(Request(list, specs, readCommitted), cancellation).ConfigureAwait(false);
            found.AddRange(response.Topics.SelectMany(topic => topic.Partitions.Select(partition => new OffsetListing(
                new TopicPartition(topic.Name, partition.PartitionIndex), partition.Offset, partition.Timestamp, partition.LeaderEpoch, partition.ErrorCode))));
        }

        return found;
    }

    private static ListOffsetsRequest Request(List<TopicPartition> partitions, IReadOnlyDictionary<TopicPartition, OffsetSpec> specs, bool readCommitted) => new()
    {
        ReplicaId = -1,
        IsolationLevel = readCommitted ? (sbyte)1 : (sbyte)0,
        Topics = [.. partitions.GroupBy(partition => partition.Topic).Select(topic => new ListOffsetsRequest.ListOffsetsTopic
        {
            Name = topic.Key,
            Partitions = [.. topic.Select(partition => new ListOffsetsRequest.ListOffsetsPartition { PartitionIndex = partition.Partition, Timestamp = specs[partition].Timestamp })],
        })],
    };
}
