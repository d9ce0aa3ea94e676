namespace ActorBroker.Records;

/// <summary>The checks and rewrites that Kafka makes when records are appended: sizes, checksums, counts, timestamps against the topic's
/// bounds, keys for compacted topics, the topic's codec. Pure: the clock is an argument.</summary>
/// <remarks>Uncompressed batches are scanned once in place and allocate nothing. Compressed ones are decompressed into pooled memory, because
/// their records are checked too; the producer's bytes are still what is stored unless the topic asks for another codec.</remarks>
public static class BatchValidator
{
    /// <summary>Most records that a result names.</summary>
    public const int MaximumRecordErrors = 1000;

    /// <summary>Validates the records of one partition. Timestamp type, largest timestamp and checksum may be patched in
    /// <paramref name="records"/>, which must stay untouched until the result is disposed.</summary>
    public static ValidationResult Validate(Memory<byte> records, in ValidationOptions options)
    {
        if (options.Origin == AppendOrigin.Replica)
            return ReplicaValidator.Validate(records, options);
        if (!BatchEntry.TryRead(records.Span, out var entry, out var problem))
        {
            return records.IsEmpty
                ? Invalid("There is no record batch.")
                : ValidationResult.Fail(AppendError.CorruptMessage, $"The record batch cannot be read: {problem}.");
        }
        if (entry.Magic < options.MinimumMagic)
            return Invalid($"The request's version allows record batches of magic {options.MinimumMagic} only, not {entry.Magic}.");
        if (entry.Magic < RecordBatch.CurrentMagic)
            return UpConversion.Validate(records, options);
        return entry.SizeInBytes == records.Length
            ? ValidateBatch(records, options)
            : Invalid("There must be exactly one record batch.");
    }

    private static ValidationResult ValidateBatch(Memory<byte> memory, in ValidationOptions options)
    {
        if (!RecordBatchView.TryRead(memory.Span, out var batch, out _))
            return Invalid("The batch has a negative record count or offset range.");
        var failure = CheckHeader(batch, options);
        if (failure.Error != AppendError.None)
            return failure;
        if (batch.Codec == CompressionCodec.None)
            return ValidateRecords(memory, batch, batch.Payload, options);

        using var decompressed = new PooledBytes();
        var problem = Compression.Decompress(batch.Codec, batch.Magic, batch.Payload, options.MaxDecompressedBytes, decompressed);
        return problem == RecordsProblem.None
            ? ValidateRecords(memory, batch, decompressed.Span, options)
            : Fail(problem);
    }

    private static ValidationResult CheckHeader(RecordBatchView batch, in ValidationOptions options)
    {
        var isClient = options.Origin == AppendOrigin.Client;
        if (isClient && batch.BaseOffset != 0)
            return Invalid($"The base offset of an appended batch must be 0, not {batch.BaseOffset}.");
        if (batch.SizeInBytes > options.MaxMessageBytes)
            return TooLarge(batch.SizeInBytes, options);
        if (!batch.IsCrcValid)
            return ValidationResult.Fail(AppendError.CorruptMessage, "The batch's checksum does not match its bytes.");
        if (isClient)
        {
            if (batch.RecordCount == 0 || batch.RecordCount - 1 != batch.LastOffsetDelta)
                return Invalid($"The batch declares {batch.RecordCount} records and a last offset delta of {batch.LastOffsetDelta}.");
            if (batch.IsControl)
                return Invalid("Clients may not write control records.");
            if (batch.HasDeleteHorizon)
                return Invalid("Clients may not set a delete horizon.");
            if (batch.HasProducerId && batch.BaseSequence < 0)
                return Invalid($"The batch has producer id {batch.ProducerId} but the sequence {batch.BaseSequence}.");
        }
        if (!batch.CodecIsKnown || (batch.Codec == CompressionCodec.Zstd && !options.AllowsZstd))
            return ValidationResult.Fail(AppendError.UnsupportedCompressionType, $"The request's version does not know compression codec {(int)batch.Codec}.");
        if (batch.TimestampType == TimestampType.LogAppendTime)
            return ValidationResult.Fail(AppendError.InvalidTimestamp, "Producers may not set the timestamp type LogAppendTime.");
        return default;
    }

