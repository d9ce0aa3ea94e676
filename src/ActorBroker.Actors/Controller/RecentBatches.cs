using System.Collections.Immutable;
using ActorBroker.Metadata.Quorum;
using ActorBroker.Model;

namespace ActorBroker.Actors.Controller;

/// <summary>The newest batches of a controller's journal, in memory and without gaps: those that the local replica may not have written yet are among them, and the
/// others need not be read again for each replica and node.</summary>
/// <param name="maxBytes">How many bytes of committed batches are kept, about. What is not committed always is.</param>
internal sealed class RecentBatches(long maxBytes)
{
    private readonly List<(JournalBatch Batch, byte[] Bytes)> entries = [];
    private int first;
    private long size;

    public void Add(JournalBatch batch, byte[] bytes, Offset committed)
    {
        entries.Add((batch, bytes));
        size += bytes.Length;
        while (size > maxBytes && entries[first].Batch.NextOffset <= committed)
        {
            size -= entries[first].Bytes.Length;
            entries[first++] = default;
        }

        if (first > entries.Count / 2)
        {
            entries.RemoveRange(0, first);
            first = 0;
        }
    }

    public void Clear()
    {
        entries.Clear();
        (first, size) = (0, 0);
    }

    /// <summary>The batches from an offset on, as many whole ones as fit; null when it is older than what is kept.</summary>
    public JournalSlice? Read(Offset from, Offset upTo, int maxSliceBytes)
    {
        if (first == entries.Count || from < entries[first].Batch.BaseOffset)
        {
            return null;
        }

        var start = IndexOf(from);
        var (end, bytes) = (start, 0);
        while (end < entries.Count && entries[end].Batch.NextOffset <= upTo && (end == start || bytes + entries[end].Bytes.Length <= maxSliceBytes))
        {
            bytes += entries[end++].Bytes.Length;
        }

        return (end - start) switch
        {
            0 => JournalSlice.Empty,
            1 => new JournalSlice([entries[start].Batch], entries[start].Bytes),
            _ => Join(start, end, bytes),
        };
    }

    private JournalSlice Join(int start, int end, int size)
    {
        var batches = ImmutableArray.CreateBuilder<JournalBatch>(end - start);
        var bytes = new byte[size];
        var at = 0;
        for (var i = start; i < end; i++)
        {
            batches.Add(entries[i].Batch);
            entries[i].Bytes.CopyTo(bytes, at);
            at += entries[i].Bytes.Length;
        }

        return new JournalSlice(batches.MoveToImmutable(), bytes);
    }

    /// <summary>The first batch that does not begin before the offset.</summary>
    private int IndexOf(Offset from)
    {
        var (low, high) = (first, entries.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (entries[middle].Batch.BaseOffset < from)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}
