using ActorBroker.Actors.Partitions;
using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;
using ActorBroker.Server.Network;

namespace ActorBroker.Server.Handlers;

/// <summary>
/// DescribeLogDirs, versions 0 to 4: the data directories of this node with the size of every replica in them (KIP-113); bytes of the
/// file system from 4 (KIP-827). A replica that is being moved is shown twice, its copy with the records that it is behind. Null topics mean all. Errors, by directory: KAFKA_STORAGE_ERROR.
/// </summary>
public sealed class DescribeLogDirsHandler(Broker broker)
    : AsyncApiHandler<DescribeLogDirsRequest>(DescribeLogDirsRequest.MinVersion, DescribeLogDirsRequest.MaxVersion)
{
    protected override ValueTask<IApiResponse?> HandleAsync(RequestContext context, DescribeLogDirsRequest request)
    {
        var asked = request.Topics?.SelectMany(topic => topic.Partitions.Select(partition => (topic.Topic, partition))).ToHashSet();
        var shown = broker.Partitions.All
            .Where(partition => asked is null || asked.Contains((partition.Id.Topic, partition.Id.Partition)))
            .SelectMany(Replicas)
            .ToLookup(replica => replica.Directory, replica => (replica.Topic, replica.Answer));
        return new(new DescribeLogDirsResponse
        {
            Results = [.. broker.DataDirectories.Paths.Select(directory => Describe(directory, shown[directory]))],
        });
    }

    private static IEnumerable<(string? Directory, string Topic, DescribeLogDirsResponse.DescribeLogDirsPartition Answer)> Replicas(Partition partition)
    {
        yield return (partition.DataDirectory, partition.Id.Topic, new()
        {
            PartitionIndex = partition.Id.Partition,
            PartitionSize = partition.SizeInBytes,
        });
        if (partition.Moving is { } copy)
        {
            yield return (copy.DataDirectory, partition.Id.Topic, new()
            {
                PartitionIndex = partition.Id.Partition,
                PartitionSize = copy.SizeInBytes,
                OffsetLag = copy.OffsetLag,
                IsFutureKey = true,
            });
        }
    }

    private DescribeLogDirsResponse.DescribeLogDirsResult Describe(
        string directory, IEnumerable<(string Topic, DescribeLogDirsResponse.DescribeLogDirsPartition Answer)> replicas)
    {
        var result = new DescribeLogDirsResponse.DescribeLogDirsResult { LogDir = directory };
        if (broker.DataDirectories.IsOffline(directory))
        {
            result.ErrorCode = ErrorCode.KafkaStorageError;
            return result;
        }

        try
        {
            var drive = new DriveInfo(directory);
            (result.TotalBytes, result.UsableBytes) = (drive.TotalSize, drive.AvailableFreeSpace);
        }
        catch (IOException)
        {
            result.ErrorCode = ErrorCode.KafkaStorageError;
            return result;
        }

        result.Topics = [.. replicas.GroupBy(replica => replica.Topic).Select(topic => new DescribeLogDirsResponse.DescribeLogDirsTopic
        {
            Name = topic.Key,
            Partitions = [.. topic.Select(replica => replica.Answer).OrderBy(answer => answer.PartitionIndex)],
        })];
        return result;
    }
}
