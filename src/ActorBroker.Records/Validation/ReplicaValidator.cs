namespace ActorBroker.Records;

/// <summary>What a follower checks of batches that its leader validated before: they are whole, undamaged, of storable size, and in order.</summary>
internal static class ReplicaValidator
{
    internal static ValidationResult Validate(Memory<byte> records, in ValidationOptions options)
    {
        var entries = new BatchEntries(records.Span);
        long first = -1, next = -1, maxTimestamp = RecordBatch.NoTimestamp, offsetOfMax = 0;
        var count = 0;
        while (entries.MoveNext())
        {
            var entry = entries.Current;
            var failure = CheckOne(entry, out var baseOffset, out var lastOffset, out var timestamp, out var recordCount);
            if (!failure.IsValid)
                return failure;
            // A wrapper of magic 0 or 1 shows only its last offset.
            if (baseOffset < 0 || lastOffset < baseOffset || lastOffset < next || (entry.Magic == RecordBatch.CurrentMagic && baseOffset < next))
                return BatchValidator.Invalid($"The batch at offset {baseOffset} to {lastOffset} does not follow {next - 1}.");
            if (first < 0)
                first = baseOffset;
            next = lastOffset + 1;
            count += recordCount;
            if (timestamp > maxTimestamp)
                (maxTimestamp, offsetOfMax) = (timestamp, lastOffset);
        }
        if (entries.Problem != BatchProblem.None)
            return ValidationResult.Fail(AppendError.CorruptMessage, $"The record batch at byte {entries.Position} cannot be read: {entries.Problem}.");
        if (first < 0)
            return BatchValidator.Invalid("There is no record batch.");
        if (records.Length > options.SegmentBytes)
            return BatchValidator.ListTooLarge(records.Length, options);
        if (next - first > int.MaxValue)
            return BatchValidator.Invalid("The batches span more offsets than a segment can hold.");
        return ValidationResult.Accept(records, null, count, (int)(next - first), maxTimestamp,
            maxTimestamp == RecordBatch.NoTimestamp ? (int)(next - 1 - first) : (int)(offsetOfMax - first));
    }

    private static ValidationResult CheckOne(BatchEntry entry, out long baseOffset, out long lastOffset, out long timestamp, out int count)
    {
        baseOffset = lastOffset = timestamp = -1;
        count = 1;
        if (entry.Magic < RecordBatch.CurrentMagic)
        {
            if (!MessageView.TryRead(entry.Bytes, out var message))
                return BatchValidator.Invalid("A message is malformed.");
            (baseOffset, lastOffset, timestamp) = (message.Offset, message.Offset, message.Timestamp);
            return message.IsCrcValid ? default : Damaged();
        }
        if (!entry.TryGetBatch(out var batch, out _))
            return BatchValidator.Invalid("The batch has a negative record count or offset range.");
        (baseOffset, lastOffset, timestamp, count) = (batch.BaseOffset, batch.LastOffset, batch.MaxTimestamp, batch.RecordCount);
        return batch.IsCrcValid ? default : Damaged();
    }

    private static ValidationResult Damaged() => ValidationResult.Fail(AppendError.CorruptMessage, "A batch's checksum does not match its bytes.");
}
