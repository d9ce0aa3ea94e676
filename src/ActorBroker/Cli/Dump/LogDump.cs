using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using ActorBroker.Records;

namespace ActorBroker.Cli.Dump;

/// <summary>Prints a segment batch by batch, in the lines that kafka-dump-log prints. Nothing in the file is believed: a broken batch ends the walk and is named.</summary>
internal sealed class LogDump(CommandContext context, string name, DumpSettings settings)
{
    private const int HeadBytes = RecordBatch.MagicAt + 1;

    /// <summary>False when the file does not end with a whole, valid batch.</summary>
    public bool Run()
    {
        if (long.TryParse(Path.GetFileNameWithoutExtension(name), NumberStyles.None, CultureInfo.InvariantCulture, out var start) && !settings.AsJson)
            context.Line($"Log starting offset: {start}");
        using var file = new FileStream(name, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 256 * 1024);
        var head = new byte[HeadBytes];
        var valid = true;
        for (long position = 0; position < settings.MaxBytes;)
        {
            var read = file.ReadAtLeast(head, HeadBytes, throwOnEndOfStream: false);
            if (read == 0)
                return valid;
            var length = read < HeadBytes ? 0 : BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(RecordBatch.BatchLengthAt));
            if (read == HeadBytes && length == 0 && head.AsSpan().IndexOfAnyExcept((byte)0) < 0)
                return valid; // A preallocated segment ends in zeros.
            if (length > settings.MaxBatchBytes)
                return Broken(position, $"the batch is {length} bytes long; --max-message-size is {settings.MaxBatchBytes}");
            if (length < HeadBytes - RecordBatch.LogOverhead)
                return Broken(position, read < HeadBytes ? "the file ends inside a batch" : $"the batch length {length} is too small");

            var bytes = new byte[RecordBatch.LogOverhead + length];
            head.CopyTo(bytes, 0);
            if (file.ReadAtLeast(bytes.AsSpan(HeadBytes), bytes.Length - HeadBytes, throwOnEndOfStream: false) < bytes.Length - HeadBytes)
                return Broken(position, "the file ends inside a batch");
            if (!BatchEntry.TryRead(bytes, out var entry, out var problem))
                return Broken(position, problem.ToString());
            valid &= Print(entry, position);
            position += bytes.Length;
        }

