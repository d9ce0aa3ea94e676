namespace ActorBroker.Records.Tests;

public sealed class MessageSetTests
{
    private static readonly ValidationOptions Options = new() { NowMs = Batches.Now };

    private static readonly (long, string?, string?)[] Some = [(Batches.Now, "a", "one"), (Batches.Now + 3, null, "two"), (Batches.Now + 1, "c", null)];

    public static readonly TheoryData<byte, CompressionCodec> Formats = new()
    {
        { 0, CompressionCodec.None }, { 0, CompressionCodec.Gzip }, { 0, CompressionCodec.Snappy }, { 0, CompressionCodec.Lz4 },
        { 1, CompressionCodec.None }, { 1, CompressionCodec.Gzip }, { 1, CompressionCodec.Snappy }, { 1, CompressionCodec.Lz4 },
    };

    [Theory]
    [MemberData(nameof(Formats))]
    public void Old_message_sets_become_one_batch(byte magic, CompressionCodec codec)
    {
        using var result = BatchValidator.Validate(Batches.MessageSet(magic, codec, Some), Options);
        Assert.True(result.IsValid, result.Message);
        Assert.True(result.IsRewritten);
        Assert.Equal(3, result.RecordCount);
        Assert.Equal(magic == 0 ? -1 : Batches.Now + 3, result.MaxTimestamp);
        var stored = result.Batches.ToArray();
        Assert.True(Golden.View(stored).IsCrcValid);
        Assert.Equal(codec, Golden.View(stored).Codec);
        var expected = Some.Select((record, i) => new RecordCopy(i, magic == 0 ? -1 : record.Item1, record.Item2, record.Item3, ""));
        Assert.Equal(expected, Golden.ReadAll(stored));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Batches_are_converted_down_and_up_again_without_loss(byte magic, CompressionCodec codec)
    {
        var batch = Batches.Of(new BatchProperties { BaseOffset = 50, Codec = codec }, Some);
        using var old = new PooledBytes();
        Assert.Equal(RecordsProblem.None, DownConversion.Convert(batch, magic, 0, 10_000, 10_000, old, out var consumed));
        Assert.Equal(batch.Length, consumed);
        var expected = Some.Select((record, i) => new RecordCopy(50 + i, magic == 0 ? -1 : record.Item1, record.Item2, record.Item3, ""));
        Assert.Equal(expected, Golden.ReadAll(old.Span));
        foreach (var entry in new BatchEntries(old.Span))
        {
            Assert.True(MessageView.TryRead(entry.Bytes, out var message));
            Assert.True(message.IsCrcValid);
            Assert.Equal((magic, codec), (message.Magic, message.Codec));
        }
    }

    [Fact]
    public void Magic_1_is_converted_to_magic_0()
    {
        using var old = new PooledBytes();
        Assert.Equal(RecordsProblem.None, DownConversion.Convert(Golden.Bytes("message-v1-gzip"), 0, 0, 10_000, 10_000, old, out _));
        Assert.Equal([10, 11], Golden.ReadAll(old.Span).Select(record => record.Offset));
    }

    [Fact]
    public void Down_conversion_stops_before_its_limit_but_never_before_the_first_batch()
    {
        byte[] log = [.. Batches.Simple(3), .. Batches.Simple(3, properties: new BatchProperties { BaseOffset = 3 })];
        using var old = new PooledBytes();
        DownConversion.Convert(log, 1, 0, 10, 10_000, old, out var consumed);
        Assert.Equal(log.Length / 2, consumed);
        Assert.Equal(3, Golden.ReadAll(old.Span).Count);
    }

    [Fact]
    public void Down_conversion_leaves_out_control_batches_and_records_before_the_wanted_offset()
    {
        byte[] log = [.. new TransactionMarker(true, 1).ToBatch(5, 0, Batches.Now), .. Batches.Simple(3, properties: new BatchProperties { BaseOffset = 1 })];
        using var old = new PooledBytes();
        Assert.Equal(RecordsProblem.None, DownConversion.Convert(log, 1, 2, 10_000, 10_000, old, out var consumed));
        Assert.Equal(log.Length, consumed);
        Assert.Equal([2, 3], Golden.ReadAll(old.Span).Select(record => record.Offset));
    }

    [Fact]
    public void Down_conversion_of_zstd_is_refused_after_what_precedes_it()
    {
        var zstd = Batches.Simple(3, CompressionCodec.Zstd, new BatchProperties { BaseOffset = 3 });
        using var old = new PooledBytes();
        Assert.Equal(RecordsProblem.UnsupportedCompression, DownConversion.Convert(zstd, 1, 0, 10_000, 10_000, old, out _));
        byte[] log = [.. Batches.Simple(3), .. zstd];
        Assert.Equal(RecordsProblem.None, DownConversion.Convert(log, 1, 0, 10_000, 10_000, old, out var consumed));
        Assert.Equal(log.Length - zstd.Length, consumed);
    }

    [Fact]
    public void A_wrapper_inside_a_wrapper_is_refused()
    {
        var inner = Batches.MessageSet(1, CompressionCodec.Gzip, Some);
        BatchValidatorTests.Expect(AppendError.InvalidRecord, Batches.Wrap(1, CompressionCodec.Gzip, 0, inner), Options);
    }

    [Fact]
    public void Zstd_in_an_old_message_is_refused()
    {
        using var set = new PooledBytes();
        MessageSetWriter.Append(set, 1, 0, CompressionCodec.Zstd, TimestampType.CreateTime, Batches.Now, default, "x"u8);
        BatchValidatorTests.Expect(AppendError.UnsupportedCompressionType, set.Span.ToArray(), Options);
    }

    [Fact]
    public void Old_messages_are_checked_like_new_ones()
    {
        var set = Batches.MessageSet(1, CompressionCodec.None, Some);
        BatchValidatorTests.Expect(AppendError.InvalidRecord, set, Options with { IsCompacted = true });
        BatchValidatorTests.Expect(AppendError.InvalidRecord, set, Options with { MinimumMagic = 2 });
        BatchValidatorTests.Expect(AppendError.InvalidTimestamp, set, Options with { NowMs = Batches.Now * 2, TimestampBeforeMaxMs = 5 });
        BatchValidatorTests.Expect(AppendError.MessageTooLarge, set, Options with { MaxMessageBytes = 30 });
        BatchValidatorTests.Expect(AppendError.InvalidRecord, [.. set, .. Batches.MessageSet(1, CompressionCodec.Gzip, Some)], Options);
        BatchValidatorTests.Expect(AppendError.InvalidRecord, [.. set, .. Batches.MessageSet(0, CompressionCodec.None, Some)], Options);
        set[^5] ^= 1;
        BatchValidatorTests.Expect(AppendError.CorruptMessage, set, Options);
    }

    [Fact]
    public void A_damaged_message_inside_a_wrapper_is_a_corrupt_message()
    {
        var inner = Batches.MessageSet(1, CompressionCodec.None, Some);
        inner[^5] ^= 1;
        BatchValidatorTests.Expect(AppendError.CorruptMessage, Batches.Wrap(1, CompressionCodec.Snappy, 2, inner), Options);
    }

    [Fact]
    public void A_wrapper_with_offset_zero_starts_at_zero()
    {
        var inner = Batches.MessageSet(1, CompressionCodec.None, Some);
        Assert.Equal([0, 1, 2], Golden.ReadAll(Batches.Wrap(1, CompressionCodec.Lz4, 0, inner)).Select(record => record.Offset));
        Assert.Equal([98, 99, 100], Golden.ReadAll(Batches.Wrap(1, CompressionCodec.Lz4, 100, inner)).Select(record => record.Offset));
    }
}
