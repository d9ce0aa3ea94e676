using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using ArmAes = System.Runtime.Intrinsics.Arm.Aes;

namespace ActorBroker.Records;

/// <summary>The bulk part of CRC-32C: many independent 16-byte lanes are carried forward over the input by carry-less
/// multiplication, merged into one lane at the end, and that lane is reduced by the CRC instruction.</summary>
/// <remarks>A lane of 128 bits moved D bits ahead is multiplied by x^D mod P. The halves need x^(D+32) and x^(D-32) because the
/// product of two bit-reflected operands comes out one bit low and 32 bits of the register are already implied.</remarks>
internal static class CarrylessFold
{
    /// <summary>Below this many bytes the CRC instruction alone is at least as fast.</summary>
    internal const int MinimumLength = 128;

    private static readonly Vector128<ulong> Ahead128 = Multipliers(128);
    private static readonly Vector128<ulong> Ahead512 = Multipliers(512);
    private static readonly Vector512<ulong> Ahead512Wide = Broadcast(Multipliers(512));
    private static readonly Vector512<ulong> Ahead2048Wide = Broadcast(Multipliers(2048));

    internal static bool IsSupported => BitConverter.IsLittleEndian && (Pclmulqdq.IsSupported || ArmAes.IsSupported);

    /// <summary>Runs the CRC register <paramref name="state"/> over <paramref name="length"/> bytes, a multiple of 16 and at least
    /// <see cref="MinimumLength"/>.</summary>
    internal static uint Run(uint state, ref byte at, int length)
    {
        Vector128<ulong> lane;
        if (Pclmulqdq.V512.IsSupported && length >= 512)
        {
            lane = Wide(state, ref at, length & ~63);
            at = ref Unsafe.Add(ref at, length & ~63);
            length &= 63;
        }
        else
        {
            lane = Narrow(state, ref at, length & ~63);
            at = ref Unsafe.Add(ref at, length & ~63);
            length &= 63;
        }
        for (; length > 0; length -= 16)
        {
            lane = Fold(lane, Ahead128) ^ Load(ref at, 0);
            at = ref Unsafe.Add(ref at, 16);
        }
        return BitOperations.Crc32C(BitOperations.Crc32C(0u, lane.GetElement(0)), lane.GetElement(1));
    }

    /// <summary>Sixteen lanes in four 512-bit registers; <paramref name="length"/> is a multiple of 64 and at least 256.</summary>
    private static Vector128<ulong> Wide(uint state, ref byte at, int length)
    {
        var a = LoadWide(ref at, 0) ^ Vector512.CreateScalar((ulong)state);
        var b = LoadWide(ref at, 64);
        var c = LoadWide(ref at, 128);
        var d = LoadWide(ref at, 192);
        at = ref Unsafe.Add(ref at, 256);
        length -= 256;
        var ahead = Ahead2048Wide;
        for (; length >= 256; length -= 256)
        {
            a = FoldWide(a, ahead, LoadWide(ref at, 0));
            b = FoldWide(b, ahead, LoadWide(ref at, 64));
            c = FoldWide(c, ahead, LoadWide(ref at, 128));
            d = FoldWide(d, ahead, LoadWide(ref at, 192));
            at = ref Unsafe.Add(ref at, 256);
        }
        ahead = Ahead512Wide;
        a = FoldWide(a, ahead, b);
        a = FoldWide(a, ahead, c);
        a = FoldWide(a, ahead, d);
        for (; length > 0; length -= 64)
        {
            a = FoldWide(a, ahead, LoadWide(ref at, 0));
            at = ref Unsafe.Add(ref at, 64);
        }
        var (low, high) = (a.GetLower(), a.GetUpper());
        return Merge(low.GetLower(), low.GetUpper(), high.GetLower(), high.GetUpper());
    }

    /// <summary>Four lanes; <paramref name="length"/> is a multiple of 64 and at least 64.</summary>
    private static Vector128<ulong> Narrow(uint state, ref byte at, int length)
    {
        var a = Load(ref at, 0) ^ Vector128.CreateScalar((ulong)state);
        var b = Load(ref at, 16);
        var c = Load(ref at, 32);
        var d = Load(ref at, 48);
        var ahead = Ahead512;
        for (length -= 64; length > 0; length -= 64)
        {
            at = ref Unsafe.Add(ref at, 64);
            a = Fold(a, ahead) ^ Load(ref at, 0);
            b = Fold(b, ahead) ^ Load(ref at, 16);
            c = Fold(c, ahead) ^ Load(ref at, 32);
            d = Fold(d, ahead) ^ Load(ref at, 48);
        }
        return Merge(a, b, c, d);
    }

    private static Vector128<ulong> Merge(Vector128<ulong> a, Vector128<ulong> b, Vector128<ulong> c, Vector128<ulong> d)
    {
        b ^= Fold(a, Ahead128);
        c ^= Fold(b, Ahead128);
        return d ^ Fold(c, Ahead128);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> FoldWide(Vector512<ulong> lanes, Vector512<ulong> ahead, Vector512<ulong> next) =>
        Vector512.Xor(Vector512.Xor(
            Pclmulqdq.V512.CarrylessMultiply(lanes, ahead, 0x00),
            Pclmulqdq.V512.CarrylessMultiply(lanes, ahead, 0x11)), next);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> Fold(Vector128<ulong> lane, Vector128<ulong> ahead) =>
        Pclmulqdq.IsSupported
            ? Pclmulqdq.CarrylessMultiply(lane, ahead, 0x00) ^ Pclmulqdq.CarrylessMultiply(lane, ahead, 0x11)
            : ArmAes.PolynomialMultiplyWideningLower(lane.GetLower(), ahead.GetLower())
                ^ ArmAes.PolynomialMultiplyWideningUpper(lane, ahead);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> Load(ref byte at, int offset) =>
        Unsafe.ReadUnaligned<Vector128<ulong>>(ref Unsafe.Add(ref at, offset));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> LoadWide(ref byte at, int offset) =>
        Unsafe.ReadUnaligned<Vector512<ulong>>(ref Unsafe.Add(ref at, offset));

    private static Vector512<ulong> Broadcast(Vector128<ulong> lane) => Vector512.Create(Vector256.Create(lane, lane), Vector256.Create(lane, lane));

    /// <summary>The pair (x^(bits+32), x^(bits-32)) mod P, bit-reflected and shifted into place.</summary>
    private static Vector128<ulong> Multipliers(int bits) => Vector128.Create(PowerOfX(bits + 32), PowerOfX(bits - 32));

    private static ulong PowerOfX(int exponent)
    {
        const uint polynomial = 0x82F63B78;
        var value = 0x80000000u;
        for (var i = 0; i < exponent; i++)
            value = (value >> 1) ^ ((value & 1) != 0 ? polynomial : 0);
        return (ulong)value << 1;
    }
}
