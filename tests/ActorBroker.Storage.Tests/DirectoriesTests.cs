using ActorBroker.Model;
using ActorBroker.Storage.Tests.Fixtures;

namespace ActorBroker.Storage.Tests;

/// <summary>Several log directories on a disk in memory: moving replicas, failing and full disks.</summary>
public sealed partial class DirectoriesTests
{
    private static readonly TopicPartition Partition = new("orders", 0);
    private static readonly TopicId Id = TopicId.NewRandom();

    private readonly MemoryFileSystem _disk = new();
    private readonly List<string> _events = [];
    private long _nowMs = 1000;

    [Fact]
    public void A_log_that_may_be_in_a_failed_directory_is_not_begun_anew()
    {
        using (var manager = Open())
            Append(manager.GetOrCreate(Partition, Id, LogConfig.Default), 3);
        _disk.KillProcess();
        _disk.Fault = (operation, path) => path.StartsWith("/a", StringComparison.Ordinal) && operation == "list" ? new IOException("broken") : null;
        using (var manager = Open())
        {
            var error = Assert.Throws<DirectoryOfflineException>(() => manager.GetOrCreate(Partition, Id, LogConfig.Default, isNew: false));
            Assert.Equal("/a", error.Path);
            Assert.Equal("/b", manager.GetOrCreate(new TopicPartition("new", 0), Id, LogConfig.Default).Directory.Path);
        }
        _disk.Fault = null;
        _disk.KillProcess();
        using var again = Open();

        Assert.Equal(3, again.GetOrCreate(Partition, Id, LogConfig.Default, isNew: false).View.LogEndOffset.Value);
    }

    [Fact]
    public void A_directory_that_is_not_ours_is_refused()
    {
        using var manager = Open();
        var log = manager.GetOrCreate(Partition, Id, LogConfig.Default);

        Assert.Throws<LogDirectoryException>(() => manager.BeginMove(log, "/elsewhere"));
        Assert.Null(manager.BeginMove(log, log.Directory.Path));
    }

