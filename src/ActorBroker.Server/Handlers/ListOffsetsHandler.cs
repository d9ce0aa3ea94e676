using ActorBroker.Actors.Partitions;
using ActorBroker.Model;
using ActorBroker.Protocol.Messages;
using ActorBroker.Protocol;
using ActorBroker.Server.Network;

namespace ActorBroker.Server.Handlers;

/// <summary>
/// ListOffsets, versions 0 to 10: the earliest, latest, or first offset at or after a timestamp; isolation from 2; leader epochs from 4
/// (KIP-320); the offset of the largest timestamp from 7 (KIP-734); earliest local from 8 (KIP-405), latest tiered from 9 (KIP-1005).
/// Version 0 lists offsets of segments. Errors: UNKNOWN_TOPIC_OR_PARTITION, NOT_LEADER_OR_FOLLOWER, FENCED_LEADER_EPOCH,
/// UNKNOWN_LEADER_EPOCH, OFFSET_NOT_AVAILABLE (before 5 LEADER_NOT_AVAILABLE) on a new leader that is not sure of the end yet (KIP-207), KAFKA_STORAGE_ERROR, UNSUPPORTED_VERSION for a special timestamp newer than the request's version.
/// </summary>
public sealed class ListOffsetsHandler(Broker broker) : AsyncApiHandler<ListOffsetsRequest>(ListOffsetsRequest.MinVersion, ListOffsetsRequest.MaxVersion)
{
    private const short FirstVersionWithOffsetNotAvailable = 5;
    private const long Latest = -1;
    private const long Earliest = -2;
    private const long MaxTimestamp = -3;
    private const long EarliestLocal = -4;
    private const long LatestTiered = -5;

    protected override ValueTask<IApiResponse?> HandleAsync(RequestContext context, ListOffsetsRequest request)
    {
        var twice = request.Topics
            .SelectMany(topic => topic.Partitions.Select(partition => (topic.Name, partition.PartitionIndex)))
            .GroupBy(entry => entry).Where(group => group.Count() > 1).Select(group => group.Key).ToHashSet();
        return new(new ListOffsetsResponse
        {
            Topics = [.. request.Topics.Select(topic => new ListOffsetsResponse.ListOffsetsTopicResponse
            {
                Name = topic.Name,
                Partitions = [.. topic.Partitions.Select(asked => twice.Contains((topic.Name, asked.PartitionIndex))
                    ? Failed(asked, ErrorCode.InvalidRequest)
                    : Answer(context.ApiVersion, request, topic.Name, asked))],
            })],
        });
    }

    private ListOffsetsResponse.ListOffsetsPartitionResponse Answer(
        short version, ListOffsetsRequest request, string topic, ListOffsetsRequest.ListOffsetsPartition asked)
    {
        var error = broker.FindLeader(topic, asked.PartitionIndex, new LeaderEpoch(asked.CurrentLeaderEpoch), out var partition);
        if (error != ErrorCode.None)
        {
            return Failed(asked, error);
        }

        if ((asked.Timestamp == MaxTimestamp && version < 7) || (asked.Timestamp == EarliestLocal && version < 8)
            || (asked.Timestamp == LatestTiered && version < 9) || asked.Timestamp < LatestTiered)
        {
            return Failed(asked, ErrorCode.UnsupportedVersion);
        }

        var isConsumer = request.ReplicaId < 0;
        var isolation = !isConsumer ? ReadIsolation.LogEnd : request.IsolationLevel == 1 ? ReadIsolation.Committed : ReadIsolation.HighWatermark;
        if (partition!.Offsets is not { } offsets)
        {
            // The log closed after it was found to serve.
            return Failed(asked, ErrorCode.NotLeaderOrFollower);
        }

        try
        {
            if (version == 0)
            {
                return new() { PartitionIndex = asked.PartitionIndex, OldStyleOffsets = OldStyle(offsets, asked, isolation) };
            }

            var found = Find(offsets, asked.Timestamp, isolation);
            if (isConsumer && offsets.IsBehindItsEpoch && (asked.Timestamp == Latest || (asked.Timestamp != Earliest && asked.Timestamp != EarliestLocal && found.Offset == Offset.Unknown)))
            {
                // A new leader does not know yet how much of what it holds is committed: an end that lies before what consumers have seen would set them back (KIP-207).
                return Failed(asked, version >= FirstVersionWithOffsetNotAvailable ? ErrorCode.OffsetNotAvailable : ErrorCode.LeaderNotAvailable);
            }

            return new()
            {
                PartitionIndex = asked.PartitionIndex,
                Timestamp = found.TimestampMs,
                Offset = found.Offset.Value,
                LeaderEpoch = version >= 4 ? found.LeaderEpoch.Value : -1,
            };
        }
        catch (IOException)
        {
            return Failed(asked, ErrorCode.KafkaStorageError);
        }
    }

    private static FoundOffset Find(PartitionOffsets offsets, long timestamp, ReadIsolation isolation) => timestamp switch
    {
        Latest => offsets.Latest(isolation),
        Earliest or EarliestLocal => offsets.Earliest,
        MaxTimestamp => offsets.OfMaxTimestamp(isolation),
        LatestTiered => FoundOffset.None,
        _ => offsets.ForTimestamp(timestamp, isolation),
    };

    /// <summary>Of a time: the starts of segments with nothing newer before them. A time after all records means all of them.</summary>
    private static List<long> OldStyle(PartitionOffsets offsets, ListOffsetsRequest.ListOffsetsPartition asked, ReadIsolation isolation)
    {
        var found = asked.Timestamp switch
        {
            Earliest => [offsets.Earliest.Offset.Value],
            Latest => offsets.SegmentStarts(isolation),
            _ => offsets.ForTimestamp(asked.Timestamp, isolation).Offset is var first && first != Offset.Unknown
                ? offsets.SegmentStarts(isolation).Where(offset => offset <= first.Value)
                : offsets.SegmentStarts(isolation),
        };
        return [.. found.OrderDescending().Take(Math.Max(0, asked.MaxNumOffsets))];
    }

    private static ListOffsetsResponse.ListOffsetsPartitionResponse Failed(ListOffsetsRequest.ListOffsetsPartition asked, ErrorCode error) =>
        new() { PartitionIndex = asked.PartitionIndex, ErrorCode = error };
}
