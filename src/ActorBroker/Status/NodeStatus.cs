using System.Text.Json;
using ActorBroker.Metadata;
using ActorBroker.Model;
using ActorBroker.Model.Options;
using ActorBroker.Storage;
using ActorBroker.Storage.Files;
using Microsoft.Extensions.Logging;

namespace ActorBroker.Status;

/// <summary>Keeps what <c>actorbroker status</c> shows, and answers it from the moment at which the data directories are this node's. Hears what happens to them,
/// and tells another listener. Any thread.</summary>
internal sealed class NodeStatus(BrokerOptions options, IStorageListener inner, ILogger logger, TimeProvider time) : IStorageListener, IDisposable
{
    private readonly Lock gate = new();
    private readonly SortedDictionary<string, DirectoryReport> directories = new(StringComparer.Ordinal);
    private readonly List<StatusSocket> sockets = [];
    private NodePhase phase = NodePhase.Starting;
    private long phaseStarted = time.GetTimestamp();
    private long brokerEpoch = -1;
    private Func<ClusterImage>? metadata;

    public NodeReport Report
    {
        get
        {
            lock (gate)
            {
                return new NodeReport(
                    options.Node.Id.Value, Environment.ProcessId, ProgramVersion.Text, phase, Math.Round(time.GetElapsedTime(phaseStarted).TotalSeconds, 1), [.. directories.Values.Select(WithStrays)])
                {
                    BrokerEpoch = brokerEpoch,
                    Brokers = metadata is { } image ? [.. image().Brokers.Values.OrderBy(broker => broker.Id).Select(Of)] : [],
                };
            }
        }
    }

    /// <summary>The node came into its next phase.</summary>
    public void Enter(NodePhase next)
    {
        lock (gate)
        {
            if (phase != next)
            {
                phase = next;
                phaseStarted = time.GetTimestamp();
            }
        }
    }

    /// <summary>The node has metadata, of which its brokers are shown.</summary>
    public void Follow(Func<ClusterImage> image)
    {
        lock (gate)
        {
            metadata = image;
        }
    }

    /// <summary>The node is registered as a broker.</summary>
    public void Registered(BrokerEpoch epoch)
    {
        lock (gate)
        {
            brokerEpoch = epoch.Value;
        }
    }

    public void DirectoryLoading(string path, int logs, bool wasCleanShutdown)
    {
        Enter(NodePhase.OpeningLogs);
        lock (gate)
        {
            directories[path] = new DirectoryReport(path, wasCleanShutdown ? DirectoryPhase.Opening : DirectoryPhase.Recovering, logs, 0, 0, 0);
            Answer(path);
        }

        inner.DirectoryLoading(path, logs, wasCleanShutdown);
    }

    public void LogLoaded(string path, TopicPartition partition, int loaded, int total, RecoveryReport? report)
    {
        Change(path, before => before with
        {
            OpenedLogs = before.OpenedLogs + 1,
            VerifiedBytes = before.VerifiedBytes + (report?.ScannedBytes ?? 0),
            CutBytes = before.CutBytes + (report?.CutBytes ?? 0),
        });
        inner.LogLoaded(path, partition, loaded, total, report);
    }

    public void DirectoryLoaded(string path)
    {
        Change(path, before => before.Phase == DirectoryPhase.Offline ? before : before with { Phase = DirectoryPhase.Open });
        inner.DirectoryLoaded(path);
    }

    public void DirectoryOffline(string path, Exception error)
    {
        Change(path, before => before with { Phase = DirectoryPhase.Offline });
        inner.DirectoryOffline(path, error);
    }

    public void DiskFullChanged(string path, bool isFull, long availableBytes) => inner.DiskFullChanged(path, isFull, availableBytes);

    public void Warning(string message) => inner.Warning(message);

    public void Dispose() => sockets.ForEach(static socket => socket.Dispose());

    private static BrokerReport Of(BrokerImage broker) => new(
        broker.Id.Value,
        broker.Fenced ? BrokerPhase.Fenced : broker.InControlledShutdown ? BrokerPhase.Stopping : BrokerPhase.Active,
        broker.Epoch.Value,
        broker.Endpoints is [var first, ..] ? new HostPort(first.Host, first.Port).ToString() : null,
        broker.Rack);

    /// <summary>Looked up for each question: who removes them need not tell the node.</summary>
    private static DirectoryReport WithStrays(DirectoryReport report)
    {
        var strays = report.Phase == DirectoryPhase.Offline ? default : StrayDirectories.In(RealFileSystem.Instance, report.Path);
        return report with { Strays = strays.Count, StrayBytes = strays.Bytes };
    }

    private void Change(string path, Func<DirectoryReport, DirectoryReport> change)
    {
        lock (gate)
        {
            directories[path] = change(directories.GetValueOrDefault(path) ?? new DirectoryReport(path, DirectoryPhase.Opening, 0, 0, 0, 0));
        }
    }

    /// <summary>Not sooner: until the directory is locked, the socket in it may be another node's.</summary>
    private void Answer(string path)
    {
        try
        {
            sockets.Add(new StatusSocket(path, () => JsonSerializer.SerializeToUtf8Bytes(Report, NodeReportJson.Default.NodeReport)));
        }
        catch (Exception e) when (e is System.Net.Sockets.SocketException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            StatusLog.CannotAnswer(logger, path, e.Message);
        }
    }
}

/// <summary>Ids: 300 status.</summary>
internal static partial class StatusLog
{
    [LoggerMessage(300, LogLevel.Warning, "{Directory}: `actorbroker status` gets no answer from here: {Reason}")]
    public static partial void CannotAnswer(ILogger logger, string directory, string reason);
}
