using System.IO.Compression;
using ActorBroker.Harness;
using ActorBroker.Model;
using ActorBroker.Records;
using ActorBroker.Storage.Tests.Fixtures;

namespace ActorBroker.Storage.Tests;

/// <summary>Log directories that Apache Kafka wrote, opened here. What they hold: KafkaDirectories/README.md.</summary>
public sealed class KafkaDirectoryTests : IDisposable
{
    private readonly string _root = Scratch.Create("actorbroker-kafka-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void A_directory_that_Kafka_closed_opens_without_recovery()
    {
        var reports = new List<RecoveryReport>();
        using var manager = Open("clean", reports);

        Assert.Empty(reports);
        Assert.Equal("JgxuGe9URy-E-ceaL04lEw", manager.ClusterId);
        Assert.Equal(5, manager.Logs.Count);
        var plain = manager.Find(new TopicPartition("plain", 0))!;
        Assert.Equal((150L, 500L, 500L), (plain.View.LogStartOffset.Value, plain.View.HighWatermark.Value, plain.View.LogEndOffset.Value));
        Assert.NotEqual(TopicId.Zero, plain.TopicId);
        Assert.Equal(350, ReadRecords(plain).Count(offset => offset >= 150));
        Assert.Equal(Enumerable.Range(150, 350).Select(i => (long)i), ReadRecords(plain).Where(offset => offset >= 150));
    }

    [Fact]
    public void Kafkas_transactions_are_known()
    {
        using var manager = Open("clean", []);
        var log = manager.Find(new TopicPartition("txn", 0))!;

        var aborted = Assert.Single(log.View.AbortedTransactions(new Offset(0), log.View.LogEndOffset));
        Assert.True(aborted.FirstOffset < aborted.LastOffset);
        Assert.Equal(94, log.View.LogEndOffset.Value);
        Assert.Equal(94, log.View.LastStableOffset.Value);
        Assert.Equal(2, log.ProducerCount);
    }

    [Fact]
    public void A_directory_that_Kafka_was_killed_in_is_recovered()
    {
        var reports = new List<RecoveryReport>();
        using var manager = Open("killed", reports);

        Assert.All(reports, report => Assert.Null(report.Reason));
        Assert.All(reports, report => Assert.True(report.ScannedBytes > 0));
        var plain = manager.Find(new TopicPartition("plain", 0))!;
        Assert.Equal(200, plain.View.LogEndOffset.Value);
        Assert.Equal(200, ReadRecords(plain).Count);
        Assert.DoesNotContain(Directory.GetFiles(_root, "*", SearchOption.AllDirectories), path => path.EndsWith(".deleted"));
    }

    [Fact]
    public void A_log_that_Kafka_compacted_keeps_its_gaps()
    {
        using var manager = Open("killed", []);
        var log = manager.Find(new TopicPartition("compact", 0))!;

        var offsets = ReadRecords(log);

        Assert.Equal(511, log.View.LogEndOffset.Value);
        Assert.Equal(2, log.View.SegmentCount);
        Assert.True(offsets.Count < 120 && offsets[0] >= 385 && offsets[^1] == 510);
        Assert.Equal(offsets, offsets.Distinct().Order());
    }

    [Fact]
    public void Appends_go_on_where_Kafka_ended()
    {
        using (var manager = Open("clean", []))
        {
            var log = manager.Find(new TopicPartition("plain", 0))!;
            Assert.Equal(500, log.Append(Batches.Plain(2), new LeaderEpoch(9), 1_800_000_000_000).FirstOffset.Value);
            manager.Close();
        }
        using var again = LogManager.Open(new LogManagerOptions { Directories = [_root], NodeId = new NodeId(1) });

        Assert.Equal(502, again.Find(new TopicPartition("plain", 0))!.View.LogEndOffset.Value);
        Assert.Equal(352, ReadRecords(again.Find(new TopicPartition("plain", 0))!).Count(offset => offset >= 150));
    }

    private static List<long> ReadRecords(PartitionLog log)
    {
        var offsets = new List<long>();
        var next = log.View.LogStartOffset;
        while (next < log.View.LogEndOffset)
        {
            var slice = log.View.Read(next, 3000, log.View.LogEndOffset, atLeastOneBatch: true).Slice;
            var bytes = slice.ToArray();
            slice.Release();
            foreach (var entry in new BatchEntries(bytes))
            {
                Assert.True(RecordBatchView.TryRead(entry.Bytes, out var batch, out _));
                Assert.True(batch.IsCrcValid);
                next = new Offset(batch.NextOffset);
                Assert.Equal(RecordsProblem.None, BatchRecords.TryOpen(batch, 1 << 20, out var records));
                using (records)
                {
                    while (records.MoveNext())
                        offsets.Add(records.Current.Offset);
                }
            }
        }
        return offsets;
    }

    private LogManager Open(string name, List<RecoveryReport> reports)
    {
        using (var zip = new ZipArchive(typeof(KafkaDirectoryTests).Assembly.GetManifestResourceStream(name + ".zip")!))
            zip.ExtractToDirectory(_root);
        return LogManager.Open(new LogManagerOptions { Directories = [_root], NodeId = new NodeId(1) }, new Listener(reports));
    }

    private sealed class Listener(List<RecoveryReport> reports) : IStorageListener
    {
        public void DirectoryLoading(string path, int logs, bool wasCleanShutdown)
        {
        }

        public void LogLoaded(string path, TopicPartition partition, int loaded, int total, RecoveryReport? report)
        {
            lock (reports)
            {
                if (report is not null)
                    reports.Add(report);
            }
        }

        public void DirectoryOffline(string path, Exception error) => Assert.Fail(error.ToString());

        public void Warning(string message) => Assert.Fail(message);
    }
}
