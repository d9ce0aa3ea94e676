using System.Text.Json;
using ActorBroker.Model;
using ActorBroker.Model.Options;
using ActorBroker.Status;
using ActorBroker.Storage;
using ActorBroker.Storage.Files;
using ActorBroker.Tests.Cli;
using Microsoft.Extensions.Logging.Abstractions;

namespace ActorBroker.Tests.Status;

public sealed class NodeStatusTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly string directory = Scratch.Create("status-").FullName;

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Fact]
    public async Task Progress_is_told_while_logs_are_recovered_from_a_slow_disk()
    {
        var disk = new SlowDisk();
        var batch = Requests.WireClient.Batch(Records.BatchProperties.Default, "a", "b");
        using (var crashed = LogManager.Open(Options(disk)))
        {
            for (var i = 0; i < 5; i++)
                crashed.GetOrCreate(new TopicPartition("t", i), TopicId.NewRandom(), LogConfig.Default).Append(batch.ToArray(), new LeaderEpoch(1), 0);
        }

        using var status = new NodeStatus(new BrokerOptions(), NullStorageListener.Instance, NullLogger.Instance, TimeProvider.System);
        disk.HoldsReadsOf("t-3");
        var opening = Task.Run(() => LogManager.Open(Options(disk), status));
        using var deadline = new CancellationTokenSource(Deadline);
        while (await Ask() is not { Directories: [{ OpenedLogs: 4 }] })
            deadline.Token.ThrowIfCancellationRequested();

        var recovering = (await Ask())!;
        Assert.Equal((NodePhase.OpeningLogs, Environment.ProcessId), (recovering.Phase, recovering.Process));
        Assert.Equal(new DirectoryReport(directory, DirectoryPhase.Recovering, 5, 4, 4 * batch.Length, 0), Assert.Single(recovering.Directories));

        disk.Release();
        using var logs = await opening;
        status.Enter(NodePhase.Serving);
        var serving = (await Ask())!;
        Assert.Equal((NodePhase.Serving, DirectoryPhase.Open, 5), (serving.Phase, serving.Directories[0].Phase, serving.Directories[0].OpenedLogs));
    }

    [Fact]
    public async Task A_directory_without_a_node_has_no_answer()
    {
        Assert.Null(await Ask());
        using (var status = new NodeStatus(new BrokerOptions(), NullStorageListener.Instance, NullLogger.Instance, TimeProvider.System))
        {
            status.DirectoryLoading(directory, 0, wasCleanShutdown: true);
            Assert.NotNull(await Ask());
        }

        Assert.Null(await Ask());
        Assert.Empty(Directory.GetFileSystemEntries(directory));
        var run = await CommandRun.Of("status", "--data-dir", directory);
        Assert.Equal((1, true), (run.ExitCode, run.Error.Contains("no node answers")));
    }

    [Fact]
    public void A_socket_that_a_killed_node_left_is_replaced()
    {
        File.WriteAllText(Path.Combine(directory, LogFileNames.StatusSocket), "");
        using var socket = new StatusSocket(directory, () => JsonSerializer.SerializeToUtf8Bytes(
            new NodeReport(7, 1, "", NodePhase.Serving, 0, []), NodeReportJson.Default.NodeReport));

        Assert.Equal(7, StatusSocket.Ask(directory)!.NodeId);
    }

    [Fact]
    public void A_path_that_is_too_long_for_a_socket_does_not_stop_the_node()
    {
        var deep = Directory.CreateDirectory(Path.Combine(directory, new string('d', 150))).FullName;
        using var status = new NodeStatus(new BrokerOptions(), NullStorageListener.Instance, NullLogger.Instance, TimeProvider.System);

        status.DirectoryLoading(deep, 1, wasCleanShutdown: true);

        Assert.Equal(1, status.Report.Directories[0].Logs);
        Assert.Null(StatusSocket.Ask(deep));
    }

    private Task<NodeReport?> Ask() => Task.Run(() => StatusSocket.Ask(directory));

    private LogManagerOptions Options(IFileSystem disk) => new() { Directories = [directory], NodeId = new NodeId(1), FileSystem = disk, RecoveryThreads = 2 };
}
