using System.Buffers.Binary;
using System.Text;
using ActorBroker.Storage.Compaction;

namespace ActorBroker.Storage.Tests;

public sealed class OffsetMapTests
{
    /// <summary>The first of the reference implementation's vectors: key 00..0f, input 00, 01, ... of growing length.</summary>
    [Theory]
    [InlineData(0, "a3817f04ba25a8e66df67214c7550293")]
    [InlineData(1, "da87c1d86b99af44347659119b22fc45")]
    public void The_hash_is_SipHash_2_4_128(int length, string expected)
    {
        var data = Enumerable.Range(0, length).Select(i => (byte)i).ToArray();
        var hash = new byte[16];

        new SipHash(0x0706050403020100, 0x0f0e0d0c0b0a0908).Compute(data, out var low, out var high);
        BinaryPrimitives.WriteUInt64LittleEndian(hash, low);
        BinaryPrimitives.WriteUInt64LittleEndian(hash.AsSpan(8), high);

        Assert.Equal(expected, Convert.ToHexStringLower(hash));
    }

    [Fact]
    public void The_last_offset_of_each_key_is_kept()
    {
        var map = new OffsetMap(1 << 20, 1000);
        var expected = new Dictionary<string, long>();
        var random = new Random(1);
        for (var i = 0; i < 5000; i++)
        {
            var key = "key" + random.Next(900);
            Assert.True(map.TryPut(Encoding.UTF8.GetBytes(key), i));
            expected[key] = i;
        }

        Assert.Equal(expected.Count, map.Count);
        Assert.All(expected, entry => Assert.Equal(entry.Value, map.Get(Encoding.UTF8.GetBytes(entry.Key))));
        Assert.Equal(-1, map.Get("another"u8));
    }

    [Fact]
    public void A_full_map_still_takes_the_keys_that_it_has()
    {
        var map = new OffsetMap(20 * OffsetMap.EntrySize, 1000);
        var count = 0;
        while (map.TryPut(BitConverter.GetBytes(count), count))
            count++;

        Assert.Equal((18, 0), (count, map.Room));
        Assert.True(map.TryPut(BitConverter.GetBytes(5), 99));
        Assert.Equal(99, map.Get(BitConverter.GetBytes(5)));
    }
}
