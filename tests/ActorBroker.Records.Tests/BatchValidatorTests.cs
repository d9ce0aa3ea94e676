using System.Buffers.Binary;

namespace ActorBroker.Records.Tests;

public sealed class BatchValidatorTests
{
    private static readonly ValidationOptions Options = new() { NowMs = Batches.Now, MinimumMagic = 2 };

    public static readonly TheoryData<CompressionCodec> AllCodecs =
        [CompressionCodec.None, CompressionCodec.Gzip, CompressionCodec.Snappy, CompressionCodec.Lz4, CompressionCodec.Zstd];

    [Theory]
    [MemberData(nameof(AllCodecs))]
    public void A_good_batch_is_stored_as_it_came(CompressionCodec codec)
    {
        var batch = Batches.Simple(5, codec);
        var sent = batch.ToArray();
        using var result = BatchValidator.Validate(batch, Options);
        Assert.True(result.IsValid, result.Message);
        Assert.Equal(sent, result.Batches.ToArray());
        Assert.False(result.IsRewritten);
        Assert.Equal((5, 5, Batches.Now + 4, 4), (result.RecordCount, result.OffsetCount, result.MaxTimestamp, result.OffsetDeltaOfMaxTimestamp));
    }

    [Fact]
    public void An_uncompressed_batch_is_validated_without_allocating()
    {
        var batch = Batches.Simple(100);
        BatchValidator.Validate(batch, Options).Dispose();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
            BatchValidator.Validate(batch, Options).Dispose();
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Theory]
    [MemberData(nameof(AllCodecs))]
    public void A_damaged_byte_is_a_corrupt_message(CompressionCodec codec)
    {
        var batch = Batches.Simple(3, codec);
        batch[^1] ^= 1;
        Expect(AppendError.CorruptMessage, batch, Options);
    }

    [Fact]
    public void A_batch_that_is_cut_is_a_corrupt_message()
    {
        var batch = Batches.Simple();
        for (var length = 1; length < batch.Length; length++)
            Expect(AppendError.CorruptMessage, batch[..length], Options);
    }

    [Fact]
    public void No_batch_and_two_batches_are_invalid()
    {
        Expect(AppendError.InvalidRecord, [], Options);
        Expect(AppendError.InvalidRecord, [.. Batches.Simple(), .. Batches.Simple()], Options);
    }

    [Fact]
    public void A_batch_over_the_size_limit_is_too_large()
    {
        var batch = Batches.Simple();
        Expect(AppendError.MessageTooLarge, batch, Options with { MaxMessageBytes = batch.Length - 1 });
        Expect(AppendError.None, batch, Options with { MaxMessageBytes = batch.Length });
        Expect(AppendError.RecordListTooLarge, batch, Options with { SegmentBytes = batch.Length - 1 });
    }

    [Fact]
    public void Clients_may_not_do_what_is_the_brokers_affair()
    {
        Expect(AppendError.InvalidRecord, Batches.Simple(1, properties: new BatchProperties { IsControl = true }), Options);
        Expect(AppendError.None, Batches.Simple(1, properties: new BatchProperties { IsControl = true }), Options with { Origin = AppendOrigin.Coordinator });
        Expect(AppendError.InvalidRecord, Batches.Simple(1, properties: new BatchProperties { BaseOffset = 7 }), Options);
        Expect(AppendError.InvalidRecord, Batches.Simple(1, properties: new BatchProperties { DeleteHorizon = 7 }), Options);
        Expect(AppendError.InvalidRecord, Batches.Simple(1, properties: new BatchProperties { ProducerId = 7, ProducerEpoch = 0 }), Options);
        Expect(AppendError.InvalidTimestamp,
            Batches.Simple(1, properties: new BatchProperties { TimestampType = TimestampType.LogAppendTime, LogAppendTime = Batches.Now }), Options);
    }

