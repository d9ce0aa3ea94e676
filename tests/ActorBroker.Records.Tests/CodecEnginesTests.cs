namespace ActorBroker.Records.Tests;

/// <summary>Native and managed implementations side by side. Where the system has no native library both sides are the managed one.</summary>
public sealed class CodecEnginesTests
{
    private static readonly CodecEngines Managed = CodecEngines.Choose(managedOnly: true);
    private static readonly CodecEngines Chosen = CodecEngines.Choose(managedOnly: false);

    public static TheoryData<CompressionCodec, int?> Levels
    {
        get
        {
            var levels = new TheoryData<CompressionCodec, int?>();
            foreach (int? level in (int?[])[null, -131072, -5, 1, 9, 22])
                levels.Add(CompressionCodec.Zstd, level);
            foreach (int? level in (int?[])[null, 1, 2, 3, 10, 12, 17])
                levels.Add(CompressionCodec.Lz4, level);
            return levels;
        }
    }

    [Fact]
    public void The_switch_leaves_native_libraries_alone()
    {
        Assert.IsType<ZstdManaged>(Managed.Zstd);
        Assert.IsType<Lz4Managed>(Managed.Lz4);
    }

    [Fact]
    public void A_library_that_does_not_exist_has_no_functions()
    {
        var library = new NativeLibraryFunctions("libactorbroker-missing.so.1");
        Assert.False(library.IsLoaded);
        Assert.Equal(0, library["ZSTD_compressCCtx"]);
        Assert.False(library.IsComplete);
    }

    [Fact]
    public void The_implementations_in_use_are_named() =>
        Assert.Equal(
            $"gzip by the runtime's zlib, snappy by Snappier, lz4 by {CodecEngines.Current.Lz4.Name}, zstd by {CodecEngines.Current.Zstd.Name}",
            Compression.Implementations);

    [Theory]
    [MemberData(nameof(Levels))]
    public void What_one_implementation_writes_at_any_level_the_other_reads(CompressionCodec codec, int? level)
    {
        foreach (var input in CompressionTests.Inputs().Take(16))
        {
            AssertRead(Managed, Written(Chosen, codec, level, input), codec, input);
            AssertRead(Chosen, Written(Managed, codec, level, input), codec, input);
        }
    }

    [Theory]
    [InlineData(CompressionCodec.Lz4)]
    [InlineData(CompressionCodec.Zstd)]
    public void Mutated_bytes_pass_no_limit_and_never_read_as_two_contents(CompressionCodec codec)
    {
        const int limit = 10_000;
        var random = new Random(19);
        var whole = Written(Managed, codec, null, CompressionTests.Inputs().ElementAt(5)[..5000]);
        for (var i = 0; i < 20_000; i++)
        {
            var mutant = whole[..random.Next(1, whole.Length + 1)];
            for (var flips = random.Next(1, 5); flips > 0; flips--)
                mutant[random.Next(mutant.Length)] = (byte)random.Next(256);
            using var one = new PooledBytes();
            using var other = new PooledBytes();
            var problem = Compression.Decompress(Managed, codec, 2, mutant, limit, one);
            var otherProblem = Compression.Decompress(Chosen, codec, 2, mutant, limit, other);
            Assert.True(one.Length <= limit && other.Length <= limit);
            // Releases differ in what else they notice.
            Assert.True(problem != RecordsProblem.None || otherProblem != RecordsProblem.None || one.Span.SequenceEqual(other.Span));
        }
    }

