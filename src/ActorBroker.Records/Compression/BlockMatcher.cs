using System.Numerics;
using System.Runtime.CompilerServices;

namespace ActorBroker.Records;

/// <summary>The match search shared by the LZ4 and Snappy block encoders: one hash table of 16-bit positions over four-byte words, greedy,
/// with longer and longer steps through bytes that do not match.</summary>
/// <remarks>Blocks are at most 64 KiB so that positions and distances fit 16 bits.</remarks>
internal unsafe ref struct BlockMatcher
{
    internal const int MaximumBlock = 65536;
    internal const int TableLog = 13;
    internal const int TableSize = 1 << TableLog;
    private const int MinimumMatch = 4;

    private readonly byte* _start;
    private readonly byte* _searchEnd;
    private readonly byte* _matchEnd;
    private readonly ushort* _table;
    private byte* _at;

    /// <param name="table"><see cref="TableSize"/> entries, all 0.</param>
    /// <param name="noMatchStartsAfter">Bytes at the end in which no match may start; at least 8.</param>
    /// <param name="noMatchReachesInto">Bytes at the end that no match may cover.</param>
    internal BlockMatcher(byte* start, int length, ushort* table, int noMatchStartsAfter, int noMatchReachesInto)
    {
        _start = start;
        _searchEnd = start + Math.Max(0, length - noMatchStartsAfter);
        _matchEnd = start + length - noMatchReachesInto;
        _table = table;
        _at = start + 1;
        Anchor = start;
    }

    /// <summary>First byte not yet covered by a match.</summary>
    internal byte* Anchor { get; private set; }

    /// <summary>Finds the next match: bytes from <see cref="Anchor"/> up to <paramref name="matchStart"/> are literals, then
    /// <paramref name="length"/> bytes repeat those <paramref name="distance"/> back. Call <see cref="Skip"/> before the next search.</summary>
    internal bool TryFind(out byte* matchStart, out int distance, out int length)
    {
        var start = _start;
        var table = _table;
        var searchEnd = _searchEnd;
        var at = _at;
        var misses = 64;
        while (at < searchEnd)
        {
            var word = Unsafe.ReadUnaligned<uint>(at);
            var slot = (word * 2654435761u) >> (32 - TableLog);
            var candidate = start + table[slot];
            table[slot] = (ushort)(at - start);
            if (Unsafe.ReadUnaligned<uint>(candidate) == word && candidate < at)
            {
                var forward = at + MinimumMatch;
                forward += CommonLength(candidate + MinimumMatch, forward, _matchEnd);
                while (at > Anchor && candidate > start && at[-1] == candidate[-1])
                {
                    at--;
                    candidate--;
                }
                matchStart = at;
                distance = (int)(at - candidate);
                length = (int)(forward - at);
                return true;
            }
            at += misses++ >> 6;
        }
        matchStart = null;
        distance = length = 0;
        return false;
    }

    /// <summary>Continues after a match.</summary>
    internal void Skip(byte* matchEnd)
    {
        Anchor = matchEnd;
        _at = matchEnd;
        if (matchEnd < _searchEnd)
        {
            // A position inside the match makes the next repetition findable.
            var word = Unsafe.ReadUnaligned<uint>(matchEnd - 2);
            _table[(word * 2654435761u) >> (32 - TableLog)] = (ushort)(matchEnd - 2 - _start);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int CommonLength(byte* earlier, byte* later, byte* laterEnd)
    {
        var from = later;
        while (laterEnd - later >= 8)
        {
            var difference = Unsafe.ReadUnaligned<ulong>(earlier) ^ Unsafe.ReadUnaligned<ulong>(later);
            if (difference != 0)
                return (int)(later - from) + ((BitConverter.IsLittleEndian ? BitOperations.TrailingZeroCount(difference) : BitOperations.LeadingZeroCount(difference)) >> 3);
            earlier += 8;
            later += 8;
        }
        for (; later < laterEnd && *earlier == *later; later++)
            earlier++;
        return (int)(later - from);
    }
}
