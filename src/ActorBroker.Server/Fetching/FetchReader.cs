using ActorBroker.Actors.Partitions;
using ActorBroker.Model;
using ActorBroker.Model.Options;
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
    private const short FirstVersionWithRack = 11;
    private const short FirstVersionWithLeader = 16;

    private readonly ReadIsolation isolation = request.IsolationLevel == 1 ? ReadIsolation.Committed : ReadIsolation.HighWatermark;

    /// <summary>Whether the client knows that followers serve it as well, up to their own high watermark (KIP-392).</summary>
    private readonly bool mayReadFollowers = context.ApiVersion >= FirstVersionWithRack;

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
            read.IsUrgent |= data.ErrorCode != ErrorCode.None || data.DivergingEpoch.EndOffset >= 0 || data.PreferredReadReplica >= 0;
            read.Partitions.Add(data);
        }

        return read;
    }

    /// <summary>From version 16 a client that asked the wrong node learns where the leader is (KIP-951).</summary>
    public void AddLeaderEndpoints(FetchResponse response)
    {
        if (context.ApiVersion < FirstVersionWithLeader)
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

    private FetchResponse.PartitionData ReadOne(FetchTarget target, int limit, bool atLeastOneBatch)
    {
        var error = Find(target, out var partition);
        if (error == ErrorCode.None && context.ApiVersion < FirstVersionWithZstd && partition!.IsZstdTopic)
        {
            error = ErrorCode.UnsupportedCompressionType;
        }

        if (error != ErrorCode.None)
        {
            return Failed(target, error);
        }

        if (mayReadFollowers && PreferredReplica(target, partition!) is { } preferred && partition!.Offsets is { } offsets)
        {
            return Redirected(target, preferred, offsets);
        }

        var found = partition!.Read(new Offset(target.FetchOffset), limit, isolation, atLeastOneBatch, target.LastFetchedEpoch);
        if (found.Error != ErrorCode.None)
        {
            return Failed(target, found.Error);
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

        var error = mayReadFollowers
            ? broker.FindReplica(target.Topic, target.Partition, target.CurrentLeaderEpoch, out partition)
            : broker.FindLeader(target.Topic, target.Partition, target.CurrentLeaderEpoch, out partition);
        if (target.TopicId == TopicId.Zero)
        {
            return error;
        }

        return error == ErrorCode.UnknownTopicOrPartition && broker.Cluster.Image.FindTopic(target.TopicId) is null ? ErrorCode.UnknownTopicId
            : error == ErrorCode.None && partition!.TopicId != target.TopicId ? ErrorCode.InconsistentTopicId
            : error;
    }

    /// <summary>Another replica that the client should read from, when this node leads the partition; null: this one.</summary>
    private NodeId? PreferredReplica(FetchTarget target, Partition partition) =>
        request.RackId.Length > 0 && broker.Options.Cluster.Replication.ReplicaSelector == ReplicaSelector.RackAware && partition.IsLeader
        // Beyond what every in-sync replica holds only the leader can tell what is right.
        && target.FetchOffset >= partition.LogStartOffset.Value && target.FetchOffset <= partition.HighWatermark.Value
        && broker.PartitionOf(partition.Id.Topic, partition.Id.Partition) is { } image
        && RackAwareReplicas.Select(image, request.RackId, id => broker.FindBroker(id, context.Connection.Listener.Name), partition.FollowerEndOf) is var chosen && chosen != image.Leader
            ? chosen
            : null;

    private static FetchResponse.PartitionData Redirected(FetchTarget target, NodeId preferred, PartitionOffsets offsets) => new()
    {
        PartitionIndex = target.Partition,
        PreferredReadReplica = preferred.Value,
        HighWatermark = offsets.Latest(ReadIsolation.HighWatermark).Offset.Value,
        LastStableOffset = offsets.Latest(ReadIsolation.Committed).Offset.Value,
        LogStartOffset = offsets.Earliest.Offset.Value,
        AbortedTransactions = null,
        Records = MemoryRecords.Empty,
    };

    private static FetchResponse.AbortedTransaction ToAborted(AbortedRange range) =>
        new() { ProducerId = range.ProducerId, FirstOffset = range.FirstOffset };

    private FetchResponse.PartitionData Failed(FetchTarget target, ErrorCode error)
    {
        var data = new FetchResponse.PartitionData
        {
            PartitionIndex = target.Partition,
            ErrorCode = error,
            HighWatermark = -1,
            AbortedTransactions = null,
            Records = MemoryRecords.Empty,
        };
        if (error is ErrorCode.NotLeaderOrFollower or ErrorCode.FencedLeaderEpoch && context.ApiVersion >= FirstVersionWithLeader
            && target.Topic is { } topic && broker.PartitionOf(topic, target.Partition) is { } known)
        {
            data.CurrentLeader.LeaderId = known.Leader.Value;
            data.CurrentLeader.LeaderEpoch = known.LeaderEpoch.Value;
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
