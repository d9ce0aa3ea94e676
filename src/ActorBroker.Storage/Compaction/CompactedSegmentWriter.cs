using ActorBroker.Records;
using ActorBroker.Storage.Producers;
using ActorBroker.Storage.Segments;

namespace ActorBroker.Storage.Compaction;

/// <summary>Writes the batches of a compacted segment to its files, in large pieces, with their indexes.</summary>
internal sealed class CompactedSegmentWriter(Segment segment, int indexIntervalBytes) : IDisposable
{
    private const int FlushBytes = 1024 * 1024;

    private int _indexed;

    /// <summary>Where kept batches are put; <see cref="Advance"/> takes them over.</summary>
    public PooledBytes Output { get; } = new();

    /// <summary>Bytes of the segment, those not yet in the file included.</summary>
    public long Position => segment.Size + Output.Length;

    /// <summary>Indexes the batches that were put into <see cref="Output"/>, and writes when there are many bytes.</summary>
    public void Advance()
    {
        while (_indexed < Output.Length)
        {
            if (!BatchHeader.TryRead(Output.Span[_indexed..], out var header))
                throw new InvalidOperationException("a compacted batch cannot be read");
            segment.Index(header, segment.Size + _indexed, indexIntervalBytes);
            _indexed += header.Size;
        }
        if (Output.Length >= FlushBytes)
            Write();
    }

    /// <summary>Writes the rest and makes all files survive a power failure.</summary>
    public void Complete(IEnumerable<AbortedTransaction> aborted)
    {
        Write();
        if (segment.Size == 0)
            segment.Log.SetLength(0);
        foreach (var transaction in aborted)
            segment.Aborted.Append(transaction);
        segment.CompleteIndexes();
        segment.Sync();
    }

    public void Dispose() => Output.Dispose();

    private void Write()
    {
        if (Output.Length == 0)
            return;
        segment.Log.Write(Output.Span, segment.Size);
        segment.Size += Output.Length;
        Output.Clear();
        _indexed = 0;
    }
}
