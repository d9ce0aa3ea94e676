namespace ActorBroker.Records.Tests;

public sealed class GoldenVectorTests
{
    private static readonly RecordCopy[] ThreeRecords =
    [
        new(100, Golden.Timestamp, "k1", "value-1", ""),
        new(101, Golden.Timestamp + 5, null, "value-2", ""),
        new(102, Golden.Timestamp + 7, "k3", null, "h1=x;h2=null;"),
    ];

    [Theory]
    [InlineData("none")]
    [InlineData("idempotent")]
    [InlineData("transactional")]
    [InlineData("gzip")]
    [InlineData("snappy")]
    [InlineData("lz4")]
    [InlineData("zstd")]
    public void Kafkas_batches_are_read(string name)
    {
        var bytes = Golden.Bytes("batch-v2-" + name);
        Assert.True(Golden.View(bytes).IsCrcValid);
        Assert.Equal(ThreeRecords, Golden.ReadAll(bytes));
    }

    [Fact]
    public void The_append_time_counts_for_every_record() =>
        Assert.All(Golden.ReadAll(Golden.Bytes("batch-v2-logappendtime")), record => Assert.Equal(Golden.Timestamp + 999, record.Timestamp));

    [Fact]
    public void Uncompressed_batches_are_written_byte_for_byte_as_kafka_writes_them()
    {
        var plain = new BatchProperties { BaseOffset = 100, LeaderEpoch = 5 };
        var idempotent = plain with { ProducerId = 4000, ProducerEpoch = 2, BaseSequence = 17 };
        Assert.Equal(Golden.Bytes("batch-v2-none"), Write(plain));
        Assert.Equal(Golden.Bytes("batch-v2-idempotent"), Write(idempotent));
        Assert.Equal(Golden.Bytes("batch-v2-transactional"), Write(idempotent with { IsTransactional = true }));
        Assert.Equal(Golden.Bytes("batch-v2-logappendtime"),
            Write(plain with { TimestampType = TimestampType.LogAppendTime, LogAppendTime = Golden.Timestamp + 999 }));
    }

    [Theory]
    [InlineData("control-commit", true)]
    [InlineData("control-abort", false)]
    public void Transaction_markers_are_read_and_written_as_kafka_does(string name, bool isCommit)
    {
        var bytes = Golden.Bytes(name);
        Assert.True(TransactionMarker.TryRead(Golden.View(bytes), out var marker));
        Assert.Equal(new MarkerBatch(4000, 2, 200, Golden.Timestamp, new TransactionMarker(isCommit, 9)), marker);
        Assert.Equal(bytes, marker.Marker.ToBatch(4000, 2, Golden.Timestamp, 200, 5));
    }

    [Fact]
    public void A_leader_change_is_no_transaction_marker()
    {
        var view = Golden.View(Golden.Bytes("control-leader-change"));
        Assert.True(view.IsControl && view.IsCrcValid);
        Assert.False(TransactionMarker.TryRead(view, out _));
        var records = new RecordEnumerator(view.Payload, view);
        Assert.True(records.MoveNext());
        Assert.True(TransactionMarker.TryReadType(records.Current, out var type));
        Assert.Equal(ControlRecordType.LeaderChange, type);
    }

    [Theory]
    [InlineData("message-v0-none", false)]
    [InlineData("message-v0-gzip", false)]
    [InlineData("message-v0-lz4", false)]
    [InlineData("message-v1-none", true)]
    [InlineData("message-v1-gzip", true)]
    [InlineData("message-v1-lz4", true)]
    public void Kafkas_old_messages_are_read(string name, bool hasTimestamps)
    {
        RecordCopy[] expected =
        [
            new(10, hasTimestamps ? Golden.Timestamp : -1, "k1", "value-1", ""),
            new(11, hasTimestamps ? Golden.Timestamp + 5 : -1, null, "value-2", ""),
        ];
        Assert.Equal(expected, Golden.ReadAll(Golden.Bytes(name)));
    }

