namespace ActorBroker.Records.Tests;

public sealed class BatchSearchAndFilterTests
{
    private static readonly (long, string?, string?)[] Records = [(100, "a", "1"), (300, "b", "2"), (200, "a", null), (300, "c", "4")];

    [Theory]
    [InlineData(CompressionCodec.None)]
    [InlineData(CompressionCodec.Zstd)]
    public void The_first_record_at_or_after_a_time_is_found(CompressionCodec codec)
    {
        var batch = Batches.Of(new BatchProperties { BaseOffset = 10, Codec = codec }, Records);
        Assert.Equal(new TimestampedOffset(100, 10), Find(batch, 0, 0));
        Assert.Equal(new TimestampedOffset(300, 11), Find(batch, 101, 0));
        Assert.Equal(new TimestampedOffset(200, 12), Find(batch, 101, 12));
        Assert.Equal(new TimestampedOffset(300, 13), Find(batch, 300, 12));
        Assert.False(Find(batch, 301, 0).IsFound);
        Assert.False(Find(batch, 0, 14).IsFound);
    }

    [Fact]
    public void The_first_record_of_the_largest_time_is_found()
    {
        Assert.True(BatchEntry.TryRead(Batches.Of(new BatchProperties { BaseOffset = 10 }, Records), out var entry, out _));
        Assert.Equal(RecordsProblem.None, BatchSearch.FindMaxTimestamp(entry, 1000, out var found));
        Assert.Equal(new TimestampedOffset(300, 11), found);
        Assert.True(BatchEntry.TryRead(Golden.Bytes("message-v1-gzip"), out entry, out _));
        Assert.Equal(RecordsProblem.None, BatchSearch.FindMaxTimestamp(entry, 1000, out found));
        Assert.Equal(new TimestampedOffset(Golden.Timestamp + 5, 11), found);
    }

    [Theory]
    [InlineData(CompressionCodec.None)]
    [InlineData(CompressionCodec.Lz4)]
    public void Filtering_keeps_offsets_sequences_and_the_last_offset(CompressionCodec codec)
    {
        var batch = Batches.Of(new BatchProperties { BaseOffset = 10, Codec = codec, ProducerId = 7, ProducerEpoch = 1, BaseSequence = 3 }, Records);
        var (result, bytes) = Filter(batch, record => record.Offset is 11 or 12, null, false);
        Assert.Equal(FilterResult.Rewritten, result);
        var view = Golden.View(bytes);
        Assert.True(view.IsCrcValid);
        Assert.Equal((10L, 13L, 2, 3, 6), (view.BaseOffset, view.LastOffset, view.RecordCount, view.BaseSequence, view.LastSequence));
        Assert.Equal([new(11, 300, "b", "2", ""), new(12, 200, "a", null, "")], Golden.ReadAll(bytes));
    }

    [Fact]
    public void A_batch_of_which_all_stays_is_copied()
    {
        var batch = Batches.Of(BatchProperties.Default, Records);
        var (result, bytes) = Filter(batch, _ => true, null, false);
        Assert.Equal(FilterResult.Copied, result);
        Assert.Equal(batch, bytes);
    }

    [Fact]
    public void The_delete_horizon_is_set_once_and_record_times_stay()
    {
        var batch = Batches.Of(new BatchProperties { BaseOffset = 10 }, Records);
        var (result, bytes) = Filter(batch, _ => true, 5000, false);
        Assert.Equal(FilterResult.Rewritten, result);
        var view = Golden.View(bytes);
        Assert.True(view.HasDeleteHorizon && view.IsCrcValid);
        Assert.Equal((5000L, 300L), (view.BaseTimestamp, view.MaxTimestamp));
        Assert.Equal(Golden.ReadAll(batch), Golden.ReadAll(bytes));
        Assert.Equal(FilterResult.Copied, Filter(bytes, _ => true, 9000, false).Result);
    }

    [Fact]
    public void An_emptied_batch_leaves_its_header_or_nothing()
    {
        var batch = Batches.Of(new BatchProperties { BaseOffset = 10, Codec = CompressionCodec.Gzip, ProducerId = 7, ProducerEpoch = 1, BaseSequence = 3 }, Records);
        var (result, bytes) = Filter(batch, _ => false, null, true);
        Assert.Equal(FilterResult.Emptied, result);
        var view = Golden.View(bytes);
        Assert.Equal((0, 13L, RecordBatch.HeaderSize, -1L), (view.RecordCount, view.LastOffset, view.SizeInBytes, view.BaseTimestamp));
        Assert.Empty(Golden.ReadAll(bytes));
        Assert.Equal((FilterResult.Dropped, 0), (Filter(batch, _ => false, null, false) is var dropped ? (dropped.Result, dropped.Bytes.Length) : default));
    }

    private static TimestampedOffset Find(byte[] batch, long timestamp, long fromOffset)
    {
        Assert.True(BatchEntry.TryRead(batch, out var entry, out _));
        Assert.Equal(RecordsProblem.None, BatchSearch.FindFirstAtOrAfter(entry, timestamp, fromOffset, 1000, out var found));
        return found;
    }

    private static (FilterResult Result, byte[] Bytes) Filter(byte[] batch, Predicate retains, long? deleteHorizon, bool keepEmpty)
    {
        using var output = new PooledBytes();
        var retention = new Retention(retains);
        Assert.Equal(RecordsProblem.None, BatchFilter.Filter(Golden.View(batch), ref retention, deleteHorizon, keepEmpty, 10_000, output, out var result));
        return (result, output.Span.ToArray());
    }

    private delegate bool Predicate(Record record);

    private readonly struct Retention(Predicate retains) : IRecordRetention
    {
        public bool Retains(in Record record) => retains(record);
    }
}
