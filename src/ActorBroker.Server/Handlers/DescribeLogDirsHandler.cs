using ActorBroker.Actors.Partitions;
using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;
using ActorBroker.Server.Network;

namespace ActorBroker.Server.Handlers;

/// <summary>
/// DescribeLogDirs, versions 0 to 4: the data directories of this node with the size of every replica in them (KIP-113); bytes of the
/// file system from 4 (KIP-827). Null topics mean all. Errors, by directory: KAFKA_STORAGE_ERROR.
/// </summary>
public sealed class DescribeLogDirsHandler(Broker broker)
    : AsyncApiHandler<DescribeLogDirsRequest>(DescribeLogDirsRequest.MinVersion, DescribeLogDirsRequest.MaxVersion)
{
    protected override ValueTask<IApiResponse?> HandleAsync(RequestContext context, DescribeLogDirsRequest request)
    {
        var asked = request.Topics?.SelectMany(topic => topic.Partitions.Select(partition => (topic.Topic, partition))).ToHashSet();
        var shown = broker.Partitions.All
            .Where(partition => asked is null || asked.Contains((partition.Id.Topic, partition.Id.Partition)))
            .ToLookup(partition => partition.DataDirectory);
        return new(new DescribeLogDirsResponse
        {
            Results = [.. broker.Options.Storage.DataDirs.Select(directory => Describe(directory, shown[directory]))],
        });
    }

    private static DescribeLogDirsResponse.DescribeLogDirsResult Describe(string directory, IEnumerable<Partition> partitions)
    {
        var result = new DescribeLogDirsResponse.DescribeLogDirsResult { LogDir = directory };
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

        result.Topics = [.. partitions.GroupBy(partition => partition.Id.Topic).Select(topic => new DescribeLogDirsResponse.DescribeLogDirsTopic
        {
            Name = topic.Key,
            Partitions = [.. topic.OrderBy(partition => partition.Id.Partition).Select(partition => new DescribeLogDirsResponse.DescribeLogDirsPartition
            {
                PartitionIndex = partition.Id.Partition,
                PartitionSize = partition.SizeInBytes,
            })],
        })];
        return result;
    }
}
