using ActorBroker.Actors.Partitions;
using ActorBroker.Model;
using ActorBroker.Protocol.Messages;
using ActorBroker.Protocol;
using ActorBroker.Server.Network;

namespace ActorBroker.Server.Fetching;

/// <summary>What one look at all partitions of a fetch found. Its records hold files open until released or sent.</summary>
internal sealed class FetchRead(int count)
{
    /// <summary>In the order of the targets.</summary>
    public List<FetchResponse.PartitionData> Partitions { get; } = new(count);

    public long Bytes { get; set; }

    /// <summary>Something that the client must hear of now, whatever its minimum of bytes.</summary>
    public bool IsUrgent { get; set; }

    public bool Satisfies(int minBytes) => IsUrgent || Bytes >= minBytes;

    public void Release()
    {
        foreach (var partition in Partitions)
        {
            partition.Records?.Release();
        }
    }
}

/// <summary>Reads the partitions of one fetch request by its limits, isolation and version.</summary>
internal sealed class FetchReader(Broker broker, RequestContext context, FetchRequest request)
{
    /// <summary>Versions below this one get message sets of magic 0 or 1.</summary>
    private const short FirstVersionWithBatches = 4;
    private const short FirstVersionWithSoftLimit = 3;
    private const short FirstVersionWithZstd = 10;
    private const short FirstVersionWithLeader = 12;
    private const short FirstVersionWithEndpoints = 16;

    private readonly ReadIsolation isolation =
        ReplicaId(request) >= 0 ? ReadIsolation.LogEnd
        : request.IsolationLevel == 1 ? ReadIsolation.Committed
        : ReadIsolation.HighWatermark;

    /// <summary>Most bytes of the response, unless its first batch alone is larger.</summary>
    public int MaxBytes { get; } = Math.Min(request.MaxBytes, broker.Options.Limits.FetchMaxBytes);

    public FetchRead Read(List<FetchTarget> targets)
    {
        var read = new FetchRead(targets.Count);
        foreach (var target in targets)
        {
            var left = (int)Math.Max(0, MaxBytes - read.Bytes);
            var data = ReadOne(target, Math.Min(target.MaxBytes, left), atLeastOneBatch: read.Bytes == 0);
            read.Bytes += data.Records?.Size ?? 0;
            read.IsUrgent |= data.ErrorCode != ErrorCode.None || data.DivergingEpoch.EndOffset >= 0;
            read.Partitions.Add(data);
        }

        return read;
    }

    /// <summary>From version 16 a client that asked the wrong node learns where the leader is (KIP-951).</summary>
    public void AddLeaderEndpoints(FetchResponse response)
    {
        if (context.ApiVersion < FirstVersionWithEndpoints)
        {
            return;
        }

        foreach (var data in response.Responses.SelectMany(topic => topic.Partitions))
        {
            if (data.CurrentLeader.LeaderId >= 0 && response.NodeEndpoints.All(node => node.NodeId != data.CurrentLeader.LeaderId)
                && broker.FindBroker(new NodeId(data.CurrentLeader.LeaderId), context.Connection.Listener.Name) is { } leader)
            {
                response.NodeEndpoints.Add(new() { NodeId = leader.Id.Value, Host = leader.Host, Port = leader.Port, Rack = leader.Rack });
            }
        }
    }

    private static int ReplicaId(FetchRequest request) => Math.Max(request.ReplicaId, request.ReplicaState.ReplicaId);

    private FetchResponse.PartitionData ReadOne(FetchTarget target, int limit, bool atLeastOneBatch)
    {
        var error = Find(target, out var partition);
        if (error == ErrorCode.None && context.ApiVersion < FirstVersionWithZstd && partition!.IsZstdTopic)
        {
            error = ErrorCode.UnsupportedCompressionType;
        }

        if (error != ErrorCode.None)
        {
            return Failed(target, error, partition);
        }

        var found = partition!.Read(new Offset(target.FetchOffset), limit, isolation, atLeastOneBatch, target.LastFetchedEpoch);
        if (found.Error != ErrorCode.None)
        {
            return Failed(target, found.Error, partition);
        }

        var data = new FetchResponse.PartitionData
        {
            PartitionIndex = target.Partition,
            HighWatermark = found.HighWatermark,
            LastStableOffset = found.LastStableOffset,
            LogStartOffset = found.LogStartOffset,
            AbortedTransactions = found.Aborted is { } aborted ? [.. aborted.Select(ToAborted)] : null,
            Records = found.Records,
        };
        if (found.DivergingEndOffset >= 0)
        {
            data.DivergingEpoch.Epoch = found.DivergingEpoch;
            data.DivergingEpoch.EndOffset = found.DivergingEndOffset;
        }

        return context.ApiVersion < FirstVersionWithBatches ? DownConvert(data, target, limit) : data;
    }

    private ErrorCode Find(FetchTarget target, out Partition? partition)
    {
        partition = null;
        target.Topic ??= broker.Cluster.Image.TopicNames.GetValueOrDefault(target.TopicId);
        if (target.Topic is null)
        {
            return ErrorCode.UnknownTopicId;
        }

        var error = broker.FindLeader(target.Topic, target.Partition, target.CurrentLeaderEpoch, out partition);
        return error == ErrorCode.None && target.TopicId != TopicId.Zero && partition!.TopicId != target.TopicId
            ? ErrorCode.InconsistentTopicId
            : error;
    }

    private static FetchResponse.AbortedTransaction ToAborted(AbortedRange range) =>
        new() { ProducerId = range.ProducerId, FirstOffset = range.FirstOffset };

    private FetchResponse.PartitionData Failed(FetchTarget target, ErrorCode error, Partition? partition)
    {
        var data = new FetchResponse.PartitionData
        {
            PartitionIndex = target.Partition,
            ErrorCode = error,
            HighWatermark = -1,
            AbortedTransactions = null,
            Records = MemoryRecords.Empty,
        };
        if (error is ErrorCode.NotLeaderOrFollower or ErrorCode.FencedLeaderEpoch && partition is not null && context.ApiVersion >= FirstVersionWithLeader)
        {
            data.CurrentLeader.LeaderId = partition.Leader.Value;
            data.CurrentLeader.LeaderEpoch = partition.LeaderEpoch.Value;
        }

        return data;
    }

    private FetchResponse.PartitionData DownConvert(FetchResponse.PartitionData data, FetchTarget target, int limit)
    {
        if (data.Records is not { Size: > 0 } records)
        {
            return data;
        }

        try
        {
            // Below version 3 the limit is hard: those clients notice by a cut message that theirs is too small (KIP-74).
            var maxSize = context.ApiVersion < FirstVersionWithSoftLimit ? Math.Max(0, limit) : int.MaxValue;
            data.ErrorCode = OldFormat.TryConvert(
                records, magic: context.ApiVersion < 2 ? (byte)0 : (byte)1, target.FetchOffset, maxSize, out var converted);
            data.Records = converted;
        }
        catch (IOException)
        {
            data.ErrorCode = ErrorCode.KafkaStorageError;
            data.Records = MemoryRecords.Empty;
        }
        finally
        {
            records.Release();
        }

        return data;
    }
}
