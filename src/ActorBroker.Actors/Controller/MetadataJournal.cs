using System.Collections.Immutable;
using ActorBroker.Metadata;
using ActorBroker.Model;
using ActorBroker.Protocol;
using ActorBroker.Records;
using ActorBroker.Storage;

namespace ActorBroker.Actors.Controller;

/// <summary>
/// The controller's journal: metadata events as records of <c>__cluster_metadata-0</c>, one batch for each decision, on disk before
/// anybody is answered. The events of a decision are in one batch, so that a crash keeps all of them or none.
/// </summary>
public sealed class MetadataJournal(PartitionLog log, TimeProvider time)
{
    private const int ReadBytes = 1 << 20;

    private static readonly LeaderEpoch Epoch = new(1);

    /// <summary>Where the journal lives.</summary>
    public static TopicPartition Partition { get; } = new(TopicName.ClusterMetadata, 0);

    /// <summary>The id that Kafka reserves for the metadata topic.</summary>
    public static TopicId TopicId { get; } = new(new Guid("00000000-0000-0000-0000-000000000001"));

    /// <summary>Metadata is kept for ever, in segments small enough to copy.</summary>
    public static LogConfig Config { get; } = new() { SegmentBytes = 256 << 20, SegmentMs = long.MaxValue, RetentionMs = -1, UsesReserve = true };

    /// <summary>Replays the journal into an image.</summary>
    /// <exception cref="IOException">The journal holds what is not metadata, or metadata that this version of the broker does not know.</exception>
    public ClusterImage Load()
    {
        log.SetHighWatermark(log.View.LogEndOffset);
        var image = ClusterImage.Empty;
        var view = log.View;
        var next = view.LogStartOffset;
        while (next < view.LogEndOffset)
        {
            var read = view.Read(next, ReadBytes, view.LogEndOffset, atLeastOneBatch: true);
            if (read.Status != ReadStatus.Ok || read.Slice.IsEmpty)
            {
                throw new IOException($"the metadata journal in {log.DirectoryPath} cannot be read at offset {next}: {read.Status}");
            }

            image = ApplyAll(image, read.Slice.ToArray(), ref next);
            read.Slice.Release();
        }

        return image;
    }

    /// <summary>Writes the events of one decision and waits for the disk.</summary>
    /// <exception cref="IOException">They are not on disk.</exception>
    public void Append(ImmutableArray<MetadataEvent> events)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        using var builder = new RecordBatchBuilder();
        foreach (var change in events)
        {
            builder.Append(now, default, MetadataRecordCodec.Encode(change));
        }

        var result = log.Append(builder.BuildArray(), Epoch, now);
        if (result.Status != AppendStatus.Appended)
        {
            throw new IOException($"the metadata journal in {log.DirectoryPath} cannot be written: {result.Status}", log.Directory.Failure);
        }

        log.Flush();
        log.SetHighWatermark(log.View.LogEndOffset);
    }

    private ClusterImage ApplyAll(ClusterImage image, byte[] bytes, ref Offset next)
    {
        foreach (var entry in new BatchEntries(bytes))
        {
            if (!entry.TryGetBatch(out var batch, out var problem))
            {
                throw new IOException($"the metadata journal in {log.DirectoryPath} is damaged at offset {next}: {problem}");
            }

            next = new Offset(batch.NextOffset);
            if (batch.IsControl)
            {
                continue;
            }

            if (BatchRecords.TryOpen(batch, ValidationOptions.DefaultMaxDecompressedBytes, out var records) is var failed && failed != RecordsProblem.None)
            {
                throw new IOException($"the metadata journal in {log.DirectoryPath} is damaged at offset {batch.BaseOffset}: {failed}");
            }

            using (records)
            {
                while (records.MoveNext())
                {
                    image = Apply(image, records.Current);
                }
            }
        }

        return image;
    }

    private ClusterImage Apply(ClusterImage image, in Record record)
    {
        try
        {
            return image.Apply(MetadataRecordCodec.Decode(record.Value.ToArray() ?? []));
        }
        catch (Exception e) when (e is ProtocolException or ArgumentException)
        {
            throw new IOException($"the metadata journal in {log.DirectoryPath} holds at offset {record.Offset} what this version cannot apply: {e.Message}", e);
        }
    }
}