    private static ValidationResult ValidateRecords(Memory<byte> memory, RecordBatchView batch, ReadOnlySpan<byte> records, in ValidationOptions options)
    {
        if (!RecordScan.TryRun(records, batch.RecordCount, out var scan, out var damaged))
        {
            return Invalid(damaged == batch.RecordCount
                ? $"Bytes are left after the batch's {damaged} records."
                : $"Record {damaged} of {batch.RecordCount} is malformed or missing.");
        }
        if (!batch.IsControl && NeedsCloserLook(batch, scan, options))
        {
            var errors = new RecordErrors(options);
            var each = new RecordEnumerator(records, batch);
            while (each.MoveNext())
                errors.Check(each.Current);
            if (errors.Any)
                return errors.ToResult();
        }
        var keepsCodec = batch.IsControl || (options.TargetCodec ?? batch.Codec) == batch.Codec;
        return keepsCodec && scan.IsSequential
            ? AcceptInPlace(memory, batch, scan, options)
            : BatchRewriter.Rewrite(batch, records, scan, options);
    }

    /// <summary>Whether some record may break a rule that is about single records.</summary>
    private static bool NeedsCloserLook(RecordBatchView batch, in RecordScan scan, in ValidationOptions options) =>
        (options.IsCompacted && scan.HasNullKey)
        || (options.TimestampType == TimestampType.CreateTime
            && (batch.BaseTimestamp + scan.MinTimestampDelta < options.EarliestTimestamp
                || batch.BaseTimestamp + scan.MaxTimestampDelta > options.LatestTimestamp
                // Sums that wrapped around may look as if they were in bounds.
                || (ulong)batch.BaseTimestamp > MaximumPlainTimestamp
                || scan.MinTimestampDelta < -MaximumPlainTimestamp
                || scan.MaxTimestampDelta > MaximumPlainTimestamp));

    private const long MaximumPlainTimestamp = long.MaxValue / 2;

    private static ValidationResult AcceptInPlace(Memory<byte> memory, RecordBatchView batch, in RecordScan scan, in ValidationOptions options)
    {
        if (batch.SizeInBytes > options.SegmentBytes)
            return ListTooLarge(batch.SizeInBytes, options);
        var (count, lastDelta) = (batch.RecordCount, batch.LastOffsetDelta);
        var maxTimestamp = MaxTimestampOf(batch, scan, options);
        BatchPatch.SetMaxTimestamp(memory.Span, options.TimestampType, maxTimestamp);
        return ValidationResult.Accept(memory, null, count, lastDelta + 1, maxTimestamp, lastDelta);
    }

    internal static long MaxTimestampOf(RecordBatchView batch, in RecordScan scan, in ValidationOptions options) =>
        options.TimestampType == TimestampType.LogAppendTime ? options.NowMs
        : batch.RecordCount == 0 ? batch.MaxTimestamp
        : batch.BaseTimestamp + scan.MaxTimestampDelta;

    internal static ValidationResult Invalid(string message) => ValidationResult.Fail(AppendError.InvalidRecord, message);

    internal static ValidationResult TooLarge(int size, in ValidationOptions options) =>
        ValidationResult.Fail(AppendError.MessageTooLarge, $"The record batch has {size} bytes; max.message.bytes is {options.MaxMessageBytes}.");

    internal static ValidationResult ListTooLarge(int size, in ValidationOptions options) =>
        ValidationResult.Fail(AppendError.RecordListTooLarge, $"The append has {size} bytes; segment.bytes is {options.SegmentBytes}.");

    internal static ValidationResult Fail(RecordsProblem problem) => problem switch
    {
        RecordsProblem.ChecksumMismatch =>
            ValidationResult.Fail(AppendError.CorruptMessage, "The checksum of a record inside a compressed message does not match."),
        RecordsProblem.CorruptCompression => Invalid("The records cannot be decompressed."),
        RecordsProblem.UnsupportedCompression =>
            ValidationResult.Fail(AppendError.UnsupportedCompressionType, "The compression codec is not allowed here, or its library is missing on this broker."),
        RecordsProblem.TooLarge => ValidationResult.Fail(AppendError.MessageTooLarge, "The records are larger than allowed after decompression."),
        RecordsProblem.NestedCompression => Invalid("A compressed message contains compressed messages."),
        _ => Invalid("The records are malformed."),
    };
}
