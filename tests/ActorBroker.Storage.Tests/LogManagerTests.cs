using System.Collections.Concurrent;
using ActorBroker.Harness;
using ActorBroker.Model;
using ActorBroker.Model.Configs;
using ActorBroker.Storage.Checkpoints;
using ActorBroker.Storage.Tests.Fixtures;

namespace ActorBroker.Storage.Tests;

public sealed class LogManagerTests : IDisposable
{
    private static readonly TopicPartition Partition = new("orders", 0);
    private static readonly TopicId Id = TopicId.NewRandom();

    private readonly string _root = Scratch.Create("actorbroker-storage-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Everything_is_found_again_after_a_clean_restart()
    {
        using (var manager = Open())
        {
            var log = manager.GetOrCreate(Partition, Id, LogConfig.Default);
            log.Append(Batches.Plain(3), new LeaderEpoch(1), 0);
            log.SetHighWatermark(new Offset(3));
            log.SetLogStartOffset(new Offset(1));
            manager.Close(brokerEpoch: 42);
        }
        var listener = new Listener();
        using var again = Open(listener: listener);

        var found = again.Find(Partition)!;
        Assert.True(listener.WasClean);
        Assert.Equal(42, again.Directories[0].PreviousBrokerEpoch);
        Assert.Equal(Id, found.TopicId);
        Assert.Equal((1L, 3L, 3L), (found.View.LogStartOffset.Value, found.View.HighWatermark.Value, found.View.LogEndOffset.Value));
    }

    [Fact]
    public void A_crash_is_recovered_and_reported()
    {
        using (var manager = Open())
        {
            manager.GetOrCreate(Partition, Id, LogConfig.Default).Append(Batches.Plain(3), new LeaderEpoch(1), 0);
            manager.WriteCheckpoints();
        }
        File.AppendAllText(Path.Combine(_root, "orders-0", "00000000000000000000.log"), "half a batch");
        var listener = new Listener();
        using var again = Open(listener: listener);

        Assert.False(listener.WasClean);
        var report = Assert.Single(listener.Reports);
        Assert.Equal(12, report.CutBytes);
        Assert.Equal(3, again.Find(Partition)!.View.LogEndOffset.Value);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(40)]
    public void A_second_crash_soon_after_the_first_verifies_nothing_again(int logs)
    {
        using (var manager = Open())
        {
            for (var i = 0; i < logs; i++)
                manager.GetOrCreate(new TopicPartition("t", i), Id, LogConfig.Default).Append(Batches.Plain(3), new LeaderEpoch(1), 0);
        }
        var first = new Listener();
        using (var manager = Open(listener: first))
            Assert.Equal(logs, manager.SettleRecovery());
        var second = new Listener();
        using var again = Open(listener: second);

        Assert.Equal(logs, first.Reports.Count);
        Assert.All(first.Reports, report => Assert.True(report.ScannedBytes > 0));
        Assert.False(second.WasClean);
        Assert.Empty(second.Reports);
        Assert.Equal(0, again.SettleRecovery());
    }

    [Fact]
    public void A_checkpoint_that_says_the_same_is_not_written_again()
    {
        using var manager = Open();
        var log = manager.GetOrCreate(Partition, Id, LogConfig.Default);
        log.Append(Batches.Plain(3), new LeaderEpoch(1), 0);
        manager.WriteCheckpoints();
        var path = Path.Combine(_root, LogFileNames.HighWatermarkCheckpoint);
        File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch);

        manager.WriteHighWatermarks();
        Assert.Equal(DateTime.UnixEpoch, File.GetLastWriteTimeUtc(path));
        log.SetHighWatermark(new Offset(2));
        manager.WriteHighWatermarks();
        Assert.Equal(2, OffsetCheckpointFile.Read(Files.RealFileSystem.Instance, path)[Partition].Value);
    }

    [Fact]
    public void A_directory_of_another_cluster_is_refused()
    {
        Open().Close();

        Assert.Contains("cluster", Assert.Throws<LogDirectoryException>(() => Open(cluster: "other")).Message);
    }

