using System.Runtime.CompilerServices;

namespace ActorBroker.Records;

/// <summary>The LZ4 block format in managed code, used where liblz4 is absent.
/// https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md</summary>
internal static unsafe class Lz4Block
{
    private const int MinimumMatch = 4;
    private const int LastLiterals = 5;
    private const int MatchSearchLimit = 12;
    private const int Escape = 15;

    /// <summary>Most bytes that compressing <paramref name="length"/> bytes can give.</summary>
    internal static int MaximumCompressed(int length) => length + (length / 255) + 16;

    /// <summary>Decompresses one block. Returns the bytes written, or -1 when the block is malformed or does not fit.</summary>
    internal static int Decode(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        if (source.IsEmpty)
            return -1;
        fixed (byte* sourceStart = source, destinationStart = destination)
        {
            byte* ip = sourceStart, sourceEnd = ip + source.Length, op = destinationStart, destinationEnd = op + destination.Length;
            while (ip < sourceEnd)
            {
                int token = *ip++;
                var literals = token >> 4;
                if (literals == Escape && !TryExtend(ref ip, sourceEnd, ref literals))
                    return -1;
                if (literals > sourceEnd - ip || literals > destinationEnd - op)
                    return -1;
                BlockCopy.Literals(ip, sourceEnd, op, destinationEnd, literals);
                ip += literals;
                op += literals;
                if (ip == sourceEnd)
                    return (int)(op - destinationStart);
                if (sourceEnd - ip < 2)
                    return -1;
                var distance = ip[0] | (ip[1] << 8);
                ip += 2;
                var length = token & Escape;
                if (length == Escape && !TryExtend(ref ip, sourceEnd, ref length))
                    return -1;
                length += MinimumMatch;
                if (distance == 0 || distance > op - destinationStart || length > destinationEnd - op)
                    return -1;
                BlockCopy.Match(op, destinationEnd, distance, length);
                op += length;
            }
            return -1;
        }
    }

    /// <summary>Compresses at most <see cref="BlockMatcher.MaximumBlock"/> bytes into a destination of <see cref="MaximumCompressed"/> bytes;
    /// returns the bytes written.</summary>
    internal static int Encode(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(source.Length, BlockMatcher.MaximumBlock);
        ArgumentOutOfRangeException.ThrowIfLessThan(destination.Length, MaximumCompressed(source.Length));
        var table = stackalloc ushort[BlockMatcher.TableSize];
        new Span<ushort>(table, BlockMatcher.TableSize).Clear();
        fixed (byte* start = source, output = destination)
        {
            var end = start + source.Length;
            var op = output;
            var matcher = new BlockMatcher(start, source.Length, table, MatchSearchLimit, LastLiterals);
            while (matcher.TryFind(out var matchStart, out var distance, out var length))
            {
                op = WriteSequence(op, matcher.Anchor, (int)(matchStart - matcher.Anchor), length - MinimumMatch);
                *op++ = (byte)distance;
                *op++ = (byte)(distance >> 8);
                if (length - MinimumMatch >= Escape)
                    op = WriteExtension(op, length - MinimumMatch - Escape);
                matcher.Skip(matchStart + length);
            }
            op = WriteSequence(op, matcher.Anchor, (int)(end - matcher.Anchor), 0);
            return (int)(op - output);
        }
    }

    private static byte* WriteSequence(byte* op, byte* literals, int count, int matchCode)
    {
        *op++ = (byte)((Math.Min(count, Escape) << 4) | Math.Min(matchCode, Escape));
        if (count >= Escape)
            op = WriteExtension(op, count - Escape);
        Unsafe.CopyBlockUnaligned(op, literals, (uint)count);
        return op + count;
    }

    private static byte* WriteExtension(byte* op, int rest)
    {
        for (; rest >= 255; rest -= 255)
            *op++ = 255;
        *op++ = (byte)rest;
        return op;
    }

    private static bool TryExtend(ref byte* ip, byte* end, ref int length)
    {
        // Cannot overflow: 255 for each byte of a block of at most 4 MiB.
        byte b;
        do
        {
            if (ip == end)
                return false;
            b = *ip++;
            length += b;
        }
        while (b == 255);
        return true;
    }
}
