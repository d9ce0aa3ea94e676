using System.Runtime.InteropServices;
using Akka.Actor;
using Akka.Cluster.Sharding;
using Akka.Cluster.Tools.Singleton;
using Akka.Configuration;

namespace ActorBroker.Faults.Runtime;

/// <summary>
/// One node in a process of its own: member of the cluster, with a singleton, a sharding region, and clients that ask both all the time. What happens is
/// told on standard output in lines of <see cref="Events"/>; the log goes to standard error. It ends with its cluster membership, on
/// SIGTERM in order, and at once when its standard input ends, which is when the driver is gone.
/// </summary>
internal static class NodeProgram
{
    /// <summary>As a broker's: the guard lets nodes look for each other's actors by the names that brokers use, and by no others.</summary>
    private const string SingletonName = "controller";

    /// <summary>Runs the node with the given name and HOCON files, of which the earlier win.</summary>
    public static int Run(string name, IEnumerable<string> files)
    {
        Events.TakeOverOutput();
        var config = files.Select(file => ConfigurationFactory.ParseString(File.ReadAllText(file))).Aggregate((over, under) => over.WithFallback(under));
        Events.Emit("process", Environment.ProcessId.ToString());
        Costs.StartTelling();
        var system = NodeSystem.Create(RuntimeCluster.NodeOf(name), config);
        using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
        {
            signal.Cancel = true; // the actor system ends first
            Events.Emit("terminating");
            CoordinatedShutdown.Get(system).Run(CoordinatedShutdown.ClrExitReason.Instance);
        });
        var cluster = Akka.Cluster.Cluster.Get(system);
        cluster.RegisterOnMemberRemoved(() => Events.Emit("removed"));
        system.ActorOf(Props.Create(() => new MembershipReporter()), "membership");
        StartClients(system, config.GetConfig("faults")!, name);
        EndWithInput();
        system.WhenTerminated.Wait();
        Events.Emit("terminated", CoordinatedShutdown.Get(system).ShutdownReason?.GetType().Name ?? "none");
        return 0;
    }

    private static void StartClients(ActorSystem system, Config settings, string name)
    {
        var interval = settings.GetTimeSpan("probe-interval");
        if (settings.GetBoolean("singleton"))
        {
            system.ActorOf(ClusterSingletonManager.Props(Props.Create(() => new Singleton(name)), PoisonPill.Instance, ClusterSingletonManagerSettings.Create(system)), SingletonName);
            var proxy = system.ActorOf(ClusterSingletonProxy.Props($"/user/{SingletonName}", ClusterSingletonProxySettings.Create(system)), "single-proxy");
            Probe.Start(proxy, "answer", interval, _ => "who");
        }

        if (settings.GetBoolean("sharding"))
        {
            var entities = settings.GetInt("entities");
            var region = ClusterSharding.Get(system).Start(
                "counter", id => Props.Create(() => new Counter(id, name)), ClusterShardingSettings.Create(system), new CounterExtractor(settings.GetInt("shards")));
            Probe.Start(region, "counted", interval, turn => $"entity-{turn % entities}");
        }
    }

    private static void EndWithInput() => new Thread(static () =>
    {
        Console.In.ReadToEnd();
        Environment.FailFast("the driver is gone");
    })
    { IsBackground = true, Name = "driver" }.Start();
}
