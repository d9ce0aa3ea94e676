using System.Buffers.Binary;
using ActorBroker.Records;

namespace ActorBroker.Cli.Dump;

/// <summary>Prints a producer snapshot: what a log knows about its idempotent producers. Layout: docs/formats/producer-snapshot.md.</summary>
internal sealed class ProducerSnapshotDump(CommandContext context, string name, DumpSettings settings)
{
    private const int CrcAt = 2;
    private const int CountAt = 6;
    private const int EntriesAt = 10;
    private const int EntrySize = 46;

    /// <summary>False when the file is no whole snapshot.</summary>
    public bool Run()
    {
        var bytes = File.ReadAllBytes(name);
        if (bytes.Length < EntriesAt || BinaryPrimitives.ReadInt16BigEndian(bytes) != 1)
            return Broken("this is no producer snapshot of version 1");
        if (BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(CrcAt)) != Crc32C.Compute(bytes.AsSpan(CountAt)))
            return Broken("the checksum does not match");
        var count = BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(CountAt));
        if (count < 0 || count > (bytes.Length - EntriesAt) / EntrySize)
            return Broken($"the file is too short for {count} producers");
        for (var i = 0; i < count; i++)
            Print(bytes.AsSpan(EntriesAt + (i * EntrySize), EntrySize));
        return true;
    }

    private void Print(ReadOnlySpan<byte> entry)
    {
        var id = BinaryPrimitives.ReadInt64BigEndian(entry);
        var epoch = BinaryPrimitives.ReadInt16BigEndian(entry[8..]);
        var lastSequence = BinaryPrimitives.ReadInt32BigEndian(entry[10..]);
        var lastOffset = BinaryPrimitives.ReadInt64BigEndian(entry[14..]);
        var delta = BinaryPrimitives.ReadInt32BigEndian(entry[22..]);
        var timestamp = BinaryPrimitives.ReadInt64BigEndian(entry[26..]);
        var coordinatorEpoch = BinaryPrimitives.ReadInt32BigEndian(entry[34..]);
        var transaction = BinaryPrimitives.ReadInt64BigEndian(entry[38..]);
        if (settings.AsJson)
        {
            context.JsonLine(new
            {
                ProducerId = id, ProducerEpoch = epoch, CoordinatorEpoch = coordinatorEpoch, CurrentTxnFirstOffset = transaction < 0 ? (long?)null : transaction, LastTimestamp = timestamp,
                LastSequence = lastSequence, LastOffset = lastOffset, OffsetDelta = delta,
            });
            return;
        }

        var open = transaction < 0 ? "OptionalLong.empty" : $"OptionalLong[{transaction}]";
        var batch = lastOffset < 0 ? "" : $" firstSequence: {RecordBatch.SequenceAfter(lastSequence, -delta)} lastSequence: {lastSequence} lastOffset: {lastOffset} offsetDelta: {delta} timestamp: {timestamp}";
        context.Line($"producerId: {id} producerEpoch: {epoch} coordinatorEpoch: {coordinatorEpoch} currentTxnFirstOffset: {open} lastTimestamp: {timestamp}{batch}");
    }

    private bool Broken(string why)
    {
        context.Error.WriteLine($"actorbroker: {name}: {why}.");
        return false;
    }
}
