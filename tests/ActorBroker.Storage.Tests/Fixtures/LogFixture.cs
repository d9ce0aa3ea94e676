using ActorBroker.Model;
using ActorBroker.Storage.Files;

namespace ActorBroker.Storage.Tests.Fixtures;

/// <summary>One log on a disk in memory.</summary>
internal sealed class LogFixture
{
    public static readonly TopicPartition Partition = new("topic", 0);
    public static readonly TopicId Id = new(new Guid("0102030405060708090a0b0c0d0e0f10"));
    public static readonly LeaderEpoch Epoch = new(1);

    public LogFixture(LogConfig? config = null, int seed = 0, int maxOpenFiles = 100)
    {
        Disk = new MemoryFileSystem(seed);
        Config = config ?? LogConfig.Default;
        MaxOpenFiles = maxOpenFiles;
        Disk.CreateDirectory("/data");
        Open(default);
    }

    public MemoryFileSystem Disk { get; }

    public LogConfig Config { get; set; }

    public int MaxOpenFiles { get; }

    public long NowMs { get; set; } = 1_000;

    public DirectoryState State { get; private set; } = null!;

    public PartitionLog Log { get; private set; } = null!;

    public RecoveryReport? Report { get; private set; }

    /// <summary>Told when the log wants its recovery point on disk.</summary>
    public Action<Offset>? RecoveryPointCheckpointed { get; set; }

    public LogView View => Log.View;

    public string Directory => Log.DirectoryPath;

    public AppendResult Append(byte[] batch) => Log.Append(batch, Epoch, NowMs);

    public void Append(int count, int records = 1, int valueSize = 10)
    {
        for (var i = 0; i < count; i++)
            Assert.Equal(AppendStatus.Appended, Append(Batches.Plain(records, valueSize)).Status);
    }

    /// <summary>Opens the log again after the process was killed; the checkpoints say what <paramref name="saved"/> says.</summary>
    public void Reopen(OpenState saved)
    {
        Disk.KillProcess();
        Open(saved);
    }

    public void CloseAndReopen()
    {
        Log.Close();
        var view = View;
        Reopen(new OpenState(true, Log.RecoveryPoint, view.LogStartOffset, view.HighWatermark));
    }

    /// <summary>Reads [from, end) batch range by batch range and returns the bytes.</summary>
    public byte[] ReadAll(long from, int maxBytes = 1 << 20)
    {
        using var bytes = new MemoryStream();
        var next = from;
        while (next < View.LogEndOffset.Value)
        {
            var result = View.Read(new Offset(next), maxBytes, View.LogEndOffset, atLeastOneBatch: true);
            Assert.Equal(ReadStatus.Ok, result.Status);
            Assert.False(result.Slice.IsEmpty);
            var slice = result.Slice.ToArray();
            result.Slice.Release();
            bytes.Write(slice);
            next = LastOffset(slice) + 1;
        }
        return bytes.ToArray();
    }

    /// <summary>All entries of the log, of any magic.</summary>
    public byte[] ReadEntries()
    {
        using var bytes = new MemoryStream();
        foreach (var name in Disk.Paths.Where(path => path.StartsWith(Directory, StringComparison.Ordinal) && path.EndsWith(".log", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
            bytes.Write(Disk.Content(name));
        return bytes.ToArray();
    }

    public static long LastOffset(ReadOnlySpan<byte> slice)
    {
        var last = -1L;
        var at = 0;
        while (at < slice.Length)
        {
            Assert.True(Records.RecordBatchView.TryRead(slice[at..], out var batch, out _), "a slice holds whole batches");
            last = batch.LastOffset;
            at += batch.SizeInBytes;
        }
        return last;
    }

    private void Open(OpenState saved)
    {
        State = new DirectoryState("/data", new FileHandleCache(Disk, MaxOpenFiles), () => NowMs)
        {
            CheckpointRecoveryPoints = () => RecoveryPointCheckpointed?.Invoke(Log.RecoveryPoint),
        };
        Log = PartitionLog.Open(State, Partition, Id, Config, saved, out var report);
        Report = report;
    }
}
