using System.Text;
using ActorBroker.Records;
using ActorBroker.Storage.Compaction;
using ActorBroker.Storage.Tests.Fixtures;

namespace ActorBroker.Storage.Tests;

/// <summary>Messages of formats 0 and 1.</summary>
public sealed partial class CompactionTests
{
    [Theory]
    [InlineData(0, CompressionCodec.None)]
    [InlineData(1, CompressionCodec.None)]
    [InlineData(0, CompressionCodec.Gzip)]
    [InlineData(1, CompressionCodec.Lz4)]
    public void Messages_of_old_formats_are_compacted_in_their_format(byte magic, CompressionCodec codec)
    {
        AppendOld(magic, codec, 0, ("a", "1"), ("b", "1"), ("a", "2"));
        AppendOld(magic, codec, 3, ("c", "1"), ("b", null));
        AppendOld(magic, codec, 5, ("a", "3"));
        Append(("c", "2"));
        Roll();

        var result = Run();

        Assert.Equal([(4, "b", null), (5, "a", "3"), (6, "c", "2")], OldRecords());
        Assert.Equal((3, 4), (result.RecordsKept, result.RecordsDropped));
        Assert.Equal(magic, OldEntries()[0][16]);

        // The tombstone goes when its segment is older than delete.retention.ms before the newest one that was compacted.
        _log.NowMs += Day + 1;
        Append(("x", "1"));
        Roll();
        Run(segmentBytes: 1);
        Assert.Contains((4, "b", null), OldRecords());
        Append(("y", "1"));
        Roll();
        Run(segmentBytes: 1);
        Assert.Equal([(5, "a", "3"), (6, "c", "2"), (7, "x", "1"), (8, "y", "1")], OldRecords());
    }

    [Fact]
    public void A_small_offset_map_takes_several_rounds_over_old_messages()
    {
        for (var i = 0; i < 40; i += 4)
            AppendOld(1, CompressionCodec.Gzip, i, [.. Enumerable.Range(i, 4).Select(n => ("k" + n % 20, (string?)n.ToString()))]);
        Roll();

        RunInRounds(new CompactionLimits { OffsetMapBytes = 16 * OffsetMap.EntrySize });

        Assert.Equal(Enumerable.Range(20, 20).Select(n => ((long)n, "k" + n % 20, (string?)n.ToString())), OldRecords());
    }

    [Fact]
    public void A_corrupt_old_message_makes_the_log_uncleanable()
    {
        AppendOld(1, CompressionCodec.None, 0, ("a", "1"), ("a", "2"));
        Roll();
        var path = $"{_log.Directory}/00000000000000000000.log";
        var content = _log.Disk.Content(path);
        content[^1] ^= 1;
        _log.Disk.Overwrite(path, content);

        var job = _log.Log.TryBeginCompaction(new CompactionLimits(), _log.NowMs)!;

        Assert.Contains("offset 1", Assert.Throws<UncleanableLogException>(() => job.Run(default)).Message);
    }

    /// <summary>Messages as a broker before 0.11 stored them; compressed ones in one wrapper.</summary>
    private void AppendOld(byte magic, CompressionCodec codec, long offset, params (string Key, string? Value)[] records)
    {
        using var set = new PooledBytes();
        for (var i = 0; i < records.Length; i++)
        {
            var inner = codec == CompressionCodec.None || magic == 0 ? offset + i : i;
            MessageSetWriter.Append(set, magic, inner, CompressionCodec.None, TimestampType.CreateTime, _log.NowMs, Bytes(records[i].Key), Bytes(records[i].Value));
        }
        using var wrapped = new PooledBytes();
        if (codec != CompressionCodec.None)
        {
            using var compressed = new PooledBytes();
            Assert.Equal(RecordsProblem.None, Compression.Compress(codec, null, magic, set.Span, compressed));
            MessageSetWriter.Append(wrapped, magic, offset + records.Length - 1, codec, TimestampType.CreateTime, _log.NowMs, default, (ReadOnlySpan<byte>)compressed.Span);
        }
        var bytes = (codec == CompressionCodec.None ? set : wrapped).Span.ToArray();
        Assert.Equal(AppendStatus.Appended, _log.Log.AppendAsFollower(bytes, _log.NowMs).Status);
    }

    private static OptionalBytes Bytes(string? text) => text is null ? default(OptionalBytes) : (ReadOnlySpan<byte>)Encoding.UTF8.GetBytes(text);

    private List<byte[]> OldEntries()
    {
        var entries = new List<byte[]>();
        foreach (var entry in new BatchEntries(_log.ReadEntries()))
            entries.Add(entry.Bytes.ToArray());
        return entries;
    }

    private List<(long Offset, string Key, string? Value)> OldRecords()
    {
        var found = new List<(long, string, string?)>();
        foreach (var bytes in OldEntries())
        {
            Assert.True(BatchEntry.TryRead(bytes, out var entry, out _));
            Assert.Equal(RecordsProblem.None, BatchRecords.TryOpen(entry, 1 << 20, out var records));
            using (records)
            {
                while (records.MoveNext())
                {
                    var value = records.Current.Value;
                    found.Add((records.Current.Offset, Encoding.UTF8.GetString(records.Current.Key.Bytes), value.HasValue ? Encoding.UTF8.GetString(value.Bytes) : null));
                }
            }
        }
        return found;
    }
}
