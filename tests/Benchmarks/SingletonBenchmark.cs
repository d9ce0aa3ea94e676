using System.Diagnostics;
using System.Runtime.InteropServices;
using ActorBroker.Harness;
using Akka.Actor;
using Akka.Cluster.Tools.Singleton;
using Akka.Configuration;

namespace ActorBroker.Benchmarks;

/// <summary>
/// How long a singleton is away when its node is killed, falls silent or leaves: members in processes of their own on 127.0.0.1 with hocon/cluster.conf. The oldest one is lost; a
/// member that stays asks the singleton every few milliseconds.
/// </summary>
internal static class SingletonBenchmark
{
    private const int Members = 5;
    private const int Rounds = 5;
    private const string System = "bench";

    public static int Run()
    {
        Console.WriteLine("| the oldest of five members | until another one answers, ms, median (range) | without an answer, ms |");
        Console.WriteLine("|---|---|---|");
        foreach ((string name, string signal) in new[] { ("kill -9, connections reset", "-KILL"), ("SIGSTOP, silence", "-STOP"), ("SIGTERM, leaves", "-TERM") })
        {
            (double Moved, double Gap)[] rounds = [.. Enumerable.Range(0, Rounds).Select(_ => Round(signal).GetAwaiter().GetResult())];
            double[] moved = [.. rounds.Select(static r => r.Moved).Order()];
            double[] gaps = [.. rounds.Select(static r => r.Gap).Order()];
            Console.WriteLine($"| {name} | {moved[Rounds / 2]:F0} ({moved[0]:F0} to {moved[^1]:F0}) | {gaps[Rounds / 2]:F0} ({gaps[0]:F0} to {gaps[^1]:F0}) |");
        }

        return 0;
    }

    /// <summary>A member that runs a manager until SIGTERM. Arguments: its port, and the port of the first member.</summary>
    public static int RunPeer(string[] ports)
    {
        ActorSystem system = StartMember(int.Parse(ports[0]), int.Parse(ports[1]));
        StartManager(system);
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
        {
            signal.Cancel = true;
            _ = CoordinatedShutdown.Get(system).Run(CoordinatedShutdown.ClrExitReason.Instance);
        });
        _ = Task.Run(() =>
        {
            Console.In.ReadToEnd();
            Environment.Exit(0);
        });
        system.WhenTerminated.Wait();
        return 0;
    }

    private static async Task<(double Moved, double Gap)> Round(string signal)
    {
        int[] ports = FreePorts.Some(Members);
        var peers = new List<Process>();
        ActorSystem? observer = null;
        try
        {
            // One after the other, so that the first one is the oldest.
            peers.Add(StartPeer(ports[0], ports[0]));
            observer = StartMember(ports[^1], ports[0]);
            await Eventually.Holds(() => Akka.Cluster.Cluster.Get(observer).IsUp);
            foreach (var port in ports[1..^1]) peers.Add(StartPeer(port, ports[0]));
            await Eventually.Holds(() => Akka.Cluster.Cluster.Get(observer).State.Members.Count(static m => m.Status == Akka.Cluster.MemberStatus.Up) == Members);
            IActorRef proxy = observer.ActorOf(ClusterSingletonProxy.Props("/user/manager", ClusterSingletonProxySettings.Create(observer).WithRole("runs")));
            await Ask(proxy, TimeSpan.FromSeconds(20));

            var start = Stopwatch.GetTimestamp();
            var lastOld = start;
            using (Process kill = Process.Start("kill", [signal, peers[0].Id.ToString()])) await kill.WaitForExitAsync();
            while (true)
            {
                var asked = Stopwatch.GetTimestamp();
                if (await Ask(proxy, TimeSpan.FromMilliseconds(20)) is not { } port) continue;
                if (port == ports[0]) lastOld = asked;
                else return (Stopwatch.GetElapsedTime(start).TotalMilliseconds, Stopwatch.GetElapsedTime(lastOld).TotalMilliseconds);
            }
        }
        finally
        {
            foreach (Process peer in peers)
            {
                peer.Kill();
                peer.Dispose();
            }

            if (observer is not null) await observer.Terminate();
        }
    }

    private static async Task<int?> Ask(IActorRef proxy, TimeSpan patience)
    {
        try
        {
            return await proxy.Ask<int>("where", patience);
        }
        catch (AskTimeoutException)
        {
            return null;
        }
    }

    private static Process StartPeer(int port, int first)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardInput = true };
        foreach (var argument in new[] { typeof(SingletonBenchmark).Assembly.Location, "singleton-peer", port.ToString(), first.ToString() }) start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }

    /// <summary>The observer has no role, so that it never runs the singleton itself.</summary>
    private static ActorSystem StartMember(int port, int first)
    {
        var isPeer = Environment.GetCommandLineArgs().Contains("singleton-peer");
        return ActorSystem.Create(System, ConfigurationFactory.ParseString($$"""
            akka {
              loglevel = ERROR
              stdout-loglevel = OFF
              log-dead-letters = off
              actor.provider = cluster
              coordinated-shutdown { run-by-clr-shutdown-hook = off, run-by-actor-system-terminate = off }
              remote.dot-netty.tcp { hostname = "127.0.0.1", port = {{port}} }
              cluster { roles = [{{(isPeer ? "runs" : "observer")}}], seed-nodes = ["akka.tcp://{{System}}@127.0.0.1:{{first}}"] }
            }
            """).WithFallback(ConfigurationFactory.ParseString(File.ReadAllText(Profile()))));
    }

    private static void StartManager(ActorSystem system) => system.ActorOf(
        ClusterSingletonManager.Props(Props.Create(() => new Where()), ClusterSingletonManagerSettings.Create(system).WithRole("runs")), "manager");

    private static string Profile() => Path.Combine(Checkout.Root, "hocon", "cluster.conf");

    private sealed class Where : UntypedActor
    {
        protected override void OnReceive(object message) => Sender.Tell(Akka.Cluster.Cluster.Get(Context.System).SelfAddress.Port!.Value);
    }
}
