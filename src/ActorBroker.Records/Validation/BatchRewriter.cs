using System.Buffers.Binary;

namespace ActorBroker.Records;

/// <summary>Makes the batch that is stored when the producer's bytes cannot be: the topic wants another codec, or offsets inside the batch are not
/// 0, 1, 2 and so on (some old clients).</summary>
internal static class BatchRewriter
{
    /// <param name="records">The record array, decompressed.</param>
    internal static ValidationResult Rewrite(RecordBatchView batch, ReadOnlySpan<byte> records, in RecordScan scan, in ValidationOptions options)
    {
        var codec = options.TargetCodec ?? batch.Codec;
        var problem = scan.IsSequential
            ? Recompress(batch, records, codec, options.CompressionLevel, out var rewritten)
            : Renumber(batch, records, codec, options.CompressionLevel, out rewritten);
        var failure = problem != RecordsProblem.None ? BatchValidator.Fail(problem)
            : rewritten.Length > options.MaxMessageBytes ? BatchValidator.TooLarge(rewritten.Length, options)
            : rewritten.Length > options.SegmentBytes ? BatchValidator.ListTooLarge(rewritten.Length, options)
            : default;
        if (!failure.IsValid)
        {
            rewritten.Dispose();
            return failure;
        }
        var maxTimestamp = BatchValidator.MaxTimestampOf(batch, scan, options);
        if (!BatchPatch.SetMaxTimestamp(rewritten.Span, options.TimestampType, maxTimestamp))
            BatchPatch.RenewCrc(rewritten.Span);
        return ValidationResult.Accept(rewritten.Memory, rewritten, batch.RecordCount, batch.RecordCount, maxTimestamp, batch.RecordCount - 1);
    }

    /// <summary>The records stay as they are, only the codec changes. The checksum is left to the caller.</summary>
    private static RecordsProblem Recompress(RecordBatchView batch, ReadOnlySpan<byte> records, CompressionCodec codec, int? level, out PooledBytes rewritten)
    {
        rewritten = new PooledBytes(RecordBatch.HeaderSize + records.Length);
        rewritten.Append(batch.Bytes[..RecordBatch.HeaderSize]);
        var problem = Compression.Compress(codec, level, RecordBatch.CurrentMagic, records, rewritten);
        if (problem != RecordsProblem.None)
            return problem;
        var bytes = rewritten.Span;
        BinaryPrimitives.WriteInt32BigEndian(bytes[RecordBatch.BatchLengthAt..], bytes.Length - RecordBatch.LogOverhead);
        BinaryPrimitives.WriteInt16BigEndian(bytes[RecordBatch.AttributesAt..], (short)((batch.Attributes & ~RecordBatch.CodecMask) | (int)codec));
        return RecordsProblem.None;
    }

    private static RecordsProblem Renumber(RecordBatchView batch, ReadOnlySpan<byte> records, CompressionCodec codec, int? level, out PooledBytes rewritten)
    {
        var properties = BatchProperties.Of(batch) with { Codec = codec, CompressionLevel = level, LastOffsetDelta = null };
        var builder = new RecordBatchBuilder(properties, RecordBatch.HeaderSize + records.Length + (batch.RecordCount * 2));
        var each = new RecordEnumerator(records, batch);
        while (each.MoveNext())
            builder.AppendAtNextOffset(each.Current);
        return builder.BuildAndDetach(out rewritten);
    }
}
