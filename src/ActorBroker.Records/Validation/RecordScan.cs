using System.Runtime.CompilerServices;

namespace ActorBroker.Records;

/// <summary>What one pass over an uncompressed record array tells: whether every length fits, and the extremes from which the checks that are
/// about single records can be answered for all of them at once. This is the inner loop of producing.</summary>
internal readonly struct RecordScan
{
    /// <summary>Most bytes of a number in a plain record.</summary>
    private const int PlainNumber = 2;

    /// <summary>Most bytes of a plain record before its key: length, attributes, timestamp delta, offset delta, key length.</summary>
    private const int PlainPrefix = 1 + (4 * PlainNumber);

    /// <summary>Set in a number that wants a third byte; the plain loop leaves those to the careful reader.</summary>
    private const ulong LongNumber = 1 << 14;

    private const ulong OddOrLong = LongNumber | 1;

    private RecordScan(long minTimestampDelta, long maxTimestampDelta, bool isSequential, bool hasNullKey)
    {
        MinTimestampDelta = minTimestampDelta;
        MaxTimestampDelta = maxTimestampDelta;
        IsSequential = isSequential;
        HasNullKey = hasNullKey;
    }

    /// <summary>Smallest timestamp, relative to the base timestamp; 0 without records.</summary>
    internal long MinTimestampDelta { get; }

    /// <summary>Largest timestamp, relative to the base timestamp; 0 without records.</summary>
    internal long MaxTimestampDelta { get; }

    /// <summary>Offset deltas are 0, 1, 2 and so on.</summary>
    internal bool IsSequential { get; }

    internal bool HasNullKey { get; }

    /// <summary>Scans exactly <paramref name="count"/> records, which must fill the span. False when the format is broken;
    /// <paramref name="damagedIndex"/> is then the first record that is, or the count when bytes are left over.</summary>
    internal static unsafe bool TryRun(ReadOnlySpan<byte> records, int count, out RecordScan scan, out int damagedIndex)
    {
        var extremes = new Extremes();
        var index = 0;
        scan = default;
        fixed (byte* start = records)
        {
            var at = start;
            var end = start + records.Length;
            while (index < count)
            {
                at = RunPlain(at, end, ref index, count, ref extremes);
                if (index == count)
                    break;
                var consumed = TryScanOne(new ReadOnlySpan<byte>(at, (int)(end - at)), out var delta, out var offsetDelta, out var keyLength);
                if (consumed < 0)
                    break;
                at += consumed;
                extremes.NullKeys |= (uint)keyLength >> 31;
                extremes.Misplaced |= (uint)(offsetDelta ^ index);
                extremes.MinDelta = Math.Min(extremes.MinDelta, delta);
                extremes.MaxDelta = Math.Max(extremes.MaxDelta, delta);
                index++;
            }
            damagedIndex = index;
            if (index < count || at != end)
                return false;
            scan = count > 0
                ? new RecordScan(extremes.MinDelta, extremes.MaxDelta, extremes.Misplaced == 0, extremes.NullKeys != 0)
                : new RecordScan(0, 0, true, false);
            return true;
        }
    }

    /// <summary>Scans records as long as they are plain: numbers of one or two bytes, no headers, not at the very end of the array. Returns the
    /// position of the first record that is not, with its index. Kept apart, and with all state in locals, so that it stays in registers.</summary>
    private static unsafe byte* RunPlain(byte* at, byte* end, ref int firstIndex, int count, ref Extremes extremes)
    {
        var (minDelta, maxDelta, misplaced, nullKeys) = (extremes.MinDelta, extremes.MaxDelta, extremes.Misplaced, extremes.NullKeys);
        var index = firstIndex;
        // The numbers up to the key's length can then be read without looking at the end. A difference, because an empty span has no address.
        for (; index < count && end - at >= PlainPrefix; index++)
        {
            var next = ReadPlain(at, out var length);
            var recordEnd = next + (length >> 1);
            if ((length & OddOrLong) != 0 || recordEnd > end)
                break;
            next = ReadPlain(next + 1, out var timestamp);
            next = ReadPlain(next, out var offset);
            next = ReadPlain(next, out var key);
            if ((key & 1) == 0)
                next += key >> 1;
            if (next > recordEnd - PlainNumber)
                break;
            next = ReadPlain(next, out var value);
            if ((value & 1) == 0)
                next += value >> 1;
            // Only the header count is left, and it is 0.
            if (next != recordEnd - 1 || *next != 0 || ((timestamp | offset | key | value) & LongNumber) != 0)
                break;
            at = recordEnd;
            nullKeys |= key & 1;
            misplaced |= offset ^ (ulong)((long)index << 1);
            var delta = (long)(timestamp >> 1) ^ -(long)(timestamp & 1);
            minDelta = Math.Min(minDelta, delta);
            maxDelta = Math.Max(maxDelta, delta);
        }
        firstIndex = index;
        (extremes.MinDelta, extremes.MaxDelta, extremes.Misplaced, extremes.NullKeys) = (minDelta, maxDelta, misplaced, nullKeys);
        return at;
    }

    /// <summary>Reads a number of one or two bytes, which are known to lie inside the array; sets <see cref="LongNumber"/> in one that is longer.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe byte* ReadPlain(byte* at, out ulong raw)
    {
        ulong first = at[0];
        if (first < 0x80)
        {
            raw = first;
            return at + 1;
        }
        // The second byte's own high bit lands on bit 14.
        raw = (first & 0x7F) | ((ulong)at[1] << 7);
        return at + 2;
    }

    private struct Extremes()
    {
        internal long MinDelta = long.MaxValue;
        internal long MaxDelta = long.MinValue;

        /// <summary>Not 0 when some offset delta was not the record's index.</summary>
        internal ulong Misplaced;

        /// <summary>Not 0 when some key was null.</summary>
        internal ulong NullKeys;
    }

    /// <summary>Reads one record with every check. Returns its size, or -1 when it is malformed.</summary>
    private static int TryScanOne(ReadOnlySpan<byte> bytes, out long timestampDelta, out int offsetDelta, out int keyLength)
    {
        var at = 0;
        timestampDelta = 0;
        offsetDelta = keyLength = 0;
        if (!Varint.TryRead(bytes, ref at, out var length) || (uint)length > (uint)(bytes.Length - at))
            return -1;
        bytes = bytes[..(at + length)];
        at++;
        if (!Varint.TryReadLong(bytes, ref at, out timestampDelta)
            || !Varint.TryRead(bytes, ref at, out offsetDelta)
            || !TrySkip(bytes, ref at, out keyLength)
            || !TrySkip(bytes, ref at, out _)
            || !Varint.TryRead(bytes, ref at, out var headerCount)
            || headerCount < 0)
            return -1;
        for (var i = 0; i < headerCount; i++)
        {
            if (!TrySkip(bytes, ref at, out var headerKeyLength) || headerKeyLength < 0 || !TrySkip(bytes, ref at, out _))
                return -1;
        }
        return at == bytes.Length ? at : -1;
    }

    private static bool TrySkip(ReadOnlySpan<byte> bytes, ref int at, out int length)
    {
        if (!Varint.TryRead(bytes, ref at, out length) || length > bytes.Length - at)
            return false;
        at += Math.Max(length, 0);
        return true;
    }
}
