using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;
using ActorBroker.Records;

namespace ActorBroker.Tests.Requests;

public sealed class ProduceRequestTests(RunningNode node) : IClassFixture<RunningNode>
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    public async Task Old_message_sets_are_read_back_in_every_format(short version, byte magic)
    {
        using var client = await WireClient.Connect(node.Address);
        var topic = $"old-{version}-{magic}";
        await client.CreateTopic(topic);

        var produced = await client.Produce(topic, MessageSet(magic, "a", "b"), version);

        Assert.Equal((ErrorCode.None, 0L), (produced.ErrorCode, produced.BaseOffset));
        foreach (var (fetchVersion, expected) in new (short, byte)[] { (0, 0), (1, 0), (2, 1), (3, 1), (4, 2), (11, 2) })
        {
            var values = WireClient.Values(await client.Fetch(topic, 1, fetchVersion));
            Assert.Contains((1L, expected, "b"), values);
            Assert.All(values, value => Assert.Equal(expected, value.Magic));
        }
    }

    [Theory]
    [InlineData(CompressionCodec.None)]
    [InlineData(CompressionCodec.Gzip)]
    [InlineData(CompressionCodec.Snappy)]
    [InlineData(CompressionCodec.Lz4)]
    [InlineData(CompressionCodec.Zstd)]
    public async Task Every_codec_is_stored_as_it_came(CompressionCodec codec)
    {
        using var client = await WireClient.Connect(node.Address);
        var topic = $"codec-{codec}";
        await client.CreateTopic(topic);
        var batch = WireClient.Batch(new BatchProperties { Codec = codec }, "a", "b");

        Assert.Equal(ErrorCode.None, (await client.Produce(topic, batch)).ErrorCode);
        var read = await client.Fetch(topic, 0);

        Assert.Equal([(0L, (byte)2, "a"), (1L, (byte)2, "b")], WireClient.Values(read));
        Assert.Equal(batch[RecordBatch.CrcAt..], read.Records!.ToArray()[RecordBatch.CrcAt..]);
        var old = await client.Fetch(topic, 0, 3);
        Assert.Equal(codec == CompressionCodec.Zstd ? ErrorCode.UnsupportedCompressionType : ErrorCode.None, old.ErrorCode);
    }

    [Fact]
    public async Task Zstd_is_refused_below_version_7()
    {
        using var client = await WireClient.Connect(node.Address);
        await client.CreateTopic("zstd-6");

        var produced = await client.Produce("zstd-6", WireClient.Batch(new BatchProperties { Codec = CompressionCodec.Zstd }, "a"), 6);

        Assert.Equal(ErrorCode.UnsupportedCompressionType, produced.ErrorCode);
    }

    [Fact]
    public async Task An_idempotent_producer_is_written_once_and_in_order()
    {
        using var client = await WireClient.Connect(node.Address);
        await client.CreateTopic("idempotent");
        var producer = await client.Call<InitProducerIdResponse>(new InitProducerIdRequest { TransactionalId = null }, 4);
        byte[] Numbered(int sequence, short epoch = 0) => WireClient.Batch(
            new BatchProperties { ProducerId = producer.ProducerId, ProducerEpoch = epoch, BaseSequence = sequence }, "a", "b");

        var first = await client.Produce("idempotent", Numbered(0));
        var again = await client.Produce("idempotent", Numbered(0));
        var gap = await client.Produce("idempotent", Numbered(9));
        var next = await client.Produce("idempotent", Numbered(2));
        var newer = await client.Produce("idempotent", Numbered(0, 1));
        var fenced = await client.Produce("idempotent", Numbered(4));

        Assert.Equal([0, 0, -1, 2, 4, -1], new[] { first, again, gap, next, newer, fenced }.Select(answer => answer.BaseOffset));
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, gap.ErrorCode);
        Assert.Equal(ErrorCode.InvalidProducerEpoch, fenced.ErrorCode);
    }

    [Fact]
    public async Task Records_that_the_topic_forbids_are_refused_with_their_error()
    {
        using var client = await WireClient.Connect(node.Address);
        await client.CreateTopic("small", 1, ("max.message.bytes", "100"));
        await client.CreateTopic("compacted", 1, ("cleanup.policy", "compact"));
        await client.CreateTopic("any");
        var corrupt = WireClient.Batch("a");
        corrupt[^1] ^= 1;
        using var withoutKey = new RecordBatchBuilder();
        withoutKey.Append(1_700_000_000_000, default, "v"u8);

        Assert.Equal(ErrorCode.MessageTooLarge, (await client.Produce("small", WireClient.Batch(new string('x', 200)))).ErrorCode);
        Assert.Equal(ErrorCode.CorruptMessage, (await client.Produce("any", corrupt)).ErrorCode);
        Assert.Equal(ErrorCode.InvalidRecord, (await client.Produce("compacted", withoutKey.BuildArray())).ErrorCode);
        Assert.Equal(ErrorCode.InvalidRequiredAcks, (await client.Produce("any", WireClient.Batch("a"), acks: 3)).ErrorCode);
        Assert.Equal(0, (await client.Fetch("any", 0)).HighWatermark);
    }

    [Fact]
    public async Task A_transactional_batch_without_transactions_would_hide_what_follows_and_is_refused()
    {
        using var client = await WireClient.Connect(node.Address);
        await client.CreateTopic("transactional");

        var refused = await client.Produce("transactional", WireClient.Batch(
            new BatchProperties { ProducerId = 7, ProducerEpoch = 0, BaseSequence = 0, IsTransactional = true }, "a"));
        await client.Produce("transactional", WireClient.Batch("b"));

        Assert.Equal(ErrorCode.InvalidTxnState, refused.ErrorCode);
        Assert.Equal(1, (await client.Fetch("transactional", 0)).LastStableOffset);
    }

    [Fact]
    public async Task LogAppendTime_stamps_the_brokers_time()
    {
        using var client = await WireClient.Connect(node.Address);
        await client.CreateTopic("stamped", 1, ("message.timestamp.type", "LogAppendTime"));
        var before = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();

        var produced = await client.Produce("stamped", WireClient.Batch("a"));
        var read = (await client.Fetch("stamped", 0)).Records!.ToArray();

        Assert.InRange(produced.LogAppendTimeMs, before, before + 60_000);
        Assert.True(RecordBatchView.TryRead(read, out var batch, out _));
        Assert.Equal((TimestampType.LogAppendTime, produced.LogAppendTimeMs, true), (batch.TimestampType, batch.MaxTimestamp, batch.IsCrcValid));
    }

    [Fact]
    public async Task Acks_0_has_no_answer_and_a_refusal_closes_the_connection()
    {
        using var client = await WireClient.Connect(node.Address);
        await client.CreateTopic("silent");

        await client.Send(WireClient.ProduceRequest("silent", WireClient.Batch("a"), acks: 0), 9);
        var read = await client.Fetch("silent", 0, maxWaitMs: 20_000);
        Assert.Equal([(0L, (byte)2, "a")], WireClient.Values(read));

        await client.Send(WireClient.ProduceRequest("no-such-topic", WireClient.Batch("a"), acks: 0), 9);
        Assert.True(await client.IsClosed());
    }

    private static byte[] MessageSet(byte magic, params string[] values)
    {
        using var set = new PooledBytes();
        for (var i = 0; i < values.Length; i++)
        {
            MessageSetWriter.Append(
                set, magic, i, CompressionCodec.None, TimestampType.CreateTime, 1_700_000_000_000, default, System.Text.Encoding.UTF8.GetBytes(values[i]));
        }

        return set.Span.ToArray();
    }
}
