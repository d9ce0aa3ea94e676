using System.Runtime.CompilerServices;

namespace ActorBroker.Records;

/// <summary>What one pass over an uncompressed record array tells: whether every length fits, and the extremes from which the checks that are
/// about single records can be answered for all of them at once. This is the inner loop of producing.</summary>
internal readonly struct RecordScan
{
    /// <summary>Most bytes of a record before its key: attributes, timestamp delta, offset delta, key length. A record at least that long
    /// needs no bounds checks up to there.</summary>
    private const int LargestPrefix = 1 + Varint.MaximumLongSize + (2 * Varint.MaximumSize);

    /// <summary>Set in a number that the quick reader leaves to the careful one.</summary>
    private const ulong LongNumber = 1UL << 63;

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
        long minDelta = long.MaxValue, maxDelta = long.MinValue;
        uint misplaced = 0, nullKeys = 0;
        scan = default;
        fixed (byte* start = records)
        {
            var at = start;
            var end = start + records.Length;
            var index = 0;
            for (; index < count; index++)
            {
                var recordStart = at;
                ulong length, timestamp, offset, key, value;
                // The longest length prefix and the longest prefix of the body lie inside the array, or this is one of the last records.
                if (end - at < Varint.MaximumSize + LargestPrefix)
                    goto Careful;
                at = Read(at, out length);
                if ((length & OddOrLong) != 0 || (long)(length >> 1) > end - at || length < 2 * LargestPrefix)
                    goto Careful;
                var recordEnd = at + (length >> 1);
                at = Read(at + 1, out timestamp);
                at = Read(at, out offset);
                at = Read(at, out key);
                if ((key & 1) == 0)
                    at += key >> 1 & int.MaxValue;
                if (recordEnd - at < Varint.MaximumSize)
                    goto Careful;
                at = Read(at, out value);
                if ((value & 1) == 0)
                    at += value >> 1 & int.MaxValue;
                // Usually only the header count is left, and it is 0.
                if (((timestamp | offset | key | value) & LongNumber) != 0 || recordEnd - at != 1 || *at != 0)
                    goto Careful;
                at = recordEnd;
                nullKeys |= (uint)key & 1;
                misplaced |= (uint)offset ^ (uint)(index << 1);
                var delta = (long)(timestamp >> 1) ^ -(long)(timestamp & 1);
                minDelta = Math.Min(minDelta, delta);
                maxDelta = Math.Max(maxDelta, delta);
                continue;

            Careful:
                var consumed = TryScanOne(new ReadOnlySpan<byte>(recordStart, (int)(end - recordStart)), out delta, out var offsetDelta, out var keyLength);
                if (consumed < 0)
                    break;
                at = recordStart + consumed;
                nullKeys |= (uint)keyLength >> 31;
                misplaced |= (uint)(offsetDelta ^ index);
                minDelta = Math.Min(minDelta, delta);
                maxDelta = Math.Max(maxDelta, delta);
            }
            damagedIndex = index;
            if (index < count || at != end)
                return false;
            scan = count > 0 ? new RecordScan(minDelta, maxDelta, misplaced == 0, nullKeys != 0) : new RecordScan(0, 0, true, false);
            return true;
        }
    }

    /// <summary>Reads a number of at most four bytes, which are known to lie inside the array; sets <see cref="LongNumber"/> in one that is longer.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe byte* Read(byte* at, out ulong raw)
    {
        ulong first = at[0];
        if (first < 0x80)
        {
            raw = first;
            return at + 1;
        }
        ulong second = at[1];
        if (second < 0x80)
        {
            raw = (first & 0x7F) | (second << 7);
            return at + 2;
        }
        ulong third = at[2], fourth = at[3];
        raw = (first & 0x7F) | ((second & 0x7F) << 7) | ((third & 0x7F) << 14);
        if (third < 0x80)
            return at + 3;
        raw |= fourth < 0x80 ? fourth << 21 : LongNumber;
        return at + 4;
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