    [Fact]
    public void Old_messages_are_written_byte_for_byte_as_kafka_writes_them()
    {
        using var output = new PooledBytes();
        foreach (byte magic in (byte[])[0, 1])
        {
            output.Clear();
            MessageSetWriter.Append(output, magic, 10, CompressionCodec.None, TimestampType.CreateTime, Golden.Timestamp, "k1"u8, "value-1"u8);
            MessageSetWriter.Append(output, magic, 11, CompressionCodec.None, TimestampType.CreateTime, Golden.Timestamp + 5, default, "value-2"u8);
            Assert.Equal(Golden.Bytes($"message-v{magic}-none"), output.Span.ToArray());
        }
    }

    [Fact]
    public void Varints_are_read_and_written_as_kafka_does()
    {
        Span<byte> room = stackalloc byte[Varint.MaximumLongSize];
        foreach (var cells in Golden.Lines().Where(cells => cells[0] is "varint" or "varlong"))
        {
            var bytes = Convert.FromHexString(cells[1]);
            var value = long.Parse(cells[2].Split(' ')[^1]);
            var at = 0;
            if (cells[0] == "varint")
            {
                Assert.True(Varint.TryRead(bytes, ref at, out var read));
                Assert.Equal(value, read);
                Assert.Equal(bytes, room[..Varint.Write(room, (int)value)].ToArray());
                Assert.Equal(bytes.Length, Varint.SizeOf((int)value));
            }
            else
            {
                Assert.True(Varint.TryReadLong(bytes, ref at, out var read));
                Assert.Equal(value, read);
                Assert.Equal(bytes, room[..Varint.WriteLong(room, value)].ToArray());
                Assert.Equal(bytes.Length, Varint.SizeOfLong(value));
            }
            Assert.Equal(bytes.Length, at);
        }
    }

    [Theory]
    [InlineData("kafka-v2-none", 2, 60)]
    [InlineData("kafka-v2-gzip", 2, 600)]
    [InlineData("kafka-v2-gzip-9", 2, 600)]
    [InlineData("kafka-v2-snappy", 2, 600)]
    [InlineData("kafka-v2-lz4", 2, 600)]
    [InlineData("kafka-v2-lz4-17", 2, 600)]
    [InlineData("kafka-v2-zstd", 2, 600)]
    [InlineData("kafka-v2-zstd-19", 2, 600)]
    [InlineData("kafka-v1-none", 1, 60)]
    [InlineData("kafka-v1-gzip", 1, 300)]
    [InlineData("kafka-v1-snappy", 1, 300)]
    [InlineData("kafka-v1-lz4", 1, 300)]
    [InlineData("kafka-v0-none", 0, 60)]
    [InlineData("kafka-v0-gzip", 0, 300)]
    [InlineData("kafka-v0-snappy", 0, 300)]
    [InlineData("kafka-v0-lz4", 0, 300)]
    public void Larger_batches_of_the_java_client_are_read(string name, int magic, int count)
    {
        var expected = Enumerable.Range(0, count).Select(i => new RecordCopy(
            1000 + i,
            magic == 0 ? -1 : Golden.Timestamp + (3 * i),
            i % 3 == 0 ? null : $"key-{i}",
            i % 7 == 0 ? null : string.Concat(Enumerable.Repeat($"value-{i} ", i % 50)),
            magic < 2 ? "" : string.Concat(Enumerable.Range(0, i % 5).Select(j => $"h{j}={(j % 2 == 0 ? "null" : $"v{j}")};"))));
        Assert.Equal(expected, Golden.ReadAll(Golden.Fixture(name + ".bin")));
    }

    private static byte[] Write(BatchProperties properties)
    {
        using var builder = new RecordBatchBuilder(properties);
        builder.Append(Golden.Timestamp, "k1"u8, "value-1"u8);
        builder.Append(Golden.Timestamp + 5, default, "value-2"u8);
        builder.Append(Golden.Timestamp + 7, "k3"u8, default, [new RecordHeader("h1", "x"u8.ToArray()), new RecordHeader("h2", null)]);
        return builder.BuildArray();
    }
}
