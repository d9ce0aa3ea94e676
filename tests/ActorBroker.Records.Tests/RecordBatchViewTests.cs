namespace ActorBroker.Records.Tests;

public sealed class RecordBatchViewTests
{
    private static readonly byte[] Idempotent = Convert.FromHexString(
        "0000000000000064000000610000000502df6108820000000000020000018bcfe568000000018bcfe568070000000000000fa0000200000011000000031e000000046b310e7661"
        + "6c75652d31001a000a02010e76616c75652d320022000e04046b330104046831027804683201");

    [Fact]
    public void A_batch_of_kafka_is_read_field_by_field()
    {
        Assert.True(RecordBatchView.TryRead(Idempotent, out var view, out _));

        Assert.Equal(100, view.BaseOffset);
        Assert.Equal(102, view.LastOffset);
        Assert.Equal(5, view.LeaderEpoch);
        Assert.Equal(2, view.Magic);
        Assert.Equal(CompressionCodec.None, view.Codec);
        Assert.Equal(TimestampType.CreateTime, view.TimestampType);
        Assert.Equal(1700000000000, view.BaseTimestamp);
        Assert.Equal(1700000000007, view.MaxTimestamp);
        Assert.Equal(4000, view.ProducerId);
        Assert.Equal(2, view.ProducerEpoch);
        Assert.Equal(17, view.BaseSequence);
        Assert.Equal(19, view.LastSequence);
        Assert.Equal(3, view.RecordCount);
        Assert.Equal(Idempotent.Length, view.SizeInBytes);
        Assert.True(view.IsCrcValid);
        Assert.False(view.IsTransactional || view.IsControl || view.HasDeleteHorizon);
    }

    [Fact]
    public void A_flipped_bit_shows_in_the_checksum()
    {
        for (var at = RecordBatch.BaseTimestampAt; at < Idempotent.Length; at++)
        {
            if (at is >= RecordBatch.RecordCountAt and < RecordBatch.HeaderSize)
                continue;
            var damaged = Idempotent.ToArray();
            damaged[at] ^= 0x10;
            Assert.True(RecordBatchView.TryRead(damaged, out var view, out _));
            Assert.False(view.IsCrcValid);
        }
    }

    [Fact]
    public void Every_cut_is_reported_as_truncated()
    {
        for (var length = 0; length < Idempotent.Length; length++)
        {
            Assert.False(RecordBatchView.TryRead(Idempotent.AsSpan(0, length), out _, out var problem));
            Assert.Equal(BatchProblem.Truncated, problem);
        }
    }

    [Theory]
    [InlineData(RecordBatch.MagicAt, 1, BatchProblem.UnsupportedMagic)]
    [InlineData(RecordBatch.BatchLengthAt + 3, 48, BatchProblem.LengthTooSmall)]
    [InlineData(RecordBatch.BatchLengthAt, 0xFF, BatchProblem.LengthTooSmall)]
    [InlineData(RecordBatch.BatchLengthAt, 0x7F, BatchProblem.Truncated)]
    [InlineData(RecordBatch.RecordCountAt, 0x80, BatchProblem.NegativeCount)]
    [InlineData(RecordBatch.LastOffsetDeltaAt, 0x80, BatchProblem.NegativeCount)]
    public void An_implausible_header_is_refused(int at, int value, BatchProblem expected)
    {
        var damaged = Idempotent.ToArray();
        damaged[at] = (byte)value;
        Assert.False(RecordBatchView.TryRead(damaged, out _, out var problem));
        Assert.Equal(expected, problem);
    }

    [Fact]
    public void Patching_offset_and_epoch_keeps_the_checksum_valid()
    {
        var batch = Idempotent.ToArray();
        BatchPatch.SetBaseOffset(batch, long.MaxValue - 5);
        BatchPatch.SetLeaderEpoch(batch, 77);
        Assert.True(RecordBatchView.TryRead(batch, out var view, out _));
        Assert.Equal(long.MaxValue - 3, view.LastOffset);
        Assert.Equal(77, view.LeaderEpoch);
        Assert.True(view.IsCrcValid);
    }

    [Fact]
    public void Patching_the_append_time_renews_the_checksum_once()
    {
        var batch = Idempotent.ToArray();
        Assert.True(BatchPatch.SetMaxTimestamp(batch, TimestampType.LogAppendTime, 123));
        Assert.False(BatchPatch.SetMaxTimestamp(batch, TimestampType.LogAppendTime, 123));
        Assert.True(RecordBatchView.TryRead(batch, out var view, out _));
        Assert.Equal(TimestampType.LogAppendTime, view.TimestampType);
        Assert.Equal(123, view.MaxTimestamp);
        Assert.True(view.IsCrcValid);
    }

    [Fact]
    public void Sequences_wrap_to_zero()
    {
        Assert.Equal(0, RecordBatch.SequenceAfter(int.MaxValue, 1));
        Assert.Equal(4, RecordBatch.SequenceAfter(int.MaxValue - 1, 6));
        Assert.Equal(RecordBatch.NoSequence, RecordBatch.SequenceAfter(RecordBatch.NoSequence, 3));
    }

    [Fact]
    public void Entries_of_all_magics_are_walked_up_to_a_torn_tail()
    {
        var messageV0 = Convert.FromHexString("000000000000000a0000001724cebb5f0000000000026b310000000776616c75652d31");
        var messageV1 = Convert.FromHexString("000000000000000b0000001d9456eae401000000018bcfe56805ffffffff0000000776616c75652d32");
        byte[] log = [.. messageV0, .. messageV1, .. Idempotent, .. Idempotent.AsSpan(0, 70)];

        var entries = new BatchEntries(log);
        List<(int Magic, long Last, int At)> seen = [];
        while (entries.MoveNext())
            seen.Add((entries.Current.Magic, entries.Current.LastOffset, entries.CurrentPosition));

        Assert.Equal([(0, 10L, 0), (1, 11L, messageV0.Length), (2, 102L, messageV0.Length + messageV1.Length)], seen);
        Assert.Equal(BatchProblem.Truncated, entries.Problem);
        Assert.Equal(log.Length - 70, entries.Position);
    }
}
