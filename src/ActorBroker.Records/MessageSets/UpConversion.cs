namespace ActorBroker.Records;

/// <summary>Validates message sets of magic 0 and 1 (Produce versions 0 to 2) and turns them into one batch of magic 2, the only format that is stored.</summary>
internal static class UpConversion
{
    internal static ValidationResult Validate(Memory<byte> records, in ValidationOptions options)
    {
        var failure = CheckEntries(records.Span, options, out var sourceCodec);
        if (!failure.IsValid)
            return failure;
        var codec = options.TargetCodec ?? sourceCodec;
        var builder = new RecordBatchBuilder(new BatchProperties
        {
            Codec = codec,
            CompressionLevel = options.CompressionLevel,
            TimestampType = options.TimestampType,
            LogAppendTime = options.NowMs,
        }, RecordBatch.HeaderSize + records.Length);
        failure = Append(records.Span, options, builder);
        if (!failure.IsValid)
        {
            builder.Dispose();
            return failure;
        }
        var count = builder.Count;
        var problem = builder.BuildAndDetach(out var batch);
        failure = problem != RecordsProblem.None ? BatchValidator.Fail(problem)
            : batch.Length > options.MaxMessageBytes ? BatchValidator.TooLarge(batch.Length, options)
            : batch.Length > options.SegmentBytes ? BatchValidator.ListTooLarge(batch.Length, options)
            : default;
        if (!failure.IsValid || !RecordBatchView.TryRead(batch.Span, out var view, out _))
        {
            batch.Dispose();
            return failure;
        }
        return ValidationResult.Accept(batch.Memory, batch, count, count, view.MaxTimestamp, count - 1);
    }

    /// <summary>Checks the entries themselves, before anything is decompressed.</summary>
    private static ValidationResult CheckEntries(ReadOnlySpan<byte> records, in ValidationOptions options, out CompressionCodec codec)
    {
        codec = CompressionCodec.None;
        var entries = new BatchEntries(records);
        var magic = records[RecordBatch.MagicAt];
        while (entries.MoveNext())
        {
            var entry = entries.Current;
            if (codec != CompressionCodec.None)
                return BatchValidator.Invalid("A compressed message must stand alone.");
            if (entry.SizeInBytes > options.MaxMessageBytes)
                return BatchValidator.TooLarge(entry.SizeInBytes, options);
            if (entry.Magic != magic)
                return BatchValidator.Invalid($"Messages of magic {magic} and {entry.Magic} are mixed.");
            if (!MessageView.TryRead(entry.Bytes, out var message))
                return BatchValidator.Invalid("The lengths in a message do not add up.");
            if (!message.IsCrcValid)
                return ValidationResult.Fail(AppendError.CorruptMessage, "A message's checksum does not match its bytes.");
            if (message.TimestampType == TimestampType.LogAppendTime)
                return ValidationResult.Fail(AppendError.InvalidTimestamp, "Producers may not set the timestamp type LogAppendTime.");
            if (message.Codec >= CompressionCodec.Zstd)
                return ValidationResult.Fail(AppendError.UnsupportedCompressionType, $"Messages of magic {magic} do not know compression codec {(int)message.Codec}.");
            if (message.Codec != CompressionCodec.None && entries.CurrentPosition > 0)
                return BatchValidator.Invalid("A compressed message must stand alone.");
            codec = message.Codec;
        }
        return entries.Problem == BatchProblem.None
            ? default
            : ValidationResult.Fail(AppendError.CorruptMessage, $"The message at byte {entries.Position} cannot be read: {entries.Problem}.");
    }

    private static ValidationResult Append(ReadOnlySpan<byte> set, in ValidationOptions options, RecordBatchBuilder builder)
    {
        var errors = new RecordErrors(options);
        foreach (var entry in new BatchEntries(set))
        {
            var problem = BatchRecords.TryOpen(entry, options.MaxDecompressedBytes, out var records);
            if (problem != RecordsProblem.None)
                return BatchValidator.Fail(problem);
            while (records.MoveNext())
            {
                errors.Check(records.Current);
                builder.AppendAtNextOffset(records.Current);
            }
            problem = records.Problem;
            records.Dispose();
            if (problem != RecordsProblem.None)
                return BatchValidator.Fail(problem);
        }
        return errors.Any ? errors.ToResult() : default;
    }
}