    [Fact]
    public void A_directory_of_another_node_is_refused()
    {
        Open().Close();

        Assert.Contains("node", Assert.Throws<LogDirectoryException>(() => Open(node: 2)).Message);
    }

    [Fact]
    public void A_directory_in_use_is_refused()
    {
        using var manager = Open();

        Assert.Contains("another process", Assert.Throws<LogDirectoryException>(() => Open()).Message);
    }

    [Fact]
    public void The_cluster_id_is_made_once()
    {
        string id;
        using (var manager = Open())
        {
            id = manager.ClusterId;
            manager.Close();
        }
        using var again = Open();

        Assert.Equal(id, again.ClusterId);
        Assert.Equal(22, id.Length);
    }

    [Fact]
    public void A_log_of_an_older_topic_of_the_name_is_set_aside()
    {
        using var manager = Open();
        manager.GetOrCreate(Partition, Id, LogConfig.Default).Append(Batches.Plain(3), new LeaderEpoch(1), 0);

        var log = manager.GetOrCreate(Partition, TopicId.NewRandom(), LogConfig.Default);

        Assert.Equal(0, log.View.LogEndOffset.Value);
        Assert.Single(Directory.GetDirectories(_root), path => path.EndsWith("-stray"));
    }

    [Fact]
    public void A_deleted_log_is_gone_after_a_restart()
    {
        using (var manager = Open())
        {
            manager.Delete(manager.GetOrCreate(Partition, Id, LogConfig.Default));
            manager.Close();
        }
        using var again = Open();

        Assert.Empty(again.Logs);
        Assert.Empty(Directory.GetDirectories(_root));
    }

    [Fact]
    public void A_corrupt_checkpoint_costs_a_warning()
    {
        using (var manager = Open())
        {
            manager.GetOrCreate(Partition, Id, LogConfig.Default).Append(Batches.Plain(3), new LeaderEpoch(1), 0);
            manager.Close();
        }
        File.WriteAllText(Path.Combine(_root, LogFileNames.RecoveryPointCheckpoint), "garbage");
        var listener = new Listener();
        using var again = Open(listener: listener);

        Assert.Contains(listener.Warnings, warning => warning.Contains(LogFileNames.RecoveryPointCheckpoint));
        Assert.Equal(3, again.Find(Partition)!.View.LogEndOffset.Value);
    }

    [Fact]
    public void A_group_commit_makes_the_log_durable_and_calls_back()
    {
        using var manager = Open();
        var log = manager.GetOrCreate(Partition, Id, LogConfig.Default);
        var listener = new FlushListener();
        log.Append(Batches.Plain(3), new LeaderEpoch(1), 0);

        manager.Committer.RequestFlush(log, listener);

        Assert.True(listener.Done.Wait(TimeSpan.FromSeconds(30)));
        Assert.Equal(3, listener.RecoveryPoint.Value);
        Assert.Equal(3, log.RecoveryPoint.Value);
    }

    [Fact]
    public void While_an_fsync_is_slow_appends_go_on_and_nothing_is_called_durable()
    {
        using var slow = new ManualResetEventSlim();
        var files = new MemoryFileSystem();
        using var manager = LogManager.Open(new LogManagerOptions { Directories = [_root], NodeId = new NodeId(1), FileSystem = files });
        var log = manager.GetOrCreate(Partition, Id, LogConfig.Default);
        var listener = new FlushListener();
        log.Append(Batches.Plain(3), new LeaderEpoch(1), 0);
        files.Fault = (operation, path) =>
        {
            if (operation == "fsync" && path.EndsWith(".log", StringComparison.Ordinal))
                slow.Wait(TimeSpan.FromSeconds(30));
            return null;
        };

        manager.Committer.RequestFlush(log, listener);
        log.Append(Batches.Plain(2), new LeaderEpoch(1), 0);

        Assert.Equal(5, log.View.LogEndOffset.Value);
        Assert.False(listener.Done.IsSet);
        Assert.True(log.RecoveryPoint < log.View.LogEndOffset);
        slow.Set();
        Assert.True(listener.Done.Wait(TimeSpan.FromSeconds(30)));
        Assert.True(listener.RecoveryPoint.Value >= 3);
    }

