using ActorBroker.Actors.Groups;
using ActorBroker.Coordination.Groups;
using ActorBroker.Model;
using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;
using ActorBroker.Server.Network;

namespace ActorBroker.Server.Handlers;

/// <summary>
/// OffsetCommit, versions 0 to 9: saves offsets of a member or of a simple consumer; answered once they are committed. Generations from 1 (where
/// each partition may state its time), a retention of the client's own in 2 to 4, leader epochs from 6 (KIP-320), static members from 7.
/// Version 0 was ZooKeeper's; here it is a simple consumer's. Errors, by partition: UNKNOWN_TOPIC_OR_PARTITION, OFFSET_METADATA_TOO_LARGE,
/// UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID, ILLEGAL_GENERATION, REBALANCE_IN_PROGRESS, INVALID_COMMIT_OFFSET_SIZE, COORDINATOR_LOAD_IN_PROGRESS,
/// COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR.
/// </summary>
public sealed class OffsetCommitHandler(Broker broker, GroupCoordinators groups)
    : ApiHandler<OffsetCommitRequest>(OffsetCommitRequest.MinVersion, OffsetCommitRequest.MaxVersion)
{
    protected override void Handle(RequestContext context, OffsetCommitRequest request)
    {
        var response = new OffsetCommitResponse();
        var offsets = new List<OffsetToCommit>();
        var answers = new List<OffsetCommitResponse.OffsetCommitResponsePartition>();
        foreach (var topic in request.Topics)
        {
            var isKnown = broker.Cluster.Image.FindTopic(topic.Name) is not null;
            var partitions = new List<OffsetCommitResponse.OffsetCommitResponsePartition>(topic.Partitions.Count);
            foreach (var partition in topic.Partitions)
            {
                var answer = new OffsetCommitResponse.OffsetCommitResponsePartition { PartitionIndex = partition.PartitionIndex };
                partitions.Add(answer);
                if (isKnown)
                {
                    answers.Add(answer);
                    offsets.Add(ToCommit(topic.Name, partition));
                }
                else
                {
                    answer.ErrorCode = ErrorCode.UnknownTopicOrPartition;
                }
            }

            response.Topics.Add(new() { Name = topic.Name, Partitions = partitions });
        }

        if (offsets.Count == 0)
        {
            context.Complete(response);
            return;
        }

        var commit = new GroupEvent.CommitOffsets(
            GroupCall.NextToken(), request.GenerationIdOrMemberEpoch, request.MemberId, request.GroupInstanceId,
            request.RetentionTimeMs < 0 ? null : request.RetentionTimeMs, offsets);
        groups.Send<GroupReply.CommitOffsets>(request.GroupId, commit, reply =>
        {
            for (var i = 0; i < answers.Count; i++)
            {
                answers[i].ErrorCode = reply.Errors[i].ToErrorCode();
            }

            context.Complete(response);
        });
    }

    private static OffsetToCommit ToCommit(string topic, OffsetCommitRequest.OffsetCommitRequestPartition partition) => new(
        new TopicPartition(topic, partition.PartitionIndex),
        new Offset(partition.CommittedOffset),
        new LeaderEpoch(partition.CommittedLeaderEpoch),
        partition.CommittedMetadata,
        partition.CommitTimestamp < 0 ? null : partition.CommitTimestamp);
}
