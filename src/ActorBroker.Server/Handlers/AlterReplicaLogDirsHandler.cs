using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;
using ActorBroker.Server.Network;

namespace ActorBroker.Server.Handlers;

/// <summary>
/// AlterReplicaLogDirs, versions 0 to 2: moves replicas of this node between its data directories (KIP-113). Answered when the moves are
/// noted down; DescribeLogDirs shows how far they are. Errors: LOG_DIR_NOT_FOUND, KAFKA_STORAGE_ERROR, REPLICA_NOT_AVAILABLE (a replica that
/// comes later is created in that directory).
/// </summary>
public sealed class AlterReplicaLogDirsHandler(Broker broker)
    : AsyncApiHandler<AlterReplicaLogDirsRequest>(AlterReplicaLogDirsRequest.MinVersion, AlterReplicaLogDirsRequest.MaxVersion)
{
    protected override async ValueTask<IApiResponse?> HandleAsync(RequestContext context, AlterReplicaLogDirsRequest request)
    {
        var results = new Dictionary<string, AlterReplicaLogDirsResponse.AlterReplicaLogDirTopicResult>();
        foreach (var directory in request.Dirs)
        {
            foreach (var topic in directory.Topics)
            {
                if (!results.TryGetValue(topic.Name, out var result))
                {
                    results[topic.Name] = result = new() { TopicName = topic.Name };
                }

                foreach (var partition in topic.Partitions)
                {
                    var error = await broker.DataDirectories.MoveAsync(topic.Name, partition, directory.Path).ConfigureAwait(false);
                    result.Partitions.Add(new() { PartitionIndex = partition, ErrorCode = error });
                }
            }
        }

        return new AlterReplicaLogDirsResponse { Results = [.. results.Values] };
    }
}
