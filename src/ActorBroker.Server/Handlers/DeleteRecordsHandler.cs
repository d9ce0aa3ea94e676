using ActorBroker.Model;
using ActorBroker.Protocol.Messages;
using ActorBroker.Protocol;
using ActorBroker.Server.Network;

namespace ActorBroker.Server.Handlers;

/// <summary>
/// DeleteRecords, versions 0 to 2: moves log start offsets up (KIP-107); -1 means up to the high watermark. Errors:
/// OFFSET_OUT_OF_RANGE, UNKNOWN_TOPIC_OR_PARTITION, NOT_LEADER_OR_FOLLOWER, POLICY_VIOLATION for compacted topics, KAFKA_STORAGE_ERROR.
/// </summary>
public sealed class DeleteRecordsHandler(Broker broker) : AsyncApiHandler<DeleteRecordsRequest>(DeleteRecordsRequest.MinVersion, DeleteRecordsRequest.MaxVersion)
{
    protected override async ValueTask<IApiResponse?> HandleAsync(RequestContext context, DeleteRecordsRequest request)
    {
        var response = new DeleteRecordsResponse();
        foreach (var topic in request.Topics)
        {
            var answers = topic.Partitions.Select(asked => Delete(topic.Name, asked)).ToList();
            response.Topics.Add(new() { Name = topic.Name, Partitions = [.. await Task.WhenAll(answers).ConfigureAwait(false)] });
        }

        return response;
    }

    private async Task<DeleteRecordsResponse.DeleteRecordsPartitionResult> Delete(string topic, DeleteRecordsRequest.DeleteRecordsPartition asked)
    {
        var error = broker.FindLeader(topic, asked.PartitionIndex, LeaderEpoch.Unknown, out var partition);
        if (error != ErrorCode.None)
        {
            return new() { PartitionIndex = asked.PartitionIndex, LowWatermark = -1, ErrorCode = error };
        }

        var reply = await partition!.DeleteRecordsAsync(new Offset(asked.Offset)).ConfigureAwait(false);
        return new() { PartitionIndex = asked.PartitionIndex, LowWatermark = reply.LowWatermark.Value, ErrorCode = reply.Error };
    }
}
