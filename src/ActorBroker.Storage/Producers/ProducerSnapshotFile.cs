using System.Buffers.Binary;
using ActorBroker.Records;
using ActorBroker.Storage.Files;

namespace ActorBroker.Storage.Producers;

/// <summary>The producers of a log up to the offset in the file's name. Kafka's format (ProducerSnapshot v1) keeps one batch of each producer;
/// behind it we put the rest of the windows, which Kafka's readers do not look at. See docs/formats/producer-snapshot.md.</summary>
internal static class ProducerSnapshotFile
{
    private const short Version = 1;
    private const int CrcAt = 2;
    private const int CountAt = 6;
    private const int EntriesAt = 10;
    private const int EntrySize = 46;

    /// <summary>"ABW1": the windows of more than one batch follow.</summary>
    private const uint WindowsMagic = 0x41425731;
    private const int WindowBatchSize = 24;

    public static byte[] Encode(ProducerTable table)
    {
        var windows = 0;
        foreach (var (_, entry) in table.Entries)
        {
            if (entry.Batches.Length > 1)
                windows += 12 + (entry.Batches.Length - 1) * WindowBatchSize;
        }
        var bytes = new byte[EntriesAt + table.Count * EntrySize + (windows > 0 ? 4 + windows : 0)];
        BinaryPrimitives.WriteInt16BigEndian(bytes, Version);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(CountAt), table.Count);
        var at = EntriesAt;
        foreach (var (id, entry) in table.Entries)
        {
            WriteEntry(bytes.AsSpan(at, EntrySize), id, entry);
            at += EntrySize;
        }
        if (windows > 0)
            WriteWindows(bytes.AsSpan(at), table);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(CrcAt), Crc32C.Compute(bytes.AsSpan(CountAt)));
        return bytes;
    }

    /// <summary>Fills the table; false, with the table empty, when the bytes are no whole snapshot.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, ProducerTable table)
    {
        table.Clear();
        if (bytes.Length < EntriesAt
            || BinaryPrimitives.ReadInt16BigEndian(bytes) != Version
            || BinaryPrimitives.ReadUInt32BigEndian(bytes[CrcAt..]) != Crc32C.Compute(bytes[CountAt..]))
            return false;
        var count = BinaryPrimitives.ReadInt32BigEndian(bytes[CountAt..]);
        if (count < 0 || count > (bytes.Length - EntriesAt) / EntrySize)
            return false;
        var windows = ReadWindows(bytes[(EntriesAt + count * EntrySize)..]);
        for (var i = 0; i < count; i++)
            ReadEntry(bytes.Slice(EntriesAt + i * EntrySize, EntrySize), table, windows);
        return true;
    }

    /// <summary>Writes the snapshot; the name appears only with the whole content. Not synced: a torn one is recognised and made again.</summary>
    public static void Write(IFileSystem fileSystem, string path, ProducerTable table) =>
        AtomicFile.Write(fileSystem, path, Encode(table), sync: false);

    private static void WriteEntry(Span<byte> bytes, long id, ProducerEntry entry)
    {
        var last = entry.Batches.Length > 0 ? entry.Batches[^1] : new ProducerBatch(RecordBatch.NoSequence, -1, 0, entry.LastTimestamp);
        BinaryPrimitives.WriteInt64BigEndian(bytes, id);
        BinaryPrimitives.WriteInt16BigEndian(bytes[8..], entry.Epoch);
        BinaryPrimitives.WriteInt32BigEndian(bytes[10..], last.LastSequence);
        BinaryPrimitives.WriteInt64BigEndian(bytes[14..], last.LastOffset);
        BinaryPrimitives.WriteInt32BigEndian(bytes[22..], last.OffsetDelta);
        BinaryPrimitives.WriteInt64BigEndian(bytes[26..], entry.LastTimestamp);
        BinaryPrimitives.WriteInt32BigEndian(bytes[34..], entry.CoordinatorEpoch);
        BinaryPrimitives.WriteInt64BigEndian(bytes[38..], entry.TransactionFirstOffset);
    }

    private static void ReadEntry(ReadOnlySpan<byte> bytes, ProducerTable table, Dictionary<long, ProducerBatch[]>? windows)
    {
        var id = BinaryPrimitives.ReadInt64BigEndian(bytes);
        var entry = new ProducerEntry();
        entry.MoveToEpoch(BinaryPrimitives.ReadInt16BigEndian(bytes[8..]));
        var lastSequence = BinaryPrimitives.ReadInt32BigEndian(bytes[10..]);
        var lastOffset = BinaryPrimitives.ReadInt64BigEndian(bytes[14..]);
        var timestamp = BinaryPrimitives.ReadInt64BigEndian(bytes[26..]);
        if (windows is not null && windows.TryGetValue(id, out var earlier))
        {
            foreach (var batch in earlier)
                entry.Add(batch);
        }
        if (lastOffset >= 0)
            entry.Add(new ProducerBatch(lastSequence, lastOffset, BinaryPrimitives.ReadInt32BigEndian(bytes[22..]), timestamp));
        entry.LastTimestamp = timestamp;
        entry.CoordinatorEpoch = BinaryPrimitives.ReadInt32BigEndian(bytes[34..]);
        entry.TransactionFirstOffset = BinaryPrimitives.ReadInt64BigEndian(bytes[38..]);
        table.Restore(id, entry);
    }

    private static void WriteWindows(Span<byte> bytes, ProducerTable table)
    {
        BinaryPrimitives.WriteUInt32BigEndian(bytes, WindowsMagic);
        bytes = bytes[4..];
        foreach (var (id, entry) in table.Entries)
        {
            if (entry.Batches.Length < 2)
                continue;
            var earlier = entry.Batches[..^1];
            BinaryPrimitives.WriteInt64BigEndian(bytes, id);
            BinaryPrimitives.WriteInt32BigEndian(bytes[8..], earlier.Length);
            bytes = bytes[12..];
            foreach (var batch in earlier)
            {
                BinaryPrimitives.WriteInt32BigEndian(bytes, batch.LastSequence);
                BinaryPrimitives.WriteInt64BigEndian(bytes[4..], batch.LastOffset);
                BinaryPrimitives.WriteInt32BigEndian(bytes[12..], batch.OffsetDelta);
                BinaryPrimitives.WriteInt64BigEndian(bytes[16..], batch.Timestamp);
                bytes = bytes[WindowBatchSize..];
            }
        }
    }

    private static Dictionary<long, ProducerBatch[]>? ReadWindows(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 4 || BinaryPrimitives.ReadUInt32BigEndian(bytes) != WindowsMagic)
            return null;
        bytes = bytes[4..];
        var windows = new Dictionary<long, ProducerBatch[]>();
        while (bytes.Length >= 12)
        {
            var id = BinaryPrimitives.ReadInt64BigEndian(bytes);
            var count = BinaryPrimitives.ReadInt32BigEndian(bytes[8..]);
            bytes = bytes[12..];
            if (count is < 1 or >= ProducerEntry.WindowSize || bytes.Length < count * WindowBatchSize)
                return windows;
            var batches = new ProducerBatch[count];
            for (var i = 0; i < count; i++)
            {
                batches[i] = new ProducerBatch(
                    BinaryPrimitives.ReadInt32BigEndian(bytes),
                    BinaryPrimitives.ReadInt64BigEndian(bytes[4..]),
                    BinaryPrimitives.ReadInt32BigEndian(bytes[12..]),
                    BinaryPrimitives.ReadInt64BigEndian(bytes[16..]));
                bytes = bytes[WindowBatchSize..];
            }
            windows[id] = batches;
        }
        return windows;
    }
}
