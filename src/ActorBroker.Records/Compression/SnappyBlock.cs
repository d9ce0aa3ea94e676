using System.Runtime.CompilerServices;

namespace ActorBroker.Records;

/// <summary>The raw Snappy block: a varint of the uncompressed length, then literals and copies.
/// https://github.com/google/snappy/blob/main/format_description.txt</summary>
internal static unsafe class SnappyBlock
{
    private const int ShortLiteral = 60;
    private const int LengthMask = 0x7F;
    private const int DistanceMask = 0x700;
    private const int ExtraShift = 11;
    private const int LiteralTag = 0;
    private const int NearCopyTag = 1;
    private const int CopyTag = 2;
    private const int SearchLimit = 15;

    private static readonly ushort[] Copies = BuildCopies();

    internal static int MaximumCompressed(int length) => 32 + length + (length / 6);

    /// <summary>Reads the uncompressed length at the start of a block.</summary>
    internal static bool TryReadLength(ReadOnlySpan<byte> block, out uint length, out int prefix)
    {
        length = 0;
        for (prefix = 0; prefix < 5 && prefix < block.Length;)
        {
            var b = block[prefix];
            if (prefix == 4 && b > 0x0F)
                return false;
            length |= (uint)(b & 0x7F) << (7 * prefix++);
            if (b < 0x80)
                return true;
        }
        return false;
    }

    /// <summary>Decodes what follows the length prefix; true when it fills the destination exactly.</summary>
    internal static bool TryDecode(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        fixed (byte* sourceStart = source, destinationStart = destination)
        fixed (ushort* copies = Copies)
        {
            byte* ip = sourceStart, sourceEnd = ip + source.Length, op = destinationStart, destinationEnd = op + destination.Length;
            while (ip < sourceEnd)
            {
                int tag = *ip++;
                if ((tag & 3) == LiteralTag)
                {
                    var count = (tag >> 2) + 1;
                    if (count > ShortLiteral && !TryReadLiteralLength(ref ip, sourceEnd, ref count))
                        return false;
                    if (count > sourceEnd - ip || count > destinationEnd - op)
                        return false;
                    BlockCopy.Literals(ip, sourceEnd, op, destinationEnd, count);
                    ip += count;
                    op += count;
                    continue;
                }
                // One table look-up instead of a branch for each form, which the processor could not foresee.
                int copy = copies[tag];
                var extra = copy >> ExtraShift;
                uint trailer;
                if (BitConverter.IsLittleEndian && sourceEnd - ip >= sizeof(uint))
                    trailer = Unsafe.ReadUnaligned<uint>(ip) & (uint)(uint.MaxValue >> (32 - (8 * extra)));
                else if (!TryReadTrailer(ip, sourceEnd, extra, out trailer))
                    return false;
                ip += extra;
                var length = copy & LengthMask;
                var distance = trailer > int.MaxValue ? 0 : (int)trailer + (copy & DistanceMask);
                if (distance == 0 || distance > op - destinationStart || length > destinationEnd - op)
                    return false;
                BlockCopy.Match(op, destinationEnd, distance, length);
                op += length;
            }
            return op == destinationEnd;
        }
    }

    /// <summary>Compresses at most <see cref="BlockMatcher.MaximumBlock"/> bytes, length prefix included, into a destination of
    /// <see cref="MaximumCompressed"/> bytes; returns the bytes written.</summary>
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
            var length = (uint)source.Length;
            for (; length >= 0x80; length >>= 7)
                *op++ = (byte)(length | 0x80);
            *op++ = (byte)length;
            var matcher = new BlockMatcher(start, source.Length, table, SearchLimit, 0);
            while (matcher.TryFind(out var matchStart, out var distance, out var matchLength))
            {
                op = WriteLiterals(op, matcher.Anchor, (int)(matchStart - matcher.Anchor));
                op = WriteCopy(op, distance, matchLength);
                matcher.Skip(matchStart + matchLength);
            }
            op = WriteLiterals(op, matcher.Anchor, (int)(end - matcher.Anchor));
            return (int)(op - output);
        }
    }

    /// <summary>For each tag of a copy: its length (bits 0-6), the high bits of its distance (8-10), and the bytes that follow (11 on).</summary>
    private static ushort[] BuildCopies()
    {
        var copies = new ushort[256];
        for (var tag = 0; tag < copies.Length; tag++)
        {
            copies[tag] = (ushort)((tag & 3) switch
            {
                LiteralTag => 0,
                NearCopyTag => (((tag >> 2) & 7) + 4) | ((tag >> 5) << 8) | (1 << ExtraShift),
                CopyTag => ((tag >> 2) + 1) | (2 << ExtraShift),
                _ => ((tag >> 2) + 1) | (4 << ExtraShift),
            });
        }
        return copies;
    }

    private static bool TryReadLiteralLength(ref byte* ip, byte* end, ref int length)
    {
        var extra = length - ShortLiteral;
        if (!TryReadTrailer(ip, end, extra, out var written) || written >= int.MaxValue)
            return false;
        ip += extra;
        length = (int)written + 1;
        return true;
    }

    private static bool TryReadTrailer(byte* ip, byte* end, int extra, out uint value)
    {
        value = 0;
        if (end - ip < extra)
            return false;
        for (var i = 0; i < extra; i++)
            value |= (uint)ip[i] << (8 * i);
        return true;
    }

    private static byte* WriteLiterals(byte* op, byte* literals, int count)
    {
        if (count == 0)
            return op;
        var code = count - 1;
        if (code < 60)
            *op++ = (byte)(code << 2);
        else if (code < 256)
        {
            *op++ = 60 << 2;
            *op++ = (byte)code;
        }
        else
        {
            *op++ = 61 << 2;
            *op++ = (byte)code;
            *op++ = (byte)(code >> 8);
        }
        Unsafe.CopyBlockUnaligned(op, literals, (uint)count);
        return op + count;
    }

    private static byte* WriteCopy(byte* op, int distance, int length)
    {
        // A copy holds at most 64 bytes; the last one must not fall below the 4 that the short form needs.
        for (; length >= 68; length -= 64)
            op = WriteOneCopy(op, distance, 64);
        if (length > 64)
        {
            op = WriteOneCopy(op, distance, 60);
            length -= 60;
        }
        return WriteOneCopy(op, distance, length);
    }

    private static byte* WriteOneCopy(byte* op, int distance, int length)
    {
        if (length is >= 4 and <= 11 && distance < 2048)
        {
            *op++ = (byte)(NearCopyTag | ((length - 4) << 2) | ((distance >> 8) << 5));
            *op++ = (byte)distance;
            return op;
        }
        *op++ = (byte)(CopyTag | ((length - 1) << 2));
        *op++ = (byte)distance;
        *op++ = (byte)(distance >> 8);
        return op;
    }
}
