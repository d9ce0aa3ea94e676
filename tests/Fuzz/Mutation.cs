using System.Buffers.Binary;

namespace ActorBroker.Fuzz;

/// <summary>What is done to a valid frame.</summary>
internal enum Mutation
{
    /// <summary>Nothing: valid frames keep the broker's state moving.</summary>
    None,
    FlippedBits,
    RandomBytes,

    /// <summary>Cut short, and the size says so.</summary>
    Truncated,

    /// <summary>Cut short, and the size promises more.</summary>
    Unfinished,

    /// <summary>The size itself is negative, zero, huge or a little wrong.</summary>
    WrongSize,

    /// <summary>A length or a count inside is negative or huge.</summary>
    HugeCount,

    /// <summary>Another version, or another API, over the same body.</summary>
    WrongHeader,

    /// <summary>A part of the frame is there twice, or missing.</summary>
    Spliced,

    /// <summary>A valid frame that arrives in pieces.</summary>
    Slow,
}

/// <summary>How frames of a protocol begin.</summary>
/// <param name="IsLittleEndian">Of the size.</param>
/// <param name="HeaderEnd">Where what the header says no longer stands.</param>
internal readonly record struct FrameShape(bool IsLittleEndian, int HeaderEnd)
{
    /// <summary>Size, key, version, correlation id.</summary>
    public static readonly FrameShape Kafka = new(IsLittleEndian: false, 12);

    /// <summary>Between nodes: size, kind.</summary>
    public static readonly FrameShape Nodes = new(IsLittleEndian: true, 5);

    public void WriteSize(Span<byte> frame, int size)
    {
        if (IsLittleEndian)
        {
            BinaryPrimitives.WriteInt32LittleEndian(frame, size);
        }
        else
        {
            BinaryPrimitives.WriteInt32BigEndian(frame, size);
        }
    }
}

/// <summary>Makes one attack from a valid frame.</summary>
internal static class Mutator
{
    private static readonly int[] Sizes = [0, 1, 3, -1, int.MinValue, int.MaxValue, 0x7fffff00, 101 << 20, 64];
    private static readonly int[] Counts = [int.MaxValue, -1, -2, int.MinValue, 0x00ffffff, 0x0100_0000, short.MaxValue];

    /// <summary>The bytes to send. A valid frame is never changed itself; it has a byte behind its size.</summary>
    public static byte[] Apply(Mutation mutation, byte[] frame, Random random) => Apply(mutation, FrameShape.Kafka, frame, random);

    /// <inheritdoc cref="Apply(Mutation, byte[], Random)"/>
    public static byte[] Apply(Mutation mutation, FrameShape shape, byte[] frame, Random random)
    {
        var bytes = (byte[])frame.Clone();
        switch (mutation)
        {
            case Mutation.FlippedBits:
                for (var count = random.Next(1, 9); count > 0; count--)
                {
                    bytes[random.Next(4, bytes.Length)] ^= (byte)(1 << random.Next(8));
                }

                return bytes;
            case Mutation.RandomBytes:
                random.NextBytes(bytes.AsSpan(random.Next(3) == 0 ? 4 : Math.Min(shape.HeaderEnd, bytes.Length)));
                return bytes;
            case Mutation.Truncated:
                return Sized(shape, bytes[..random.Next(4, bytes.Length)]);
            case Mutation.Unfinished:
                return bytes[..random.Next(1, bytes.Length)];
            case Mutation.WrongSize:
                var size = random.Next(3) == 0 ? bytes.Length - 4 + random.Next(-8, 9) : Sizes[random.Next(Sizes.Length)];
                shape.WriteSize(bytes, size);
                return bytes;
            case Mutation.HugeCount:
                return WithHugeCount(shape, bytes, random);
            case Mutation.WrongHeader when shape != FrameShape.Kafka:
                bytes[4] = (byte)random.Next(256);
                return bytes;
            case Mutation.WrongHeader:
                if (random.Next(2) == 0)
                {
                    BinaryPrimitives.WriteInt16BigEndian(bytes.AsSpan(4), (short)random.Next(-2, 100));
                }

                BinaryPrimitives.WriteInt16BigEndian(bytes.AsSpan(6), (short)(random.Next(3) == 0 ? random.Next(short.MinValue, short.MaxValue) : random.Next(-1, 20)));
                return bytes;
            case Mutation.Spliced:
                var from = random.Next(4, bytes.Length);
                var to = random.Next(4, bytes.Length);
                return Sized(shape, [.. bytes.AsSpan(0, from), .. bytes.AsSpan(to)]);
            default:
                return bytes;
        }
    }

    private static byte[] WithHugeCount(FrameShape shape, byte[] bytes, Random random)
    {
        var at = random.Next(Math.Min(shape.HeaderEnd, bytes.Length - 1), bytes.Length);
        switch (random.Next(3))
        {
            case 0 when at + 4 <= bytes.Length:
                BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(at), Counts[random.Next(Counts.Length)]);
                break;
            case 1 when at + 2 <= bytes.Length:
                BinaryPrimitives.WriteInt16BigEndian(bytes.AsSpan(at), (short)Counts[random.Next(Counts.Length)]);
                break;
            default:
                bytes.AsSpan(at, Math.Min(random.Next(1, 6), bytes.Length - at)).Fill(0xff); // a long variable-length number
                break;
        }

        return bytes;
    }

    private static byte[] Sized(FrameShape shape, byte[] bytes)
    {
        shape.WriteSize(bytes, bytes.Length - 4);
        return bytes;
    }
}
