using System.Buffers.Binary;

namespace ActorBroker.Client;

/// <summary>The hash by which Kafka's clients choose partitions: MurmurHash2, 32 bit, seed 0x9747b28c.</summary>
public static class Murmur2
{
    public static uint Hash(ReadOnlySpan<byte> data)
    {
        const uint multiplier = 0x5bd1e995;
        unchecked
        {
            var hash = 0x9747b28c ^ (uint)data.Length;
            while (data.Length >= 4)
            {
                var word = BinaryPrimitives.ReadUInt32LittleEndian(data) * multiplier;
                word = (word ^ (word >> 24)) * multiplier;
                hash = (hash * multiplier) ^ word;
                data = data[4..];
            }

            if (data.Length > 0)
            {
                var rest = 0u;
                for (var i = data.Length - 1; i >= 0; i--)
                {
                    rest = (rest << 8) | data[i];
                }

                hash = (hash ^ rest) * multiplier;
            }

            hash = (hash ^ (hash >> 13)) * multiplier;
            return hash ^ (hash >> 15);
        }
    }

    /// <summary>The partition of a key, the same as in every other client with the default partitioner.</summary>
    public static int PartitionOf(ReadOnlySpan<byte> key, int partitions) => (int)((Hash(key) & 0x7fffffff) % (uint)partitions);
}
