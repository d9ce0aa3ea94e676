using ActorBroker.Metadata.Quorum;
using ActorBroker.Model;
using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;
using ActorBroker.Server.Network;

namespace ActorBroker.Server.Handlers;

/// <summary>
/// DescribeQuorum, versions 0 to 2: the metadata quorum as the controller sees it (KIP-595); times from 1 (KIP-836), directory ids and the brokers'
/// addresses from 2 (KIP-853). Errors: UNKNOWN_TOPIC_OR_PARTITION for anything but __cluster_metadata-0, the controller's own on time-outs.
/// </summary>
public sealed class DescribeQuorumHandler(Broker broker)
    : AsyncApiHandler<DescribeQuorumRequest>(DescribeQuorumRequest.MinVersion, DescribeQuorumRequest.MaxVersion)
{
    protected override async ValueTask<IApiResponse?> HandleAsync(RequestContext context, DescribeQuorumRequest request)
    {
        var answer = await broker.AskController<QuorumDescription>(new DescribeQuorum()).ConfigureAwait(false);
        if (answer.Reply is not { } quorum)
        {
            return new DescribeQuorumResponse { ErrorCode = answer.Error, ErrorMessage = answer.Message };
        }

        var isDetailed = context.ApiVersion >= 2;
        return new DescribeQuorumResponse
        {
            // What version 2 added has no place in older answers.
            Topics =
            [
                .. request.Topics.Select(topic => new DescribeQuorumResponse.TopicData
                {
                    TopicName = topic.TopicName,
                    Partitions = [.. topic.Partitions.Select(partition => Describe(quorum, topic.TopicName, partition.PartitionIndex, isDetailed))],
                }),
            ],
            Nodes = !isDetailed ? [] :
            [
                .. broker.VisibleBrokers(context.Connection.Listener.Name).Select(visible => new DescribeQuorumResponse.Node
                {
                    NodeId = visible.Id.Value,
                    Listeners = [new() { Name = context.Connection.Listener.Name, Host = visible.Host, Port = (ushort)visible.Port }],
                }),
            ],
        };
    }

    private static DescribeQuorumResponse.PartitionData Describe(QuorumDescription quorum, string topic, int partition, bool isDetailed) =>
        topic == TopicName.ClusterMetadata && partition == 0
            ? new()
            {
                PartitionIndex = partition,
                LeaderId = quorum.Leader.Value,
                LeaderEpoch = quorum.Epoch.Value,
                HighWatermark = quorum.HighWatermark.Value,
                CurrentVoters = [.. quorum.Voters.Select(replica => Describe(replica, isDetailed))],
                Observers = [.. quorum.Observers.Select(replica => Describe(replica, isDetailed))],
            }
            : new()
            {
                PartitionIndex = partition,
                ErrorCode = ErrorCode.UnknownTopicOrPartition,
                ErrorMessage = $"Only {TopicName.ClusterMetadata}-0 has a quorum.",
                LeaderId = NodeId.None.Value,
                LeaderEpoch = LeaderEpoch.Unknown.Value,
                HighWatermark = Offset.Unknown.Value,
            };

    private static DescribeQuorumResponse.ReplicaState Describe(QuorumReplicaState replica, bool isDetailed) => new()
    {
        ReplicaId = replica.Node.Value,
        ReplicaDirectoryId = isDetailed ? replica.DirectoryId : Guid.Empty,
        LogEndOffset = replica.EndOffset.Value,
        LastFetchTimestamp = replica.LastFetchTimestampMs,
        LastCaughtUpTimestamp = replica.LastCaughtUpTimestampMs,
    };
}