    [Theory]
    [InlineData(CompressionCodec.Lz4)]
    [InlineData(CompressionCodec.Snappy)]
    [InlineData(CompressionCodec.Zstd)]
    public void No_implementation_writes_beyond_the_span_it_is_given(CompressionCodec codec)
    {
        var random = new Random(23);
        var whole = Block(codec, CompressionTests.Inputs().ElementAt(5)[..3000]);
        for (var i = 0; i < 20_000; i++)
        {
            var mutant = whole[..random.Next(1, whole.Length + 1)];
            for (var flips = random.Next(1, 5); flips > 0; flips--)
                mutant[random.Next(mutant.Length)] = (byte)random.Next(256);
            var output = new byte[3000 + 64];
            output.AsSpan(3000).Fill(0xA5);
            Decode(codec, mutant, output.AsSpan(0, 3000));
            Assert.True(output.AsSpan(3000).IndexOfAnyExcept((byte)0xA5) < 0);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Zstd_frames_that_follow_one_another_are_one_content(bool managedOnly)
    {
        var engines = managedOnly ? Managed : Chosen;
        byte[] skippable = [0x50, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3];
        byte[] frames = [.. Written(Managed, CompressionCodec.Zstd, null, "first "u8.ToArray()), .. skippable, .. Written(Chosen, CompressionCodec.Zstd, 7, "second"u8.ToArray())];
        AssertRead(engines, frames, CompressionCodec.Zstd, "first second"u8.ToArray());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_zstd_frame_without_content_size_and_with_a_huge_window_costs_what_its_blocks_hold(bool managedOnly)
    {
        var engines = managedOnly ? Managed : Chosen;
        // Window descriptor 0xA8: 2 GiB. Then one last raw block of five bytes.
        byte[] frame = [0x28, 0xB5, 0x2F, 0xFD, 0x00, 0xA8, (5 << 3) | 1, 0, 0, .. "hello"u8];
        AssertRead(engines, frame, CompressionCodec.Zstd, "hello"u8.ToArray());
    }

    [Theory]
    [InlineData("kafka-v2-lz4", 2)]
    [InlineData("kafka-v2-lz4-17", 2)]
    [InlineData("kafka-v2-zstd", 2)]
    [InlineData("kafka-v2-zstd-19", 2)]
    public void Batches_of_the_java_client_are_the_same_to_both(string name, byte magic)
    {
        var batch = Golden.View(Golden.Fixture(name + ".bin"));
        using var one = new PooledBytes();
        using var other = new PooledBytes();
        Assert.Equal(RecordsProblem.None, Compression.Decompress(Managed, batch.Codec, magic, batch.Payload, 1 << 20, one));
        Assert.Equal(RecordsProblem.None, Compression.Decompress(Chosen, batch.Codec, magic, batch.Payload, 1 << 20, other));
        Assert.True(one.Length > 1000 && one.Span.SequenceEqual(other.Span));
    }

    [Fact]
    public async Task Many_threads_share_the_contexts_of_an_implementation()
    {
        var input = CompressionTests.Inputs().ElementAt(5);
        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => Task.Run(() =>
            AssertRead(Managed, Written(Managed, CompressionCodec.Zstd, i % 5, input), CompressionCodec.Zstd, input))));
    }

    private static byte[] Block(CompressionCodec codec, byte[] input)
    {
        if (codec == CompressionCodec.Snappy)
            return Snappier.Snappy.CompressToArray(input);
        if (codec == CompressionCodec.Zstd)
            return Written(Managed, codec, null, input);
        var block = new byte[Lz4Engine.MaximumCompressed(input.Length)];
        return block[..Managed.Lz4.Encode(input, block, Lz4Frame.DefaultLevel)];
    }

    private static void Decode(CompressionCodec codec, byte[] block, Span<byte> output)
    {
        switch (codec)
        {
            case CompressionCodec.Snappy:
                SnappyStream.TryDecode(block, output);
                break;
            case CompressionCodec.Zstd:
                Managed.Zstd.Decompress(block, output);
                break;
            default:
                Managed.Lz4.Decode(block, output);
                break;
        }
    }

    private static byte[] Written(CodecEngines engines, CompressionCodec codec, int? level, byte[] input)
    {
        using var compressed = new PooledBytes();
        Assert.Equal(RecordsProblem.None, Compression.Compress(engines, codec, level, 2, input, compressed));
        return compressed.Span.ToArray();
    }

    private static void AssertRead(CodecEngines engines, byte[] compressed, CompressionCodec codec, byte[] expected)
    {
        using var output = new PooledBytes();
        Assert.Equal(RecordsProblem.None, Compression.Decompress(engines, codec, 2, compressed, expected.Length, output));
        Assert.True(output.Span.SequenceEqual(expected));
    }
}
