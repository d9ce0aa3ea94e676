using FsCheck;
using FsCheck.Fluent;

namespace ActorBroker.Records.Tests;

public sealed class PropertyTests
{
    [Fact]
    public void Any_records_survive_a_batch_of_any_codec() => Check.One(Quickly, Prop.ForAll<Entry[], int, long>((entries, codecNumber, baseOffset) =>
    {
        var properties = new BatchProperties { Codec = (CompressionCodec)(Math.Abs(codecNumber % 5)), BaseOffset = Math.Abs(baseOffset % (1L << 60)) };
        using var builder = new RecordBatchBuilder(properties);
        foreach (var entry in entries)
            builder.Append(entry.Timestamp, entry.Key, entry.Value, Headers(entry));
        var batch = builder.BuildArray();
        var expected = entries.Select((entry, i) => new RecordCopy(properties.BaseOffset + i, entry.Timestamp, Text(entry.Key), Text(entry.Value),
            string.Concat(Headers(entry).Select(header => $"{header.Key}={(header.Value is { } value ? Text(value.ToArray()) : "null")};"))));
        Assert.True(Golden.View(batch).IsCrcValid);
        Assert.Equal(expected, Golden.ReadAll(batch));
    }));

    [Fact]
    public void Any_numbers_survive_as_varints() => Check.One(Quickly, Prop.ForAll<int, long>((narrow, wide) =>
    {
        Span<byte> room = stackalloc byte[Varint.MaximumLongSize];
        foreach (var shift in Enumerable.Range(0, 64))
        {
            var at = 0;
            Assert.True(Varint.TryReadLong(room[..Varint.WriteLong(room, wide << shift)], ref at, out var readWide));
            Assert.Equal((wide << shift, Varint.SizeOfLong(wide << shift)), (readWide, at));
            at = 0;
            Assert.True(Varint.TryRead(room[..Varint.Write(room, narrow << shift)], ref at, out var read));
            Assert.Equal((narrow << shift, Varint.SizeOf(narrow << shift)), (read, at));
        }
    }));

    [Fact]
    public void Any_bytes_survive_every_codec() => Check.One(Quickly, Prop.ForAll<byte[], int>((bytes, repeat) =>
    {
        var input = Enumerable.Repeat(bytes, Math.Abs(repeat % 2000)).SelectMany(part => part).ToArray();
        foreach (var codec in Enum.GetValues<CompressionCodec>())
        {
            using var compressed = new PooledBytes();
            using var output = new PooledBytes();
            Assert.Equal(RecordsProblem.None, Compression.Compress(codec, null, 2, input, compressed));
            Assert.Equal(RecordsProblem.None, Compression.Decompress(codec, 2, compressed.Span, input.Length, output));
            Assert.True(output.Span.SequenceEqual(input));
        }
    }));

    private static readonly Config Quickly = Config.QuickThrowOnFailure.WithMaxTest(150);

    private static RecordHeader[] Headers(Entry entry) =>
        [.. (entry.Headers ?? []).Select((value, i) => new RecordHeader($"h{i}", value is null ? null : value))];

    private static string? Text(byte[]? bytes) => bytes is null ? null : System.Text.Encoding.Latin1.GetString(bytes);

    public sealed record Entry(long Timestamp, byte[]? Key, byte[]? Value, byte[]?[]? Headers);
}