        return valid;
    }

    private bool Broken(long position, string why)
    {
        context.Error.WriteLine($"actorbroker: {name}: at position {position}: {why}.");
        return false;
    }

    private bool Print(BatchEntry entry, long position)
    {
        if (entry.Magic == RecordBatch.CurrentMagic)
        {
            if (!entry.TryGetBatch(out var batch, out var problem))
                return Broken(position, problem.ToString());
            PrintBatch(batch, position);
            return (!settings.PrintsRecords || PrintRecords(entry, batch.TimestampType, batch, position)) && batch.IsCrcValid;
        }

        if (!MessageView.TryRead(entry.Bytes, out var message))
            return Broken(position, "the message does not fit its lengths");
        PrintMessage(message, position);
        return (!settings.PrintsRecords || PrintRecords(entry, message.TimestampType, default, position)) && message.IsCrcValid;
    }

    private void PrintBatch(RecordBatchView batch, long position)
    {
        var horizon = batch.HasDeleteHorizon ? batch.BaseTimestamp : (long?)null;
        if (settings.AsJson)
        {
            context.JsonLine(new
            {
                batch.BaseOffset, batch.LastOffset, Count = batch.RecordCount, batch.BaseSequence, batch.LastSequence, batch.ProducerId, batch.ProducerEpoch,
                PartitionLeaderEpoch = batch.LeaderEpoch, batch.IsTransactional, batch.IsControl, DeleteHorizonMs = horizon, Position = position,
                batch.TimestampType, batch.MaxTimestamp, Size = batch.SizeInBytes, batch.Magic, Codec = Name(batch.Codec), batch.Crc, IsValid = batch.IsCrcValid,
            });
        }
        else if (!settings.SkipsMetadata)
        {
            context.Line($"baseOffset: {batch.BaseOffset} lastOffset: {batch.LastOffset} count: {batch.RecordCount} baseSequence: {batch.BaseSequence} lastSequence: {batch.LastSequence} "
                + $"producerId: {batch.ProducerId} producerEpoch: {batch.ProducerEpoch} partitionLeaderEpoch: {batch.LeaderEpoch} isTransactional: {Name(batch.IsTransactional)} "
                + $"isControl: {Name(batch.IsControl)} deleteHorizonMs: {Optional(horizon)} position: {position} {batch.TimestampType}: {batch.MaxTimestamp} size: {batch.SizeInBytes} "
                + $"magic: {batch.Magic} compresscodec: {Name(batch.Codec)} crc: {batch.Crc} isvalid: {Name(batch.IsCrcValid)}");
        }
    }

    private void PrintMessage(MessageView message, long position)
    {
        if (settings.AsJson)
            context.JsonLine(new { message.Offset, Position = position, message.TimestampType, message.Timestamp, Size = message.Bytes.Length, message.Magic, Codec = Name(message.Codec), IsValid = message.IsCrcValid });
        else if (!settings.SkipsMetadata)
        {
            context.Line($"offset: {message.Offset} position: {position} {(message.Magic == 0 ? "NoTimestampType" : message.TimestampType)}: {message.Timestamp} size: {message.Bytes.Length} "
                + $"magic: {message.Magic} compresscodec: {Name(message.Codec)} crc: {BinaryPrimitives.ReadUInt32BigEndian(message.Bytes[12..])} isvalid: {Name(message.IsCrcValid)}");
        }
    }

    private bool PrintRecords(BatchEntry entry, TimestampType timestampType, RecordBatchView batch, long position)
    {
        var problem = BatchRecords.TryOpen(entry, int.MaxValue, out var records);
        if (problem != RecordsProblem.None)
            return Broken(position, $"the records cannot be read: {problem}");
        using (records)
        {
            while (records.MoveNext())
            {
                var sequence = entry.Magic == RecordBatch.CurrentMagic && batch.HasProducerId && batch.BaseSequence >= 0
                    ? RecordBatch.SequenceAfter(batch.BaseSequence, (int)(records.Current.Offset - batch.BaseOffset)) : RecordBatch.NoSequence;
                PrintRecord(records.Current, timestampType, sequence, entry.Magic == RecordBatch.CurrentMagic && batch.IsControl);
            }

            return records.Problem == RecordsProblem.None || Broken(position, $"the records cannot be read: {records.Problem}");
        }
    }

    private void PrintRecord(Record record, TimestampType timestampType, int sequence, bool isControl)
    {
        var headers = new List<string>(record.HeaderCount);
        foreach (var header in record.Headers)
            headers.Add(Encoding.UTF8.GetString(header.Key));
        var key = record.Key.ToArray();
        var value = record.Value.ToArray();
        var (keyText, valueText) = isControl || !settings.PrintsData ? (null, null)
            : settings.DecodesOffsets ? OffsetsRecordText.Decode(key, value)
            : (Text(key), Text(value));
        var control = isControl ? Control(record) : "";
        if (settings.AsJson)
        {
            context.JsonLine(new { record.Offset, record.Timestamp, KeySize = key?.Length ?? -1, ValueSize = value?.Length ?? -1, Sequence = sequence, Headers = headers, Control = control.Trim(), Key = keyText, Value = valueText });
            return;
        }

        var line = new StringBuilder("|");
        if (!settings.SkipsMetadata)
        {
            line.Append(CultureInfo.InvariantCulture, $" offset: {record.Offset} {timestampType}: {record.Timestamp} keySize: {key?.Length ?? -1} valueSize: {value?.Length ?? -1} sequence: {sequence} headerKeys: [{string.Join(',', headers)}]{control}");
        }

        if (settings.PrintsData && !isControl)
        {
            line.Append(keyText is null ? "" : $" key: {keyText}");
            line.Append(valueText is null ? "" : $" payload: {valueText}");
        }

        context.Line(line.ToString());
    }

    private static string Control(Record record)
    {
        if (!TransactionMarker.TryReadType(record, out var type))
            return " control record of unknown type";
        if (type > ControlRecordType.Commit)
            return $" {type}";
        var value = record.Value.Bytes;
        var epoch = value.Length >= 6 ? BinaryPrimitives.ReadInt32BigEndian(value[2..]) : -1;
        return $" endTxnMarker: {type.ToString().ToUpperInvariant()} coordinatorEpoch: {epoch}";
    }

    private static string? Text(byte[]? bytes) => bytes is null ? null : Encoding.UTF8.GetString(bytes);

    private static string Name(bool value) => value ? "true" : "false";

    private static string Name(CompressionCodec codec) => codec.ToString().ToLowerInvariant();

    private static string Optional(long? value) => value is { } number ? $"OptionalLong[{number}]" : "OptionalLong.empty";
}
