using ActorBroker.Model;
using ActorBroker.Protocol.Messages;
using ActorBroker.Protocol;
using ActorBroker.Server.Network;

namespace ActorBroker.Server.Handlers;

/// <summary>
/// OffsetForLeaderEpoch, versions 0 to 4: where a leader epoch ended, so that clients notice truncated logs (KIP-101, KIP-320).
/// Errors: UNKNOWN_TOPIC_OR_PARTITION, NOT_LEADER_OR_FOLLOWER, FENCED_LEADER_EPOCH, UNKNOWN_LEADER_EPOCH.
/// </summary>
public sealed class OffsetForLeaderEpochHandler(Broker broker) : AsyncApiHandler<OffsetForLeaderEpochRequest>(OffsetForLeaderEpochRequest.MinVersion, OffsetForLeaderEpochRequest.MaxVersion)
{
    protected override ValueTask<IApiResponse?> HandleAsync(RequestContext context, OffsetForLeaderEpochRequest request) =>
        new(new OffsetForLeaderEpochResponse
        {
            Topics = [.. request.Topics.Select(topic => new OffsetForLeaderEpochResponse.OffsetForLeaderTopicResult
            {
                Topic = topic.Topic,
                Partitions = [.. topic.Partitions.Select(partition => Answer(topic.Topic, partition))],
            })],
        });

    private OffsetForLeaderEpochResponse.EpochEndOffset Answer(string topic, OffsetForLeaderEpochRequest.OffsetForLeaderPartition asked)
    {
        var answer = new OffsetForLeaderEpochResponse.EpochEndOffset { Partition = asked.Partition };
        var error = broker.FindLeader(topic, asked.Partition, new LeaderEpoch(asked.CurrentLeaderEpoch), out var partition);
        if (error == ErrorCode.None && partition!.Offsets is { } offsets)
        {
            var (epoch, endOffset) = offsets.EndOfEpoch(new LeaderEpoch(asked.LeaderEpoch));
            (answer.LeaderEpoch, answer.EndOffset) = (epoch.Value, endOffset.Value);
        }
        else
        {
            // The log may close between the two looks at the partition.
            answer.ErrorCode = error == ErrorCode.None ? ErrorCode.NotLeaderOrFollower : error;
        }

        return answer;
    }
}
