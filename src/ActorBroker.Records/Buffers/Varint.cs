using System.Numerics;
using System.Runtime.CompilerServices;

namespace ActorBroker.Records;

/// <summary>The variable-length integers of records: zigzag, then seven bits a byte, low group first (as in Protocol Buffers).</summary>
public static class Varint
{
    /// <summary>Most bytes of a 32-bit number.</summary>
    public const int MaximumSize = 5;

    /// <summary>Most bytes of a 64-bit number.</summary>
    public const int MaximumLongSize = 10;

    /// <summary>Reads a 32-bit number at <paramref name="position"/> and moves past it. False at the end of the bytes or after a fifth
    /// byte that wants a sixth; the position then means nothing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryRead(ReadOnlySpan<byte> bytes, scoped ref int position, out int value)
    {
        if ((uint)position < (uint)bytes.Length && bytes[position] is var first && first < 0x80)
        {
            position++;
            value = (first >> 1) ^ -(first & 1);
            return true;
        }
        var valid = TryReadGroups(bytes, ref position, MaximumSize, out var raw);
        var word = (uint)raw;
        value = (int)(word >> 1) ^ -(int)(word & 1);
        return valid;
    }

    /// <summary>As <see cref="TryRead"/> for 64 bits and ten bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryReadLong(ReadOnlySpan<byte> bytes, scoped ref int position, out long value)
    {
        var valid = TryReadGroups(bytes, ref position, MaximumLongSize, out var raw);
        value = (long)(raw >> 1) ^ -(long)(raw & 1);
        return valid;
    }

    /// <summary>Writes a 32-bit number; <paramref name="destination"/> must have room. Returns the bytes written.</summary>
    public static int Write(Span<byte> destination, int value) => WriteGroups(destination, (uint)((value << 1) ^ (value >> 31)));

    /// <summary>Writes a 64-bit number; <paramref name="destination"/> must have room. Returns the bytes written.</summary>
    public static int WriteLong(Span<byte> destination, long value) => WriteGroups(destination, (ulong)((value << 1) ^ (value >> 63)));

    /// <summary>Bytes that <see cref="Write"/> needs.</summary>
    public static int SizeOf(int value) => SizeOfGroups((uint)((value << 1) ^ (value >> 31)));

    /// <summary>Bytes that <see cref="WriteLong"/> needs.</summary>
    public static int SizeOfLong(long value) => SizeOfGroups((ulong)((value << 1) ^ (value >> 63)));

    private static int SizeOfGroups(ulong raw) => ((BitOperations.Log2(raw | 1) * 9) + 73) >> 6;

    private static int WriteGroups(Span<byte> destination, ulong raw)
    {
        var at = 0;
        for (; raw >= 0x80; raw >>= 7)
            destination[at++] = (byte)(raw | 0x80);
        destination[at++] = (byte)raw;
        return at;
    }

    private static bool TryReadGroups(ReadOnlySpan<byte> bytes, scoped ref int position, int maximum, out ulong raw)
    {
        raw = 0;
        for (var group = 0; group < maximum; group++)
        {
            if ((uint)position >= (uint)bytes.Length)
                return false;
            var b = bytes[position++];
            raw |= (ulong)(b & 0x7F) << (7 * group);
            if (b < 0x80)
                return true;
        }
        return false;
    }
}
