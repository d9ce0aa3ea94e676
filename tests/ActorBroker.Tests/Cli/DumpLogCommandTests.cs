using ActorBroker.Records;

namespace ActorBroker.Tests.Cli;

public sealed class DumpLogCommandTests : IDisposable
{
    private readonly string directory = Scratch.Create("dump").FullName;

    public void Dispose() => Directory.Delete(directory, true);

    [Fact]
    public async Task Batches_and_records_are_printed_in_kafkas_words()
    {
        var file = WriteLog(Batch(5, CompressionCodec.Gzip), []);

        var run = await CommandRun.Of("dump-log", "--files", file, "--print-data-log");

        var lines = run.Out.Split('\n');
        Assert.Equal(0, run.ExitCode);
        Assert.Equal($"Dumping {file}", lines[0]);
        Assert.Equal("Log starting offset: 5", lines[1]);
        Assert.StartsWith("baseOffset: 5 lastOffset: 6 count: 2 baseSequence: 7 lastSequence: 8 producerId: 9 producerEpoch: 1 partitionLeaderEpoch: 3 isTransactional: false isControl: false deleteHorizonMs: OptionalLong.empty position: 0 CreateTime: 1001 size: ", lines[2]);
        Assert.EndsWith("isvalid: true", lines[2]);
        Assert.Equal("| offset: 5 CreateTime: 1000 keySize: 1 valueSize: 2 sequence: 7 headerKeys: [] key: k payload: v0", lines[3]);
        Assert.Equal("| offset: 6 CreateTime: 1001 keySize: -1 valueSize: 2 sequence: 8 headerKeys: [] payload: v1", lines[4]);
    }

    [Fact]
    public async Task A_torn_tail_is_named_with_its_position_and_fails()
    {
        var batch = Batch(5, CompressionCodec.None);
        var file = WriteLog(batch, batch[..20]);

        var run = await CommandRun.Of("dump-log", "--files", file);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains($"at position {batch.Length}: the file ends inside a batch", run.Error);
    }

    [Fact]
    public async Task A_wrong_checksum_is_shown_and_fails()
    {
        var batch = Batch(5, CompressionCodec.None);
        batch[^1] ^= 1;

        var run = await CommandRun.Of("dump-log", "--files", WriteLog(batch, []));

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("isvalid: false", run.Out);
    }

    [Fact]
    public async Task Offset_indexes_end_where_the_preallocated_zeros_begin()
    {
        var file = Path.Combine(directory, "00000000000000000100.index");
        File.WriteAllBytes(file, [0, 0, 0, 5, 0, 0, 16, 0, 0, 0, 0, 9, 0, 0, 32, 0, 0, 0, 0, 0, 0, 0, 0, 0]);

        var run = await CommandRun.Of("dump-log", "--files", file);

        Assert.Equal($"Dumping {file}\noffset: 105 position: 4096\noffset: 109 position: 8192\n", run.Out);
    }

    [Fact]
    public async Task Json_is_one_object_a_line()
    {
        var run = await CommandRun.Of("dump-log", "--json", "--deep-iteration", "--files", WriteLog(Batch(5, CompressionCodec.None), []));

        Assert.Equal(3, run.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.StartsWith("{\"baseOffset\":5,", run.Out);
    }

    private static byte[] Batch(long baseOffset, CompressionCodec codec)
    {
        using var builder = new RecordBatchBuilder(new BatchProperties { BaseOffset = baseOffset, LeaderEpoch = 3, ProducerId = 9, ProducerEpoch = 1, BaseSequence = 7, Codec = codec }, 1024);
        builder.Append(1000, "k"u8, "v0"u8);
        builder.Append(1001, (byte[]?)null, "v1"u8);
        return builder.BuildArray();
    }

    private string WriteLog(byte[] first, byte[] second)
    {
        var file = Path.Combine(directory, "00000000000000000005.log");
        File.WriteAllBytes(file, [.. first, .. second]);
        return file;
    }
}
