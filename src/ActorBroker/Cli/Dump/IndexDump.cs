using System.Buffers.Binary;
using System.Globalization;

namespace ActorBroker.Cli.Dump;

/// <summary>Prints an offset, time or aborted transaction index. A preallocated file ends where its entries stop to grow.</summary>
internal sealed class IndexDump(CommandContext context, string name, DumpSettings settings)
{
    /// <summary>False when the size is no multiple of an entry's, or the file name is none of a segment's.</summary>
    public bool Run()
    {
        if (!long.TryParse(Path.GetFileNameWithoutExtension(name), NumberStyles.None, CultureInfo.InvariantCulture, out var baseOffset))
            throw new CommandException($"{name}: the name of an index file is the first offset of its segment.");
        var bytes = File.ReadAllBytes(name);
        var (entrySize, print) = Path.GetExtension(name) switch
        {
            ".index" => (8, (Func<byte[], int, long, bool>)OffsetEntry),
            ".timeindex" => (12, TimeEntry),
            _ => (34, AbortedEntry),
        };
        for (var at = 0; at + entrySize <= bytes.Length; at += entrySize)
        {
            if (!print(bytes, at, baseOffset))
                return true;
        }

        if (bytes.Length % entrySize == 0)
            return true;
        context.Error.WriteLine($"actorbroker: {name}: {bytes.Length} bytes are no whole number of entries of {entrySize} bytes.");
        return false;
    }

    private bool OffsetEntry(byte[] bytes, int at, long baseOffset)
    {
        var relative = BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(at));
        var position = BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(at + 4));
        if (at > 0 && relative == 0)
            return false;
        if (settings.AsJson)
            context.JsonLine(new { Offset = baseOffset + relative, Position = position });
        else
            context.Line($"offset: {baseOffset + relative} position: {position}");
        return true;
    }

    private bool TimeEntry(byte[] bytes, int at, long baseOffset)
    {
        var timestamp = BinaryPrimitives.ReadInt64BigEndian(bytes.AsSpan(at));
        var relative = BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(at + 8));
        if (at > 0 && timestamp == 0 && relative == 0)
            return false;
        if (settings.AsJson)
            context.JsonLine(new { Timestamp = timestamp, Offset = baseOffset + relative });
        else
            context.Line($"timestamp: {timestamp} offset: {baseOffset + relative}");
        return true;
    }

    private bool AbortedEntry(byte[] bytes, int at, long baseOffset)
    {
        var version = BinaryPrimitives.ReadInt16BigEndian(bytes.AsSpan(at));
        var (producer, first, last, stable) = (Long(2), Long(10), Long(18), Long(26));
        if (settings.AsJson)
            context.JsonLine(new { Version = version, ProducerId = producer, FirstOffset = first, LastOffset = last, LastStableOffset = stable });
        else
            context.Line($"version: {version} producerId: {producer} firstOffset: {first} lastOffset: {last} lastStableOffset: {stable}");
        return true;

        long Long(int offset) => BinaryPrimitives.ReadInt64BigEndian(bytes.AsSpan(at + offset));
    }
}
