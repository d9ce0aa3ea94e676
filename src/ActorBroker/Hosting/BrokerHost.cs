using ActorBroker.Actors.Runtime;
using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using ActorBroker.Actors.Controller;
using ActorBroker.Actors.Node;
using ActorBroker.Actors.Partitions;
using ActorBroker.Actors.Remoting;
using ActorBroker.Metadata;
using ActorBroker.Model;
using ActorBroker.Model.Configs;
using ActorBroker.Model.Options;
using ActorBroker.Records;
using ActorBroker.Server.Network;
using ActorBroker.Start;
using ActorBroker.Status;
using ActorBroker.Storage;
using Akka.Actor;
using Akka.Actor.Setup;
using Microsoft.Extensions.Logging;

namespace ActorBroker.Hosting;

/// <summary>Runs a node from its options to its end: storage, actors, listeners, and back in reverse order.</summary>
public static class BrokerHost
{
    /// <summary>The node ran and was stopped.</summary>
    private const int Ok = 0;

    /// <summary>The node could not start, or had to stop.</summary>
    private const int Failed = 1;

    /// <summary>SIGUSR1: prints the tree of actors into the log.</summary>
    private const PosixSignal TreeSignal = (PosixSignal)10;

    /// <summary>Runs until SIGTERM, SIGINT or <paramref name="cancellation"/>; the result is the process's exit code.</summary>
    public static async Task<int> RunAsync(BrokerOptions options, ILoggerFactory loggers, CancellationToken cancellation)
    {
        var logger = loggers.CreateLogger("ActorBroker");
        HostLog.Codecs(logger, Compression.Implementations);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var term = OnSignal(PosixSignal.SIGTERM, stop.Cancel);
        using var interrupt = OnSignal(PosixSignal.SIGINT, stop.Cancel);
        try
        {
            while (!await RunUntilExpelled(options, loggers, logger, stop.Token).ConfigureAwait(false))
            {
                HostLog.Expelled(logger);
            }

            return Ok;
        }
        catch (Exception e) when (e is LogDirectoryException or ListenerException or IOException or UnauthorizedAccessException)
        {
            HostLog.CannotRun(logger, e.Message);
            return Failed;
        }
    }

    /// <returns>False when the cluster went on without this node: it has to start anew, as another incarnation.</returns>
    private static async Task<bool> RunUntilExpelled(BrokerOptions options, ILoggerFactory loggers, ILogger logger, CancellationToken stop)
    {
        try
        {
            await RunUntilStopped(options, loggers, logger, stop).ConfigureAwait(false);
            return true;
        }
        catch (ExpelledException)
        {
            return false;
        }
    }

