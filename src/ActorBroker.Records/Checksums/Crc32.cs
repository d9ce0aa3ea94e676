using System.Buffers.Binary;

namespace ActorBroker.Records;

/// <summary>CRC-32 of IEEE 802.3 (reflected polynomial 0xEDB88320), the checksum of messages of magic 0 and 1. Eight bytes a step through
/// tables ("slicing-by-8"); old formats are not worth more.</summary>
public static class Crc32
{
    private static readonly uint[] Tables = BuildTables();

    public static uint Compute(ReadOnlySpan<byte> data)
    {
        var tables = Tables;
        var state = uint.MaxValue;
        for (; data.Length >= 8; data = data[8..])
        {
            var low = BinaryPrimitives.ReadUInt32LittleEndian(data) ^ state;
            var high = BinaryPrimitives.ReadUInt32LittleEndian(data[4..]);
            state = tables[(7 << 8) + (int)(low & 0xFF)]
                ^ tables[(6 << 8) + (int)((low >> 8) & 0xFF)]
                ^ tables[(5 << 8) + (int)((low >> 16) & 0xFF)]
                ^ tables[(4 << 8) + (int)(low >> 24)]
                ^ tables[(3 << 8) + (int)(high & 0xFF)]
                ^ tables[(2 << 8) + (int)((high >> 8) & 0xFF)]
                ^ tables[(1 << 8) + (int)((high >> 16) & 0xFF)]
                ^ tables[(int)(high >> 24)];
        }
        foreach (var b in data)
            state = (state >> 8) ^ tables[(int)((state ^ b) & 0xFF)];
        return ~state;
    }

    private static uint[] BuildTables()
    {
        var tables = new uint[8 << 8];
        for (var i = 0; i < 256; i++)
        {
            var value = (uint)i;
            for (var bit = 0; bit < 8; bit++)
                value = (value >> 1) ^ ((value & 1) != 0 ? 0xEDB88320 : 0);
            tables[i] = value;
        }
        for (var i = 256; i < tables.Length; i++)
            tables[i] = (tables[i - 256] >> 8) ^ tables[(int)(tables[i - 256] & 0xFF)];
        return tables;
    }
}
