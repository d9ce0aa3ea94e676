using System.Diagnostics;
using System.Runtime.InteropServices;
using ActorBroker.Actors.Controller;
using ActorBroker.Actors.Node;
using ActorBroker.Actors.Partitions;
using ActorBroker.Metadata;
using ActorBroker.Model.Configs;
using ActorBroker.Model.Options;
using ActorBroker.Server.Network;
using ActorBroker.Start;
using ActorBroker.Status;
using ActorBroker.Storage;
using Akka.Actor;
using Akka.Configuration;
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
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var term = OnSignal(PosixSignal.SIGTERM, stop.Cancel);
        using var interrupt = OnSignal(PosixSignal.SIGINT, stop.Cancel);
        try
        {
            await RunUntilStopped(options, loggers, logger, stop.Token).ConfigureAwait(false);
            return Ok;
        }
        catch (Exception e) when (e is LogDirectoryException or ListenerException or IOException or UnauthorizedAccessException)
        {
            HostLog.CannotRun(logger, e.Message);
            return Failed;
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
        var hocon = ConfigurationFactory.ParseString(AkkaLogActor.Hocon).WithFallback(ConfigurationFactory.ParseString(options.AkkaHocon));
        var system = ActorSystem.Create("actorbroker", hocon);
        using var tree = OnSignal(TreeSignal, () => HostLog.Tree(logger, ActorTree.Print(system)));
        var brokerEpoch = -1L;
        try
        {
            system.ActorOf(Props.Create(() => new AkkaLogActor(loggers.CreateLogger("ActorBroker.Actors"))), "log");
            var node = await NodeParts.StartAsync(system, options, logs, metrics, TimeProvider.System).ConfigureAwait(false);
            var handlers = Handlers.Create(node);
            await using var host = new ListenerHost(
                options.Listeners, options.Network, options.Limits, handlers, loggers, currentLimits: () => node.Broker.Options.Limits);
            host.Bind();
            var registration = await node.RegisterAsync(
                host.Listeners.Select(listener => new BrokerEndpoint(listener.Name, listener.AdvertisedHost, listener.AdvertisedPort))).ConfigureAwait(false);
            await node.Broker.WhenLeading().ConfigureAwait(false);
            brokerEpoch = registration.Epoch.Value;
            host.Start();
            StartBanner.Write(
                Console.Out, options, logs.ClusterId, [.. host.Listeners.Select(listener => (listener.Name, listener.AdvertisedHost, listener.AdvertisedPort))]);
            status.Enter(NodePhase.Serving);
            HostLog.Ready(logger, options.Node.Id, logs.ClusterId, Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            await host.CheckAdvertisedAsync().ConfigureAwait(false);
            await WhenStopped(stop, system).ConfigureAwait(false);

            status.Enter(NodePhase.Stopping);
            HostLog.Stopping(logger);
            await host.StopAsync(TimeSpan.FromMilliseconds(options.Node.ShutdownTimeoutMs)).ConfigureAwait(false);
        }
        finally
        {
            await system.Terminate().ConfigureAwait(false);
        }

        logs.Close(brokerEpoch);
        HostLog.Stopped(logger);
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

    /// <summary>Waits for the stop signal, or for the actor system to end by itself, which it does only when the node cannot go on.</summary>
    private static async Task WhenStopped(CancellationToken stop, ActorSystem system)
    {
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = stop.Register(stopped.SetResult);
        if (await Task.WhenAny(stopped.Task, system.WhenTerminated).ConfigureAwait(false) != stopped.Task)
        {
            throw new IOException("the node's actors stopped after a failure; the log says which and why");
        }
    }

    /// <summary>Runs the action instead of what the signal does by default, which is to end the process.</summary>
    private static PosixSignalRegistration OnSignal(PosixSignal signal, Action action) =>
        PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            action();
        });
}