    private static async Task RunUntilStopped(BrokerOptions options, ILoggerFactory loggers, ILogger logger, CancellationToken stop)
    {
        var started = Stopwatch.GetTimestamp();
        using var status = new NodeStatus(options, new StorageLog(loggers.CreateLogger("ActorBroker.Storage")), logger, TimeProvider.System);
        using var metrics = new StorageMetrics(status);
        using var logs = OpenStorage(options, loggers, metrics);
        metrics.Observe(logs);
        status.Enter(NodePhase.Starting);
        using var address = ClusterPort.Take(options);
        if (await TryResolve(options, logger, stop).ConfigureAwait(false) is not { } resolved)
        {
            return;
        }

        var links = NodeLinks.Start(resolved, logs.ClusterId, TimeProvider.System);
        await using var network = links?.Network;
        var system = StartActors(resolved, logs.ClusterId);
        using var tree = OnSignal(TreeSignal, () => HostLog.Tree(logger, ActorTree.Print(system)));
        system.ActorOf(ActorProps.Of(() => new AkkaLogActor(loggers.CreateLogger("ActorBroker.Actors"))), "log");
        var node = system.ActorOf(ActorProps.Of(() => new NodeActor()), "node");
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
        _ = system.WhenTerminated.ContinueWith(_ => ended.Cancel(), TaskScheduler.Default);
        var start = new NodeStart(system, node, options, logs, metrics, TimeProvider.System, links, ended.Token);
        var epoch = new BrokerEpoch(-1);
        try
        {
            var metadata = await MetadataParts.StartAsync(start, () => new ControllerCore(NodeParts.RulesOf(options, logs.ClusterId)), ended.Token).ConfigureAwait(false);
            status.Follow(() => metadata.Cluster.Image);
            if (options.Node.Roles.HasFlag(NodeRoles.Broker))
            {
                epoch = await RunBroker(start, metadata, loggers, logger, status, started, ended.Token).ConfigureAwait(false);
            }
            else
            {
                status.Enter(NodePhase.Serving);
                HostLog.Ready(logger, options.Node.Id, logs.ClusterId, Stopwatch.GetElapsedTime(started).TotalMilliseconds);
                await Task.Delay(Timeout.Infinite, ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            ThrowIfEnded(system, stop);
        }
        catch (OperationCanceledException)
        {
            // Asked to stop while it was starting, or its actors ended.
            ThrowIfEnded(system, stop);
        }
        finally
        {
            status.Enter(NodePhase.Stopping);
            await CoordinatedShutdown.Get(system).Run(CoordinatedShutdown.ClrExitReason.Instance).ConfigureAwait(false);
            await system.WhenTerminated.ConfigureAwait(false);
        }

        logs.Close(epoch.Value);
        HostLog.Stopped(logger);
    }

    /// <returns>Null when the node was asked to stop before its address was known.</returns>
    /// <exception cref="ListenerException">The name of the node's address is not known.</exception>
    private static async Task<BrokerOptions?> TryResolve(BrokerOptions options, ILogger logger, CancellationToken stop)
    {
        try
        {
            return await ClusterAddress.ResolveAsync(options, logger, stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <exception cref="ListenerException">The node cannot listen for the others.</exception>
    private static ActorSystem StartActors(BrokerOptions options, string clusterId)
    {
        try
        {
            var setup = ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig(ClusterHocon.ConfigOf(options)));
            return ActorSystem.Create(
                ClusterHocon.SystemName, options.Cluster.IsClustered ? setup.And(new PeerSetup(options.Node.Id, clusterId, options.Cluster.Cookie)) : setup);
        }
        catch (Exception e) when (SocketCause(e) is not null)
        {
            throw ClusterAddress.Unusable(options, SocketCause(e)!);
        }
    }

    /// <summary>Akka.NET wraps it in aggregates of aggregates.</summary>
    private static SocketException? SocketCause(Exception? e) => e is null or SocketException ? e as SocketException : SocketCause(e.InnerException);

    /// <summary>From the registration of the broker until it is asked to stop.</summary>
    private static async Task<BrokerEpoch> RunBroker(
        NodeStart start, MetadataParts metadata, ILoggerFactory loggers, ILogger logger, NodeStatus status, long started, CancellationToken stop)
    {
        var (options, logs) = (start.Options, start.Logs);
        var node = await NodeParts.StartAsync(start, metadata).ConfigureAwait(false);
        var handlers = Handlers.Create(node);
        await using var host = new ListenerHost(
            options.Listeners, options.Network, options.Limits, handlers, loggers, currentLimits: () => node.Broker.Options.Limits);
        host.Bind();
        var epoch = await node.JoinAsync(
            host.Listeners.Select(listener => new BrokerEndpoint(listener.Name, listener.AdvertisedHost, listener.AdvertisedPort)), stop).ConfigureAwait(false);
        status.Registered(epoch);
        await node.Broker.WhenLeading().ConfigureAwait(false);
        host.Start();
        StartBanner.Write(
            Console.Out, options, logs.ClusterId, [.. host.Listeners.Select(listener => (listener.Name, listener.AdvertisedHost, listener.AdvertisedPort))]);
        status.Enter(NodePhase.Serving);
        HostLog.Ready(logger, options.Node.Id, logs.ClusterId, Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        await host.CheckAdvertisedAsync().ConfigureAwait(false);
        await Task.Delay(Timeout.Infinite, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        status.Enter(NodePhase.Stopping);
        HostLog.Stopping(logger);
        if (options.Cluster is { IsClustered: true, ControlledShutdown: true } && !start.System.WhenTerminated.IsCompleted && !await node.LeaveAsync().ConfigureAwait(false))
        {
            HostLog.LeftUncontrolled(logger, options.Node.ShutdownTimeoutMs);
        }

        await host.StopAsync(TimeSpan.FromMilliseconds(options.Node.ShutdownTimeoutMs)).ConfigureAwait(false);
        return epoch;
    }

    /// <summary>The actor system ends by itself only when the node cannot go on, or when the cluster has taken it for dead.</summary>
    private static void ThrowIfEnded(ActorSystem system, CancellationToken stop)
    {
        if (stop.IsCancellationRequested || !system.WhenTerminated.IsCompleted)
        {
            return;
        }

        throw CoordinatedShutdown.Get(system).ShutdownReason is CoordinatedShutdown.ClusterDowningReason
            ? new ExpelledException()
            : new IOException("the node's actors stopped after a failure; the log says which and why");
    }

    private static LogManager OpenStorage(BrokerOptions options, ILoggerFactory loggers, StorageMetrics metrics)
    {
        var logger = loggers.CreateLogger("ActorBroker.Storage");
        var openFiles = OpenFileLimit.Bound(options.Storage.MaxOpenFiles);
        if (openFiles < options.Storage.MaxOpenFiles)
        {
            HostLog.FewFiles(logger, options.Storage.MaxOpenFiles, OpenFileLimit.OfProcess, openFiles);
        }

        // A topic's own settings are known only when the metadata is read; its replica brings them.
        var defaults = LogConfigs.From(TopicConfig.From(new Dictionary<string, string>(), options.Topics.Defaults));
        return LogManager.Open(
            new LogManagerOptions
            {
                Directories = options.Storage.DataDirs,
                NodeId = options.Node.Id,
                ClusterId = options.Node.ClusterId,
                NewClusterId = ClusterHocon.NewClusterId(options.Cluster),
                ConfigOf = partition => partition == MetadataJournal.Partition ? MetadataJournal.Config : defaults,
                RecoveryThreads = options.Storage.RecoveryThreadsPerDataDir,
                MinFreeBytes = options.Storage.MinFreeBytes,
                MaxOpenFiles = openFiles,
            },
            metrics);
    }

    /// <summary>Runs the action instead of what the signal does by default, which is to end the process.</summary>
    private static PosixSignalRegistration OnSignal(PosixSignal signal, Action action) =>
        PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            action();
        });

    private sealed class ExpelledException : Exception;
}
