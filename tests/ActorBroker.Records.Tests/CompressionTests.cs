using System.IO.Compression;
using System.IO.Hashing;

namespace ActorBroker.Records.Tests;

public sealed class CompressionTests
{
    public static readonly TheoryData<CompressionCodec, bool> Codecs = new()
    {
        { CompressionCodec.Gzip, true },
        { CompressionCodec.Snappy, true },
        { CompressionCodec.Lz4, true },
        { CompressionCodec.Lz4, false },
        { CompressionCodec.Zstd, true },
        { CompressionCodec.Zstd, false },
    };

    [Theory]
    [MemberData(nameof(Codecs))]
    public void What_was_compressed_comes_back(CompressionCodec codec, bool managedOnly)
    {
        var engines = CodecEngines.Choose(managedOnly);
        foreach (var input in Inputs())
        {
            using var compressed = new PooledBytes();
            using var output = new PooledBytes();
            Assert.Equal(RecordsProblem.None, Compression.Compress(engines, codec, null, 2, input, compressed));
            Assert.Equal(RecordsProblem.None, Compression.Decompress(engines, codec, 2, compressed.Span, input.Length, output));
            Assert.True(output.Span.SequenceEqual(input));
        }
    }

    [Theory]
    [MemberData(nameof(Codecs))]
    public void Output_beyond_the_limit_is_refused_without_holding_it(CompressionCodec codec, bool managedOnly)
    {
        var engines = CodecEngines.Choose(managedOnly);
        var bomb = new byte[20_000_000];
        using var compressed = new PooledBytes();
        Assert.Equal(RecordsProblem.None, Compression.Compress(engines, codec, null, 2, bomb, compressed));
        foreach (var limit in (int[])[0, 1, 1000, 1_000_000, bomb.Length - 1])
        {
            using var output = new PooledBytes();
            Assert.Equal(RecordsProblem.TooLarge, Compression.Decompress(engines, codec, 2, compressed.Span, limit, output));
            Assert.True(output.Length <= limit);
        }
    }

    [Theory]
    [MemberData(nameof(Codecs))]
    public void Every_cut_and_many_mutations_give_an_answer(CompressionCodec codec, bool managedOnly)
    {
        var engines = CodecEngines.Choose(managedOnly);
        var random = new Random(7);
        var input = Inputs().ElementAt(5)[..3000];
        using var whole = new PooledBytes();
        Compression.Compress(engines, codec, null, 2, input, whole);
        for (var cut = 0; cut < whole.Length; cut++)
        {
            using var output = new PooledBytes();
            var problem = Compression.Decompress(engines, codec, 2, whole.Span[..cut], 10_000, output);
            // A snappy stream has no end mark: cut after its header it is an empty one.
            Assert.True(problem != RecordsProblem.None || (codec == CompressionCodec.Snappy && cut == 16), $"cut at {cut}");
        }
        for (var i = 0; i < 3000; i++)
        {
            using var output = new PooledBytes();
            // An array of the exact size, so that the runtime's own checks notice a read beyond it.
            var mutant = whole.Span.ToArray();
            for (var flips = random.Next(1, 4); flips > 0; flips--)
                mutant[random.Next(mutant.Length)] = (byte)random.Next(256);
            Compression.Decompress(engines, codec, 2, mutant, 10_000, output);
            Assert.True(output.Length <= 10_000);
        }
    }

    [Fact]
    public void Snappy_blocks_and_those_of_another_implementation_read_each_other()
    {
        foreach (var input in Inputs().Where(input => input.Length > 0))
        {
            var compressed = Snappier.Snappy.CompressToArray(input);
            Assert.Equal(input, IronSnappy.Snappy.Decode(compressed));
            using var output = new PooledBytes();
            Assert.Equal(RecordsProblem.None, SnappyStream.Decompress(IronSnappy.Snappy.Encode(input), input.Length, output));
            Assert.True(output.Span.SequenceEqual(input));
        }
    }

    [Fact]
    public void Concatenated_snappy_streams_are_one()
    {
        using var stream = new PooledBytes();
        SnappyStream.Compress("first "u8, stream);
        SnappyStream.Compress("second"u8, stream);
        using var output = new PooledBytes();
        Assert.Equal(RecordsProblem.None, SnappyStream.Decompress(stream.Span, 100, output));
        Assert.True(output.Span.SequenceEqual("first second"u8));
    }

