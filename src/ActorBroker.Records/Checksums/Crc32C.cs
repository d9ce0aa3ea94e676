using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ActorBroker.Records;

/// <summary>CRC-32C (Castagnoli, reflected polynomial 0x82F63B78, initial value and final complement all ones), the checksum
/// of record batches and of Kafka's snapshot files. RFC 3720 appendix B.4 gives test values.</summary>
/// <remarks>Long inputs are folded with carry-less multiplication (Gopal et al., "Fast CRC computation for generic polynomials
/// using PCLMULQDQ", Intel 2009), short ones go through the processor's CRC instruction, and processors without either use tables.</remarks>
public static class Crc32C
{
    /// <summary>The checksum of <paramref name="data"/>.</summary>
    public static uint Compute(ReadOnlySpan<byte> data) => Append(0, data);

    /// <summary>The checksum of everything that <paramref name="crc"/> already covers followed by <paramref name="data"/>;
    /// 0 is the checksum of nothing, so <c>Append(Append(0, a), b)</c> equals <c>Compute(ab)</c>.</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> data)
    {
        var state = ~crc;
        ref var at = ref MemoryMarshal.GetReference(data);
        var length = data.Length;
        if (length >= CarrylessFold.MinimumLength && CarrylessFold.IsSupported)
        {
            var folded = length & ~15;
            state = CarrylessFold.Run(state, ref at, folded);
            at = ref Unsafe.Add(ref at, folded);
            length -= folded;
        }
        return ~Serial(state, ref at, length);
    }

    /// <summary>Runs the CRC register over <paramref name="length"/> bytes without folding. <see cref="BitOperations"/> uses
    /// the CRC instructions of x86 and ARM and falls back to a table.</summary>
    private static uint Serial(uint state, ref byte at, int length)
    {
        while (length >= 8)
        {
            state = BitOperations.Crc32C(state, ReadLittleEndian64(ref at));
            at = ref Unsafe.Add(ref at, 8);
            length -= 8;
        }
        if ((length & 4) != 0)
        {
            var word = Unsafe.ReadUnaligned<uint>(ref at);
            state = BitOperations.Crc32C(state, BitConverter.IsLittleEndian ? word : System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(word));
            at = ref Unsafe.Add(ref at, 4);
        }
        for (var i = 0; i < (length & 3); i++)
            state = BitOperations.Crc32C(state, Unsafe.Add(ref at, i));
        return state;
    }

    private static ulong ReadLittleEndian64(ref byte at)
    {
        var word = Unsafe.ReadUnaligned<ulong>(ref at);
        return BitConverter.IsLittleEndian ? word : System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(word);
    }
}
