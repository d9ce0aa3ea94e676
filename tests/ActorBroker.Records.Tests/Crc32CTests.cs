using System.Text;

namespace ActorBroker.Records.Tests;

public sealed class Crc32CTests
{
    [Fact]
    public void The_check_value_of_the_algorithm_is_computed() => Assert.Equal(0xE3069283u, Crc32C.Compute("123456789"u8));

    [Fact]
    public void The_test_values_of_rfc_3720_are_computed()
    {
        Assert.Equal(0x8A9136AAu, Crc32C.Compute(new byte[32]));
        Assert.Equal(0x62A8AB43u, Crc32C.Compute(Enumerable.Repeat((byte)0xFF, 32).ToArray()));
        Assert.Equal(0x46DD794Eu, Crc32C.Compute(Enumerable.Range(0, 32).Select(i => (byte)i).ToArray()));
    }

    [Fact]
    public void Every_length_and_alignment_gives_what_a_bitwise_computation_gives()
    {
        var random = new Random(1);
        var data = new byte[3000];
        random.NextBytes(data);
        for (var length = 0; length < 1500; length++)
        {
            var at = random.Next(data.Length - length);
            var span = data.AsSpan(at, length);
            Assert.Equal(Bitwise(0, span), Crc32C.Compute(span));
        }
    }

    [Fact]
    public void Appending_continues_a_checksum()
    {
        var data = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 2000)));
        for (var cut = 0; cut <= data.Length; cut += 97)
            Assert.Equal(Crc32C.Compute(data), Crc32C.Append(Crc32C.Compute(data.AsSpan(0, cut)), data.AsSpan(cut)));
    }

    private static uint Bitwise(uint crc, ReadOnlySpan<byte> data)
    {
        crc = ~crc;
        foreach (var b in data)
        {
            crc ^= b;
            for (var i = 0; i < 8; i++)
                crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82F63B78 : 0);
        }
        return ~crc;
    }
}
