using ActorBroker.Model;
using ActorBroker.Protocol.Messages;
using ActorBroker.Protocol;
using ActorBroker.Server.Fetching;
using ActorBroker.Server.Network;

namespace ActorBroker.Server.Handlers;

/// <summary>
/// Fetch, versions 0 to 17: long polls for records up to the high watermark, or the last stable offset for read_committed (from 4, KIP-98);
/// versions 0 to 3 get message sets of magic 0 (0, 1) or 1 (2, 3); incremental sessions from 7 (KIP-227); leader epochs from 9 (KIP-320),
/// zstd from 10 (KIP-110), the rack of the client from 11 (KIP-392: followers serve it up to their own high watermark, and a leader names the
/// replica in its rack), divergence from 12 (KIP-595), topic ids from 13 (KIP-516), leader endpoints from 16 (KIP-951). Replicas do not fetch here.
/// Errors: FETCH_SESSION_ID_NOT_FOUND, INVALID_FETCH_SESSION_EPOCH, FETCH_SESSION_TOPIC_ID_ERROR, INVALID_REQUEST for the request; OFFSET_OUT_OF_RANGE,
/// UNKNOWN_TOPIC_OR_PARTITION, UNKNOWN_TOPIC_ID, INCONSISTENT_TOPIC_ID, NOT_LEADER_OR_FOLLOWER, FENCED_LEADER_EPOCH,
/// UNKNOWN_LEADER_EPOCH, UNSUPPORTED_COMPRESSION_TYPE, KAFKA_STORAGE_ERROR by partition.
/// </summary>
public sealed class FetchHandler(Broker broker, FetchSessionCache sessions) : ApiHandler<FetchRequest>(FetchRequest.MinVersion, FetchRequest.MaxVersion)
{
    private const short FirstVersionWithTopicIds = 13;

    protected override void Handle(RequestContext context, FetchRequest request)
    {
        var usesTopicIds = context.ApiVersion >= FirstVersionWithTopicIds;
        if (Math.Max(request.ReplicaId, request.ReplicaState.ReplicaId) >= 0)
        {
            context.Complete(RefuseReplica(request));
            return;
        }

        var asked = Targets(request, usesTopicIds);
        if (request.SessionEpoch is FetchSessionCache.InitialEpoch or FetchSessionCache.FinalEpoch)
        {
            StartFull(context, request, asked, usesTopicIds);
            return;
        }

        var error = sessions.Resume(request.SessionId, request.SessionEpoch, usesTopicIds, out var session);
        if (error != ErrorCode.None)
        {
            context.Complete(new FetchResponse { ErrorCode = error, SessionId = FetchSessionCache.NoSession });
            return;
        }

        var targets = session!.Update(asked, Forgotten(request, usesTopicIds));
        if (!sessions.TryKeep(session))
        {
            // The client begins anew with all its partitions, which it has to repeat from then on while there is no room.
            context.Complete(new FetchResponse { ErrorCode = ErrorCode.FetchSessionIdNotFound, SessionId = FetchSessionCache.NoSession });
            return;
        }

        if (targets.Count == 0)
        {
            // Nothing is left to be incremental about: the session ends.
            sessions.Close(session.Id);
            session = null;
        }

        new FetchOperation(broker, context, request, session, incremental: true, targets).Start();
    }

    /// <summary>
    /// Replicas of this cluster do not fetch, their leaders push; and who reads past the high watermark may read what is taken back later.
    /// </summary>
    private static FetchResponse RefuseReplica(FetchRequest request) => new()
    {
        ErrorCode = ErrorCode.InvalidRequest,
        Responses = [.. request.Topics.Select(topic => new FetchResponse.FetchableTopicResponse
        {
            Topic = topic.Topic,
            TopicId = topic.TopicId,
            Partitions = [.. topic.Partitions.Select(partition => new FetchResponse.PartitionData
            {
                PartitionIndex = partition.Partition,
                ErrorCode = ErrorCode.InvalidRequest,
                HighWatermark = -1,
                AbortedTransactions = null,
                Records = MemoryRecords.Empty,
            })],
        })],
    };

    private void StartFull(RequestContext context, FetchRequest request, List<FetchTarget> asked, bool usesTopicIds)
    {
        if (request.SessionId != FetchSessionCache.NoSession)
        {
            sessions.Close(request.SessionId);
        }

        FetchSession? session = null;
        if (request.SessionEpoch == FetchSessionCache.InitialEpoch && asked.Count > 0)
        {
            session = sessions.Open(usesTopicIds);
            session?.Update(asked, []);
            session = session is not null && sessions.TryKeep(session) ? session : null;
        }

        new FetchOperation(broker, context, request, session, incremental: false, asked).Start();
    }

    private List<FetchTarget> Targets(FetchRequest request, bool usesTopicIds)
    {
        var targets = new List<FetchTarget>();
        var image = broker.Cluster.Image;
        foreach (var topic in request.Topics)
        {
            var id = new TopicId(topic.TopicId);
            var name = usesTopicIds ? image.TopicNames.GetValueOrDefault(id) : topic.Topic;
            foreach (var partition in topic.Partitions)
            {
                targets.Add(new FetchTarget
                {
                    Topic = name,
                    TopicId = id,
                    Partition = partition.Partition,
                    FetchOffset = partition.FetchOffset,
                    MaxBytes = partition.PartitionMaxBytes,
                    CurrentLeaderEpoch = new LeaderEpoch(partition.CurrentLeaderEpoch),
                    LastFetchedEpoch = new LeaderEpoch(partition.LastFetchedEpoch),
                });
            }
        }

        return targets;
    }

    private static IEnumerable<FetchTargetKey> Forgotten(FetchRequest request, bool usesTopicIds) =>
        request.ForgottenTopicsData.SelectMany(topic => topic.Partitions.Select(partition =>
            new FetchTargetKey(usesTopicIds ? null : topic.Topic, new TopicId(topic.TopicId), partition)));
}