    [Fact]
    public void A_full_disk_is_a_state_that_ends_by_itself()
    {
        using var manager = Open(minFree: 1000);
        var log = manager.GetOrCreate(Partition, Id, LogConfig.Default with { RetentionBytes = 0 });
        var metadata = manager.GetOrCreate(new TopicPartition("meta", 0), Id, LogConfig.Default with { UsesReserve = true });
        Append(log, 3);
        log.Roll();
        _disk.FreeBytes = 999;
        manager.Tick(_nowMs);

        Assert.Equal(AppendStatus.DiskFull, log.Append(Batches.Plain(), new LeaderEpoch(1), _nowMs).Status);
        Assert.Equal(AppendStatus.Appended, metadata.Append(Batches.Plain(), new LeaderEpoch(1), _nowMs).Status);
        Assert.NotEmpty(ReadAll(log));
        log.SetHighWatermark(log.View.LogEndOffset);
        Assert.Equal(1, log.ApplyRetention(_nowMs).Segments);

        _disk.FreeBytes = 1050;
        manager.Tick(_nowMs);
        Assert.Equal(AppendStatus.DiskFull, log.Append(Batches.Plain(), new LeaderEpoch(1), _nowMs).Status);
        _disk.FreeBytes = 1_000_000;
        manager.Tick(_nowMs);
        Assert.Equal(AppendStatus.Appended, log.Append(Batches.Plain(), new LeaderEpoch(1), _nowMs).Status);
        Assert.Equal(["/a full", "/b full", "/a not full", "/b not full"], _events);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_node_starts_on_a_full_disk(bool clean)
    {
        using (var manager = Open())
        {
            Append(manager.GetOrCreate(Partition, Id, LogConfig.Default), 3);
            if (clean)
                manager.Close();
        }
        _disk.KillProcess();
        _disk.FreeBytes = 0;
        using var again = Open(minFree: 1);

        var log = again.Find(Partition)!;
        Assert.Equal(3, log.View.LogEndOffset.Value);
        Assert.NotEmpty(ReadAll(log));
        Assert.Equal(AppendStatus.DiskFull, log.Append(Batches.Plain(), new LeaderEpoch(1), _nowMs).Status);
        Assert.DoesNotContain(_events, text => text.StartsWith("offline", StringComparison.Ordinal));
        again.WriteCheckpoints();
        _disk.FreeBytes = 1_000_000;
        again.Tick(_nowMs);
        Assert.Equal(AppendStatus.Appended, log.Append(Batches.Plain(), new LeaderEpoch(1), _nowMs).Status);
    }

    [Fact]
    public void One_failed_directory_does_not_stop_the_node()
    {
        using var manager = Open();
        var first = manager.GetOrCreate(Partition, Id, LogConfig.Default);
        var second = manager.GetOrCreate(new TopicPartition("orders", 1), Id, LogConfig.Default);
        Assert.NotEqual(first.Directory, second.Directory);
        _disk.Fault = (operation, path) => operation == "write" && path.StartsWith(first.Directory.Path + "/", StringComparison.Ordinal) ? new IOException("broken") : null;

        Assert.Equal(AppendStatus.StorageError, first.Append(Batches.Plain(), new LeaderEpoch(1), _nowMs).Status);
        Assert.Equal(AppendStatus.Appended, second.Append(Batches.Plain(), new LeaderEpoch(1), _nowMs).Status);
        manager.Tick(_nowMs);
        manager.WriteCheckpoints();
        manager.Close();

        Assert.Equal(["offline " + first.Directory.Path], _events);
        Assert.Contains(second.Directory.Path + "/.kafka_cleanshutdown", _disk.Paths);
        Assert.DoesNotContain(first.Directory.Path + "/.kafka_cleanshutdown", _disk.Paths);
    }

    [Fact]
    public void A_directory_that_cannot_be_read_at_start_is_left_out()
    {
        _disk.Fault = (operation, path) => path.StartsWith("/a", StringComparison.Ordinal) && operation is "mkdir" ? new IOException("broken") : null;

        using var manager = Open();

        Assert.Equal("/b", Assert.Single(manager.Directories).Path);
        Assert.Equal(["offline /a"], _events);
    }

    [Fact]
    public void A_partition_with_corrupt_metadata_is_set_aside()
    {
        using (var manager = Open())
        {
            Append(manager.GetOrCreate(Partition, Id, LogConfig.Default), 3);
            manager.Close();
        }
        _disk.KillProcess();
        _disk.Overwrite(_disk.Paths.Single(path => path.EndsWith("partition.metadata")), "nonsense"u8.ToArray());
        using var again = Open();

        Assert.Null(again.Find(Partition));
        Assert.Contains(_disk.Paths, path => path.Contains("-stray/"));
        Assert.Equal(0, again.GetOrCreate(Partition, Id, LogConfig.Default).View.LogEndOffset.Value);
    }

    private void FailRenames(string ending) => _disk.Fault = (operation, path) =>
        operation == "rename" && path.EndsWith(ending, StringComparison.Ordinal) ? new IOException("crash") : null;

    private static string Other(LogManager manager, PartitionLog log) => manager.Directories.Single(directory => directory.State != log.Directory).Path;

    private List<byte[]> Append(PartitionLog log, int count)
    {
        var batches = new List<byte[]>();
        for (var i = 0; i < count; i++)
        {
            batches.Add(Batches.Of(9, 0, (int)log.View.LogEndOffset.Value));
            Assert.Equal(AppendStatus.Appended, log.Append(batches[^1], new LeaderEpoch(1), _nowMs++).Status);
        }
        return batches;
    }

    private static byte[] ReadAll(PartitionLog log)
    {
        using var bytes = new MemoryStream();
        var next = log.View.LogStartOffset;
        while (next < log.View.LogEndOffset)
        {
            var slice = log.View.Read(next, 1 << 20, log.View.LogEndOffset, true).Slice;
            var range = slice.ToArray();
            slice.Release();
            bytes.Write(range);
            next = new Offset(LogFixture.LastOffset(range) + 1);
        }
        return bytes.ToArray();
    }

    private LogManager Open(long minFree = 0) => LogManager.Open(
        new LogManagerOptions
        {
            Directories = ["/a", "/b"], NodeId = new NodeId(1), FileSystem = _disk, ClockMs = () => _nowMs, MinFreeBytes = minFree, ClusterId = "test-cluster",
        },
        new Listener(_events));

    private sealed class Listener(List<string> events) : IStorageListener
    {
        public void DirectoryLoading(string path, int logs, bool wasCleanShutdown)
        {
        }

        public void LogLoaded(string path, TopicPartition partition, int loaded, int total, RecoveryReport? report)
        {
        }

        public void DirectoryOffline(string path, Exception error) => events.Add("offline " + path);

        public void DiskFullChanged(string path, bool isFull, long availableBytes) => events.Add($"{path} {(isFull ? "full" : "not full")}");

        public void Warning(string message)
        {
        }
    }
}