    [Fact]
    public void Gzip_of_the_runtime_is_read_and_ours_is_read_by_it()
    {
        var input = Inputs().ElementAt(5);
        using var compressed = new PooledBytes();
        GzipCodec.Compress(input, 6, compressed);
        using var back = new MemoryStream();
        using (var gzip = new GZipStream(new MemoryStream(compressed.Span.ToArray()), CompressionMode.Decompress))
            gzip.CopyTo(back);
        Assert.Equal(input, back.ToArray());
    }

    [Fact]
    public void The_lz4_header_checksum_follows_the_magic()
    {
        using var compressed = new PooledBytes();
        using var output = new PooledBytes();
        Lz4Frame.Compress(new Lz4Managed(), "abc"u8, Lz4Frame.DefaultLevel, brokenHeader: false, compressed);
        Assert.Equal(0x82, compressed.Span[6]);
        compressed.Clear();
        Lz4Frame.Compress(new Lz4Managed(), "abc"u8, Lz4Frame.DefaultLevel, brokenHeader: true, compressed);
        Assert.Equal(0x1A, compressed.Span[6]);
        Assert.Equal(RecordsProblem.None, Compression.Decompress(CompressionCodec.Lz4, 0, compressed.Span, 100, output));
        Assert.Equal(RecordsProblem.CorruptCompression, Compression.Decompress(CompressionCodec.Lz4, 1, compressed.Span, 100, output));
    }

    [Theory]
    [InlineData(0x40, 0x40)] // dependent blocks
    [InlineData(0x61, 0x40)] // dictionary
    [InlineData(0xA0, 0x40)] // another version
    [InlineData(0x60, 0x30)] // block size 16 KiB
    public void Lz4_frames_that_kafka_refuses_are_refused(byte flags, byte descriptor)
    {
        byte[] frame = [0x04, 0x22, 0x4D, 0x18, flags, descriptor, (byte)(XxHash32.HashToUInt32([flags, descriptor]) >> 8), 0, 0, 0, 0];
        using var output = new PooledBytes();
        Assert.Equal(RecordsProblem.CorruptCompression, Compression.Decompress(CompressionCodec.Lz4, 2, frame, 100, output));
    }

    [Fact]
    public void Lz4_block_checksums_are_verified()
    {
        byte[] block = "stored"u8.ToArray();
        byte[] frame =
        [
            0x04, 0x22, 0x4D, 0x18, 0x70, 0x40, (byte)(XxHash32.HashToUInt32([0x70, 0x40]) >> 8),
            6, 0, 0, 0x80, .. block, .. BitConverter.GetBytes(XxHash32.HashToUInt32(block)), 0, 0, 0, 0,
        ];
        using var output = new PooledBytes();
        Assert.Equal(RecordsProblem.None, Compression.Decompress(CompressionCodec.Lz4, 2, frame, 100, output));
        Assert.True(output.Span.SequenceEqual(block));
        frame[12] ^= 1;
        Assert.Equal(RecordsProblem.CorruptCompression, Compression.Decompress(CompressionCodec.Lz4, 2, frame, 100, output));
    }

    [Fact]
    public void Old_formats_do_not_know_zstd()
    {
        using var output = new PooledBytes();
        Assert.Equal(RecordsProblem.UnsupportedCompression, Compression.Compress(CompressionCodec.Zstd, null, 1, "x"u8, output));
        Assert.Equal(RecordsProblem.UnsupportedCompression, Compression.Decompress(CompressionCodec.Zstd, 1, "x"u8, 10, output));
    }

    internal static IEnumerable<byte[]> Inputs()
    {
        var random = new Random(3);
        yield return [];
        yield return [42];
        yield return new byte[100];
        yield return "abababababababababababababababababababababababababab"u8.ToArray();
        var noise = new byte[50_000];
        random.NextBytes(noise);
        yield return noise;
        yield return Enumerable.Range(0, 6000).SelectMany(i => System.Text.Encoding.ASCII.GetBytes($"record {i % 97} {i / 13};")).ToArray();
        yield return new byte[65536];
        yield return noise[..1].Concat(new byte[200_000]).Concat(noise).ToArray();
        for (var i = 0; i < 60; i++)
        {
            var mixed = new byte[random.Next(1, 70_000)];
            for (var at = 0; at < mixed.Length;)
            {
                var run = Math.Min(random.Next(1, 300), mixed.Length - at);
                if (at > 10 && random.Next(2) == 0)
                {
                    var distance = random.Next(1, Math.Min(at, random.Next(2, 70_000)));
                    for (var j = 0; j < run; j++)
                        mixed[at + j] = mixed[at + j - distance];
                }
                else
                    random.NextBytes(mixed.AsSpan(at, run));
                at += run;
            }
            yield return mixed;
        }
    }
}
