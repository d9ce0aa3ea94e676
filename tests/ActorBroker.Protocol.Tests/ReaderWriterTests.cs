using ActorBroker.Model;
using ActorBroker.Protocol.Messages;

namespace ActorBroker.Protocol.Tests;

public sealed class ReaderWriterTests
{
    [Fact]
    public void A_count_that_cannot_fit_is_refused_before_anything_is_allocated()
    {
        byte[] bytes = [0xff, 0xff, 0xff, 0xff, 0x07, 0, 0, 0];

        var before = GC.GetAllocatedBytesForCurrentThread();
        var problem = Assert.Throws<ProtocolException>(() =>
        {
            var reader = new ProtocolReader(bytes);
            reader.ReadArrayCount(compact: true, 1);
        });

        Assert.Contains("does not fit", problem.Reason, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 65536);
    }

    [Theory]
    [InlineData("ffffffff8f01")]
    [InlineData("ffffffffff")]
    [InlineData("8080808010")]
    public void A_number_of_more_than_32_bits_is_refused(string hex) =>
        Assert.Throws<ProtocolException>(() =>
        {
            var reader = new ProtocolReader(Convert.FromHexString(hex));
            reader.ReadUVarint();
        });

    [Theory]
    [InlineData("fffe")]
    [InlineData("8000")]
    [InlineData("0002c328")]
    [InlineData("0003e28241")]
    public void A_negative_length_or_bad_UTF8_is_refused(string hex) =>
        Assert.Throws<ProtocolException>(() =>
        {
            var reader = new ProtocolReader(Convert.FromHexString(hex));
            reader.ReadNullableString(compact: false);
        });

    [Fact]
    public void An_error_names_the_message_and_the_place()
    {
        var problem = Assert.Throws<ProtocolException>(() =>
        {
            var reader = new ProtocolReader(new byte[] { 0, 0, 0, 5, 0, 1 });
            new MetadataRequest().Read(ref reader, 1);
        });

        Assert.Equal("MetadataRequest", problem.MessageName);
        Assert.Equal(4, problem.Position);
    }

    [Fact]
    public void Unknown_tagged_fields_are_stepped_over()
    {
        using var writer = new ProtocolWriter();
        new HeartbeatRequest { GroupId = "g", GenerationId = 3, MemberId = "m" }.Write(writer, 4);
        var bytes = writer.ToArray();
        byte[] withTag = [.. bytes[..^1], 1, 77, 3, 1, 2, 3];

        var reader = new ProtocolReader(withTag);
        var read = new HeartbeatRequest();
        read.Read(ref reader, 4);
        reader.EndMessage();

        Assert.Equal("m", read.MemberId);
    }

    [Fact]
    public void A_tagged_field_over_127_bytes_keeps_the_shortest_size()
    {
        var host = new string('h', 20000);
        var response = new FetchResponse { NodeEndpoints = [new() { NodeId = 7, Host = host, Port = 9 }] };
        using var writer = new ProtocolWriter(16);
        response.Write(writer, 16);

        var reader = new ProtocolReader(writer.ToArray());
        var read = new FetchResponse();
        read.Read(ref reader, 16);
        reader.EndMessage();

        Assert.Equal(host, read.NodeEndpoints[0].Host);
    }

    [Fact]
    public void Topic_names_that_repeat_are_one_string()
    {
        using var writer = new ProtocolWriter();
        writer.WriteString("orders.created", compact: true);
        var bytes = writer.ToArray();
        var first = new ProtocolReader(bytes);
        var second = new ProtocolReader((byte[])bytes.Clone());

        Assert.Same(first.ReadInternedString(compact: true), second.ReadInternedString(compact: true));
    }

    [Fact]
    public void Large_record_sets_are_spliced_and_released_with_the_writer()
    {
        var owner = new CountingOwner();
        var large = new byte[ProtocolWriter.SpliceThreshold];
        Random.Shared.NextBytes(large);
        var response = Response(new MemoryRecords(large, owner));
        var segments = new List<FrameSegment>();

        using (var writer = new ProtocolWriter())
        {
            ProtocolFrames.WriteResponse(writer, response, 11, 42);
            writer.CopySegmentsTo(segments);

            Assert.False(writer.IsContiguous);
            Assert.Equal(2, segments.Count);
            Assert.True(segments[1].Memory.Span.Overlaps(large));
            Assert.Equal(writer.Length, segments.Sum(segment => (long)segment.Size));
            Assert.Equal(writer.Length - 4, System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(segments[0].Memory.Span));
            Assert.Equal(0, owner.Released);
        }

        Assert.Equal(1, owner.Released);
    }

    [Fact]
    public void Small_record_sets_are_copied_and_released_at_once()
    {
        var owner = new CountingOwner();
        using var writer = new ProtocolWriter();

        Response(new MemoryRecords(new byte[100], owner)).Write(writer, 12);

        Assert.True(writer.IsContiguous);
        Assert.Equal(1, owner.Released);
    }

    [Fact]
    public void Parts_of_composite_records_become_segments_of_their_own()
    {
        var records = new CompositeRecords([new MemoryRecords(new byte[5000]), new MemoryRecords(new byte[3])]);
        using var writer = new ProtocolWriter();
        var segments = new List<FrameSegment>();

        Response(records).Write(writer, 12);
        writer.CopySegmentsTo(segments);

        Assert.Equal([5000, 3], segments.Skip(1).Take(2).Select(segment => segment.Size));
    }

    [Fact]
    public void Record_sets_of_a_request_are_slices_of_its_frame()
    {
        var frame = WriteProduce(new byte[5000]);
        var reader = new ProtocolReader(frame);
        var read = new ProduceRequest();
        read.Read(ref reader, 9);

        Assert.True(read.TopicData[0].PartitionData[0].Records!.TryGetMemory(out var records));
        Assert.True(records.Span.Overlaps(frame));
    }

    [Fact]
    public void Reading_a_produce_request_allocates_its_objects_only()
    {
        var frame = WriteProduce(new byte[100]);
        Allocated(frame);

        Assert.InRange(Allocated(frame), 0, 600);

        static long Allocated(byte[] frame)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var reader = new ProtocolReader(frame);
            new ProduceRequest().Read(ref reader, 9);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    private static byte[] WriteProduce(byte[] records)
    {
        using var writer = new ProtocolWriter();
        var request = new ProduceRequest
        {
            Acks = -1,
            TimeoutMs = 1000,
            TopicData = [new() { Name = "allocation-test", PartitionData = [new() { Index = 1, Records = new MemoryRecords(records) }] }],
        };
        request.Write(writer, 9);
        return writer.ToArray();
    }

    private static FetchResponse Response(RecordsPayload records) => new()
    {
        Responses = [new() { Topic = "t", Partitions = [new() { PartitionIndex = 0, Records = records }] }],
    };

    private sealed class CountingOwner : IReferenceCounted
    {
        public int Released { get; private set; }

        public void Retain() => throw new InvalidOperationException("nothing retains here");

        public void Release() => Released++;
    }
}
