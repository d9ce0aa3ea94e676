using System.Text;
using ActorBroker.Model;
using ActorBroker.Storage.Tests.Fixtures;

namespace ActorBroker.Storage.Tests;

/// <summary>The bytes of every file, frozen: a change here is a change of the format, which other people's brokers and tools read.</summary>
public sealed class LayoutTests
{
    /// <summary>Three records, 1700000000000 to ...007, as a producer sends them but for base offset 100 and leader epoch 5.</summary>
    private const string GoldenBatch =
        "0000000000000064000000610000000502790e9a810000000000020000018bcfe568000000018bcfe56807ffffffffffffffffffffffffffff000000031e0000000"
        + "46b310e76616c75652d31001a000a02010e76616c75652d320022000e04046b330104046831027804683201";

    private readonly LogFixture _log = new(new LogConfig { IndexIntervalBytes = 100 });

    [Fact]
    public void A_segment_is_the_producers_bytes_with_offset_and_epoch()
    {
        _log.Log.Append(Convert.FromHexString(GoldenBatch), new LeaderEpoch(7), 0);
        _log.Log.Append(Convert.FromHexString(GoldenBatch), new LeaderEpoch(7), 0);

        Assert.Equal(
            "0000000000000000" + "00000061" + "00000007" + GoldenBatch[32..] + "0000000000000003" + "00000061" + "00000007" + GoldenBatch[32..],
            Hex("00000000000000000000.log"));
    }

    [Fact]
    public void Indexes_have_relative_offsets()
    {
        for (var i = 0; i < 3; i++)
            _log.Append(Batches.Plain(2, timestamp: 1_700_000_000_000 + i));
        _log.Log.Close();

        // Batches of 95 bytes: only the third one comes after more than 100.
        Assert.Equal("00000005" + "000000be", Hex("00000000000000000000.index"));
        Assert.Equal("0000018bcfe56803" + "00000005", Hex("00000000000000000000.timeindex"));
    }

    [Fact]
    public void A_snapshot_has_one_batch_of_each_producer_and_the_other_ones_behind()
    {
        _log.Append(Batches.Of(0x11, 3, 0, records: 2, timestamp: 0x100));
        _log.Append(Batches.Of(0x11, 3, 2, transactional: true, timestamp: 0x200));
        _log.Log.Close();

        var entry = "0000000000000011" + "0003" + "00000002" + "0000000000000002" + "00000000" + "0000000000000200" + "ffffffff" + "0000000000000002";
        var window = "41425731" + "0000000000000011" + "00000001" + "00000001" + "0000000000000001" + "00000001" + "0000000000000101";
        Assert.Equal("0001" + "27e7eab2" + "00000001" + entry + window, Hex("00000000000000000003.snapshot"));
    }

    [Fact]
    public void An_aborted_transaction_is_34_bytes()
    {
        _log.Append(Batches.Of(0x11, 3, 0, transactional: true));
        _log.Append(Batches.Marker(0x11, 3, commit: false));

        Assert.Equal(
            "0000" + "0000000000000011" + "0000000000000000" + "0000000000000001" + "0000000000000002",
            Hex("00000000000000000000.txnindex"));
    }

    [Fact]
    public void Text_files_are_Kafkas()
    {
        _log.Append(1);
        _log.Log.Append(Batches.Plain(), new LeaderEpoch(4), 0);

        Assert.Equal("0\n2\n1 0\n4 1\n", Text("leader-epoch-checkpoint"));
        Assert.Equal("version: 0\ntopic_id: AQIDBAUGBwgJCgsMDQ4PEA", Text("partition.metadata"));
    }

    [Fact]
    public void Names_sort_as_their_offsets()
    {
        Assert.Equal("00000000000000000042.log", LogFileNames.Segment(42, LogFileNames.LogSuffix));
        Assert.True(LogFileNames.TryParseDirectory("a-b.c-12", out var partition));
        Assert.Equal(new TopicPartition("a-b.c", 12), partition);
        Assert.False(LogFileNames.TryParseDirectory("topic", out _));
        Assert.False(LogFileNames.TryParseDirectory("topic-", out _));
        Assert.False(LogFileNames.TryParseDirectory("to pic-1", out _));
    }

    [Fact]
    public void Names_of_directories_set_aside_are_not_too_long()
    {
        var name = LogFileNames.DirectoryAside(new TopicPartition(new string('t', 249), 123), LogFileNames.DeletedDirectorySuffix);

        Assert.Equal(255, name.Length);
        Assert.Matches("^t+-123\\.[0-9a-f]{32}-delete$", name);
        Assert.True(LogFileNames.TryParseFuture(LogFileNames.DirectoryAside(new TopicPartition("a-1", 2), LogFileNames.FutureDirectorySuffix), out var future));
        Assert.Equal(new TopicPartition("a-1", 2), future);
    }

    private string Hex(string name) => Convert.ToHexStringLower(_log.Disk.Content($"{_log.Directory}/{name}"));

    private string Text(string name) => Encoding.UTF8.GetString(_log.Disk.Content($"{_log.Directory}/{name}"));
}
