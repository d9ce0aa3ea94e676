using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ActorBroker.Records;

/// <summary>Copies of the LZ4 and Snappy decoders. The caller has checked that source and destination hold the bytes.</summary>
internal static unsafe class BlockCopy
{
    /// <summary>Copies literals; writes up to 15 bytes more than asked where both sides have them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Literals(byte* source, byte* sourceEnd, byte* destination, byte* destinationEnd, int length)
    {
        if (length <= 32 && sourceEnd - source >= 32 && destinationEnd - destination >= 32)
        {
            Vector128.Load(source).Store(destination);
            if (length > 16)
                Vector128.Load(source + 16).Store(destination + 16);
        }
        else
            Unsafe.CopyBlockUnaligned(destination, source, (uint)length);
    }

    /// <summary>Repeats bytes from <paramref name="distance"/> back; source and destination may overlap, which repeats a pattern.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Match(byte* destination, byte* destinationEnd, int distance, int length)
    {
        var source = destination - distance;
        var end = destination + length;
        if (distance >= 16 && destinationEnd - end >= 16)
        {
            do
            {
                Vector128.Load(source).Store(destination);
                source += 16;
                destination += 16;
            }
            while (destination < end);
        }
        else if (distance >= 8 && destinationEnd - end >= 8)
        {
            do
            {
                Unsafe.WriteUnaligned(destination, Unsafe.ReadUnaligned<ulong>(source));
                source += 8;
                destination += 8;
            }
            while (destination < end);
        }
        else if (distance == 1)
            Unsafe.InitBlockUnaligned(destination, *source, (uint)length);
        else
            Pattern(source, destination, end, distance);
    }

    private static void Pattern(byte* source, byte* destination, byte* end, int distance)
    {
        // Each round doubles the distance at which the pattern may be copied without overlap.
        while (end - destination > distance)
        {
            Unsafe.CopyBlockUnaligned(destination, source, (uint)distance);
            destination += distance;
            distance *= 2;
        }
        Unsafe.CopyBlockUnaligned(destination, source, (uint)(end - destination));
    }
}