    [Fact]
    public void Interval_flushes_come_with_the_tick()
    {
        using var manager = Open();
        var log = manager.GetOrCreate(Partition, Id, LogConfig.Default with { FlushMode = FlushMode.Interval, FlushMs = 100 });
        log.Append(Batches.Plain(3), new LeaderEpoch(1), nowMs: 1000);

        manager.Tick(1099);
        Assert.False(log.IsFlushDue(1099));
        manager.Tick(1100);

        Assert.True(SpinWait.SpinUntil(() => log.RecoveryPoint.Value == 3, TimeSpan.FromSeconds(30)));
        Assert.False(log.IsFlushDue(5000));
    }

    [Fact]
    public void Logs_go_where_the_fewest_are_and_a_failed_directory_is_left_out()
    {
        string[] directories = [Path.Combine(_root, "a"), Path.Combine(_root, "b")];
        using var manager = Open(directories: directories);
        for (var i = 0; i < 4; i++)
            manager.GetOrCreate(new TopicPartition("t", i), Id, LogConfig.Default);
        Assert.All(directories, directory => Assert.Equal(2, Directory.GetDirectories(directory).Length));

        manager.Directories[0].State.MarkOffline(new IOException("broken"));

        Assert.Equal(directories[1], manager.GetOrCreate(new TopicPartition("t", 4), Id, LogConfig.Default).Directory.Path);
    }

    [Fact]
    public void Checkpoints_survive_as_they_were_written()
    {
        var path = Path.Combine(_root, "checkpoint");
        var entries = new Dictionary<TopicPartition, Offset> { [new("a-b", 3)] = new(5), [new("c", 0)] = new(0) };

        OffsetCheckpointFile.Write(Files.RealFileSystem.Instance, path, entries);

        Assert.Equal(entries, OffsetCheckpointFile.Read(Files.RealFileSystem.Instance, path));
        Assert.Equal("0\n2\na-b 3 5\nc 0 0\n", File.ReadAllText(path));
    }

    [Theory]
    [InlineData("1\n0\n")]
    [InlineData("0\n2\na 0 1\n")]
    [InlineData("0\n1\na 0\n")]
    [InlineData("0")]
    [InlineData("0\n1\na x 1\n")]
    public void A_file_that_is_no_checkpoint_is_named(string text)
    {
        var path = Path.Combine(_root, "checkpoint");
        File.WriteAllText(path, text);

        Assert.Contains(path, Assert.Throws<CorruptFileException>(() => OffsetCheckpointFile.Read(Files.RealFileSystem.Instance, path)).Message);
    }

    private LogManager Open(string? cluster = null, int node = 1, IStorageListener? listener = null, string[]? directories = null) => LogManager.Open(
        new LogManagerOptions { Directories = directories ?? [_root], NodeId = new NodeId(node), ClusterId = cluster },
        listener);

    private sealed class FlushListener : IFlushListener
    {
        public ManualResetEventSlim Done { get; } = new();

        public Offset RecoveryPoint { get; private set; }

        public void OnFlushed(PartitionLog log, Offset recoveryPoint)
        {
            RecoveryPoint = recoveryPoint;
            Done.Set();
        }

        public void OnFlushFailed(PartitionLog log, Exception error) => Done.Set();
    }

    private sealed class Listener : IStorageListener
    {
        public bool WasClean { get; private set; }

        public ConcurrentBag<RecoveryReport> Reports { get; } = [];

        public ConcurrentBag<string> Warnings { get; } = [];

        public void DirectoryLoading(string path, int logs, bool wasCleanShutdown) => WasClean = wasCleanShutdown;

        public void LogLoaded(string path, TopicPartition partition, int loaded, int total, RecoveryReport? report)
        {
            if (report is not null)
                Reports.Add(report);
        }

        public void DirectoryOffline(string path, Exception error)
        {
        }

        public void Warning(string message) => Warnings.Add(message);
    }
}