    [Theory]
    [InlineData(RecordBatch.RecordCountAt, 4)]
    [InlineData(RecordBatch.RecordCountAt, 2)]
    [InlineData(RecordBatch.RecordCountAt, 0)]
    [InlineData(RecordBatch.RecordCountAt, -1)]
    [InlineData(RecordBatch.LastOffsetDeltaAt, 5)]
    [InlineData(RecordBatch.LastOffsetDeltaAt, -1)]
    public void Counts_must_agree(int at, int value) =>
        Expect(AppendError.InvalidRecord, Batches.Patched(Batches.Simple(), bytes => BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(at), value)), Options);

    [Theory]
    [InlineData(CompressionCodec.None)]
    [InlineData(CompressionCodec.Lz4)]
    public void Records_must_match_a_count_that_is_consistent_in_itself(CompressionCodec codec)
    {
        foreach (var count in (int[])[2, 4, int.MaxValue])
        {
            Expect(AppendError.InvalidRecord, Batches.Patched(Batches.Simple(3, codec), bytes =>
            {
                BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(RecordBatch.RecordCountAt), count);
                BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(RecordBatch.LastOffsetDeltaAt), count - 1);
            }), Options);
        }
    }

    [Fact]
    public void A_batch_cut_to_any_length_with_a_right_checksum_is_invalid()
    {
        var batch = Batches.Simple(3);
        for (var length = RecordBatch.HeaderSize; length < batch.Length; length++)
        {
            Expect(AppendError.InvalidRecord, Batches.Patched(batch[..length],
                bytes => BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(RecordBatch.BatchLengthAt), length - RecordBatch.LogOverhead)), Options);
        }
    }

    [Theory]
    [MemberData(nameof(AllCodecs))]
    public void A_compacted_topic_needs_keys_and_names_the_records_without(CompressionCodec codec)
    {
        var batch = Batches.Of(new BatchProperties { Codec = codec }, (Batches.Now, "a", "1"), (Batches.Now, null, "2"), (Batches.Now, "b", null), (Batches.Now, null, null));
        Expect(AppendError.None, batch, Options);
        using var result = BatchValidator.Validate(batch, Options with { IsCompacted = true });
        Assert.Equal(AppendError.InvalidRecord, result.Error);
        Assert.Equal([1, 3], result.RecordErrors.Select(error => error.BatchIndex));
    }

    [Fact]
    public void Timestamps_must_lie_within_the_topics_bounds()
    {
        var options = Options with { TimestampBeforeMaxMs = 1000, TimestampAfterMaxMs = 100 };
        var batch = Batches.Of(BatchProperties.Default, (Batches.Now - 1000, "a", "1"), (Batches.Now + 100, "b", "2"), (RecordBatch.NoTimestamp, "c", "3"));
        Expect(AppendError.None, batch, options);
        using var result = BatchValidator.Validate(
            Batches.Of(BatchProperties.Default, (Batches.Now, "a", "1"), (Batches.Now + 101, "b", "2"), (Batches.Now - 1001, "c", "3")), options);
        Assert.Equal(AppendError.InvalidTimestamp, result.Error);
        Assert.Equal([1, 2], result.RecordErrors.Select(error => error.BatchIndex));
        Expect(AppendError.None, Batches.Of(BatchProperties.Default, (0, "a", "1")), options with { TimestampType = TimestampType.LogAppendTime });
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(long.MaxValue / 2 + 1)]
    [InlineData(long.MinValue)]
    public void Extreme_timestamps_do_not_slip_through_by_wrapping(long timestamp)
    {
        var options = Options with { TimestampBeforeMaxMs = 1000, TimestampAfterMaxMs = 100 };
        Expect(AppendError.InvalidTimestamp, Batches.Of(BatchProperties.Default, (timestamp, "a", "1")), options);
        Expect(AppendError.InvalidTimestamp, Batches.Of(BatchProperties.Default, (Batches.Now, "a", "1"), (timestamp, "b", "2")), options);
        Expect(AppendError.InvalidTimestamp, Batches.Of(BatchProperties.Default, (Batches.Now, "a", "1"), (timestamp, "b", "2")), Options with { TimestampBeforeMaxMs = long.MaxValue - Math.Max(0, -(timestamp / 2)) });
    }

    [Theory]
    [MemberData(nameof(AllCodecs))]
    public void The_append_time_replaces_the_producers(CompressionCodec codec)
    {
        using var result = BatchValidator.Validate(Batches.Simple(3, codec), Options with { TimestampType = TimestampType.LogAppendTime, NowMs = 42 });
        Assert.True(result.IsValid, result.Message);
        Assert.Equal(42, result.MaxTimestamp);
        var stored = result.Batches.ToArray();
        Assert.True(Golden.View(stored).IsCrcValid);
        Assert.All(Golden.ReadAll(stored), record => Assert.Equal(42, record.Timestamp));
    }

    [Fact]
    public void A_wrong_largest_timestamp_is_corrected()
    {
        var batch = Batches.Patched(Batches.Simple(), bytes => BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(RecordBatch.MaxTimestampAt), long.MaxValue));
        using var result = BatchValidator.Validate(batch, Options);
        Assert.Equal(Batches.Now + 2, result.MaxTimestamp);
        Assert.Equal(Batches.Simple(), result.Batches.ToArray());
    }

    [Fact]
    public void Every_pair_of_codecs_is_recompressed_without_change_to_the_records()
    {
        foreach (var from in Enum.GetValues<CompressionCodec>())
        {
            foreach (var to in Enum.GetValues<CompressionCodec>())
            {
                var batch = Batches.Simple(200, from, new BatchProperties { ProducerId = 9, ProducerEpoch = 1, BaseSequence = 5, IsTransactional = true });
                var expected = Golden.ReadAll(batch);
                using var result = BatchValidator.Validate(batch, Options with { TargetCodec = to });
                Assert.True(result.IsValid, result.Message);
                Assert.Equal(from != to, result.IsRewritten);
                var stored = result.Batches.ToArray();
                var view = Golden.View(stored);
                Assert.True(view.IsCrcValid && view.IsTransactional);
                Assert.Equal((to, 9L, 1, 5, 199), (view.Codec, view.ProducerId, view.ProducerEpoch, view.BaseSequence, view.LastOffsetDelta));
                Assert.Equal(expected, Golden.ReadAll(stored));
            }
        }
    }

    [Fact]
    public void Records_that_are_not_numbered_in_order_are_renumbered()
    {
        using var builder = new RecordBatchBuilder(new BatchProperties { LastOffsetDelta = 1 });
        builder.Append(Batches.Now, "a"u8, "1"u8);
        var one = Batches.Simple(2);
        var view = Golden.View(one);
        var records = new RecordEnumerator(view.Payload, view);
        Assert.True(records.MoveNext() && records.MoveNext());
        using var gap = new RecordBatchBuilder(new BatchProperties { LastOffsetDelta = 1, BaseOffset = -4 });
        gap.Append(records.Current);
        gap.AppendAtNextOffset(records.Current);
        var batch = gap.BuildArray();
        BatchPatch.SetBaseOffset(batch, 0);
        using var result = BatchValidator.Validate(batch, Options);
        Assert.True(result.IsValid, result.Message);
        Assert.True(result.IsRewritten);
        Assert.Equal([0, 1], Golden.ReadAll(result.Batches.Span).Select(record => record.Offset));
    }

    [Fact]
    public void Zstd_is_refused_where_the_request_does_not_know_it()
    {
        Expect(AppendError.UnsupportedCompressionType, Batches.Simple(3, CompressionCodec.Zstd), Options with { AllowsZstd = false });
        Expect(AppendError.UnsupportedCompressionType, Batches.Patched(Batches.Simple(), bytes => bytes[RecordBatch.AttributesAt + 1] = 5), Options);
    }

    [Fact]
    public void A_decompression_bomb_is_refused()
    {
        var batch = Batches.Of(new BatchProperties { Codec = CompressionCodec.Lz4 }, (Batches.Now, null, new string('x', 3_000_000)));
        Expect(AppendError.MessageTooLarge, batch, Options with { MaxDecompressedBytes = 1_000_000 });
        Expect(AppendError.None, batch, Options);
    }

    [Fact]
    public void Bytes_that_are_not_compressed_as_declared_are_invalid()
    {
        foreach (byte codec in (byte[])[1, 2, 3, 4])
            Expect(AppendError.InvalidRecord, Batches.Patched(Batches.Simple(), bytes => bytes[RecordBatch.AttributesAt + 1] = codec), Options);
    }

    [Fact]
    public void Replicated_batches_are_taken_as_they_are_in_offset_order()
    {
        byte[] first = Batches.Simple(3, properties: new BatchProperties { BaseOffset = 10 });
        byte[] second = Batches.Simple(2, CompressionCodec.Lz4, new BatchProperties { BaseOffset = 20 });
        var options = Options with { Origin = AppendOrigin.Replica };
        using var result = BatchValidator.Validate((byte[])[.. first, .. second], options);
        Assert.True(result.IsValid, result.Message);
        Assert.Equal((5, 12, Batches.Now + 2, 2), (result.RecordCount, result.OffsetCount, result.MaxTimestamp, result.OffsetDeltaOfMaxTimestamp));
        Expect(AppendError.InvalidRecord, [.. second, .. first], options);
        Expect(AppendError.CorruptMessage, [.. first, .. second.AsSpan(0, 70)], options);
        second[^1] ^= 1;
        Expect(AppendError.CorruptMessage, [.. first, .. second], options);
    }

    [Fact]
    public void A_marker_of_the_coordinator_is_not_compressed_and_not_checked_for_age()
    {
        var marker = new TransactionMarker(true, 3).ToBatch(7, 1, Batches.Now - 5000);
        var sent = marker.ToArray();
        using var result = BatchValidator.Validate(marker,
            Options with { Origin = AppendOrigin.Coordinator, TargetCodec = CompressionCodec.Gzip, TimestampBeforeMaxMs = 10, IsCompacted = true });
        Assert.True(result.IsValid, result.Message);
        Assert.Equal(sent, result.Batches.ToArray());
    }

    internal static void Expect(AppendError expected, byte[] records, in ValidationOptions options)
    {
        using var result = BatchValidator.Validate(records.ToArray(), options);
        Assert.True(result.Error == expected, $"expected {expected}, got {result.Error}: {result.Message}");
        Assert.Equal(expected != AppendError.None, result.Message is not null);
    }
}
