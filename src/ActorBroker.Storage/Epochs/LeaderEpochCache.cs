using ActorBroker.Model;

namespace ActorBroker.Storage.Epochs;

/// <summary>The leader epoch <paramref name="Epoch"/> wrote from <paramref name="StartOffset"/> on.</summary>
public readonly record struct EpochStart(int Epoch, long StartOffset);

/// <summary>Which leader epoch wrote which offsets (KIP-101). Immutable: changes give a new cache. Epochs and offsets both grow.</summary>
public sealed class LeaderEpochCache
{
    private readonly EpochStart[] _entries;

    private LeaderEpochCache(EpochStart[] entries) => _entries = entries;

    public static LeaderEpochCache Empty { get; } = new([]);

    public ReadOnlySpan<EpochStart> Entries => _entries;

    /// <summary>The newest epoch, or unknown.</summary>
    public LeaderEpoch LatestEpoch => _entries.Length == 0 ? LeaderEpoch.Unknown : new LeaderEpoch(_entries[^1].Epoch);

    /// <summary>Builds a cache from entries in any state: those that break the order are dropped as <see cref="With"/> does.</summary>
    public static LeaderEpochCache From(IEnumerable<EpochStart> entries)
    {
        var cache = Empty;
        foreach (var entry in entries)
            cache = cache.With(entry.Epoch, entry.StartOffset);
        return cache;
    }

    /// <summary>Notes a batch of <paramref name="epoch"/> at <paramref name="startOffset"/>: the epoch starts there, unless it is known to have started before.
    /// Entries of newer epochs, and others at or past the offset, go: they wrote nothing that is left, or their batches are noted after this one. The same
    /// instance when nothing changes.</summary>
    public LeaderEpochCache With(int epoch, long startOffset)
    {
        if (epoch < 0)
            return this;
        var keep = 0;
        while (keep < _entries.Length && _entries[keep].Epoch < epoch && _entries[keep].StartOffset < startOffset)
            keep++;
        if (keep < _entries.Length && _entries[keep].Epoch == epoch && _entries[keep].StartOffset <= startOffset)
            return keep == _entries.Length - 1 ? this : new LeaderEpochCache(_entries[..(keep + 1)]);
        return new LeaderEpochCache([.. _entries.AsSpan(0, keep), new EpochStart(epoch, startOffset)]);
    }

    /// <summary>Without the epochs that start at or past <paramref name="endOffset"/>.</summary>
    public LeaderEpochCache TruncateFromEnd(long endOffset)
    {
        var keep = _entries.Length;
        while (keep > 0 && _entries[keep - 1].StartOffset >= endOffset)
            keep--;
        return keep == _entries.Length ? this : keep == 0 ? Empty : new LeaderEpochCache(_entries[..keep]);
    }

    /// <summary>Without the epochs that ended at or below <paramref name="startOffset"/>; the one that covers it now starts there.</summary>
    public LeaderEpochCache TruncateFromStart(long startOffset)
    {
        var covering = -1;
        while (covering + 1 < _entries.Length && _entries[covering + 1].StartOffset <= startOffset)
            covering++;
        if (covering < 0 || (covering == 0 && _entries[0].StartOffset == startOffset))
            return this;
        var entries = _entries[covering..];
        entries[0] = entries[0] with { StartOffset = startOffset };
        return new LeaderEpochCache(entries);
    }

    /// <summary>The epoch that wrote <paramref name="offset"/>, or unknown when it is older than the first entry.</summary>
    public LeaderEpoch EpochOf(Offset offset)
    {
        for (var i = _entries.Length - 1; i >= 0; i--)
        {
            if (_entries[i].StartOffset <= offset.Value)
                return new LeaderEpoch(_entries[i].Epoch);
        }
        return LeaderEpoch.Unknown;
    }

    /// <summary>Kafka's answer to OffsetForLeaderEpoch: the largest epoch not above <paramref name="requested"/> and the offset where it ended.
    /// Unknown for an epoch that this log has not seen yet; the log end offset for the current one.</summary>
    public EpochEnd EndOffsetFor(LeaderEpoch requested, Offset logEndOffset)
    {
        if (requested == LeaderEpoch.Unknown || _entries.Length == 0 || requested > LatestEpoch)
            return EpochEnd.Unknown;
        if (requested == LatestEpoch)
            return new EpochEnd(requested, logEndOffset);
        var next = 0;
        while (_entries[next].Epoch <= requested.Value)
            next++;
        // Below the first entry: the epoch itself is gone, everything from the first entry on came later.
        return next == 0
            ? new EpochEnd(requested, new Offset(_entries[0].StartOffset))
            : new EpochEnd(new LeaderEpoch(_entries[next - 1].Epoch), new Offset(_entries[next].StartOffset));
    }
}

/// <summary>Where an epoch ended: the offset after its last record.</summary>
public readonly record struct EpochEnd(LeaderEpoch Epoch, Offset EndOffset)
{
    public static EpochEnd Unknown => new(LeaderEpoch.Unknown, Offset.Unknown);
}
