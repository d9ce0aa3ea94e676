using System.Collections.Concurrent;
using System.Diagnostics;
using ActorBroker.Harness;
using Akka.Actor;
using Akka.Cluster;
using Akka.Configuration;

namespace ActorBroker.Benchmarks;

/// <summary>
/// Five processes on loopback with hocon/cluster.conf: how long they take to form a cluster, and until all others have removed the oldest after kill -9
/// (its connections are reset) and after SIGSTOP (it is silent). Medians of three.
/// </summary>
internal static class ClusterBenchmark
{
    private const int Rounds = 3;
    private const int Members = 5;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>A member: its port, then those of the seed nodes. It prints its events and lives until its input ends.</summary>
    public static int RunMember(string[] ports)
    {
        Config config = ConfigurationFactory.ParseString($$"""
            akka {
              loglevel = ERROR
              actor.provider = cluster
              remote.dot-netty.tcp { hostname = "127.0.0.1", port = {{ports[0]}} }
              cluster.seed-nodes = [{{string.Join(", ", ports[1..].Select(port => $"\"akka.tcp://bench@127.0.0.1:{port}\""))}}]
            }
            """).WithFallback(ConfigurationFactory.ParseString(File.ReadAllText(Profile())));
        using ActorSystem system = ActorSystem.Create("bench", config);
        Cluster.Get(system).Subscribe(system.ActorOf(Props.Create(() => new Reporter())), ClusterEvent.InitialStateAsEvents, typeof(ClusterEvent.IMemberEvent));
        Console.In.ReadToEnd();
        Environment.Exit(0);
        return 0;
    }

    public static int Run()
    {
        Console.WriteLine($"{Environment.ProcessorCount} cores, .NET {Environment.Version}; {Members} processes on loopback, hocon/cluster.conf, medians of {Rounds}");
        List<double> forming = [], killed = [], silent = [];
        for (var i = 0; i < Rounds; i++)
        {
            using (var cluster = new Processes(Members))
            {
                forming.Add(cluster.FormedAfter());
                killed.Add(cluster.RemovedAfter(static oldest => oldest.Kill()));
            }

            using (var cluster = new Processes(Members))
            {
                cluster.FormedAfter();
                silent.Add(cluster.RemovedAfter(static oldest => Process.Start("kill", ["-STOP", oldest.Id.ToString()]).WaitForExit()));
            }
        }

        Report("five processes form a cluster, with their start", forming);
        Report("all others have removed the oldest after kill -9", killed);
        Report("all others have removed the oldest after SIGSTOP", silent);
        return 0;
    }

    private static void Report(string what, List<double> seconds)
    {
        seconds.Sort();
        Console.WriteLine($"{what}: {seconds[seconds.Count / 2]:0.00} s ({seconds[0]:0.00} to {seconds[^1]:0.00})");
    }

    private static string Profile() => Path.Combine(Checkout.Root, "hocon", "cluster.conf");

    private sealed class Processes : IDisposable
    {
        private readonly int[] _ports;
        private readonly List<Process> _members = [];
        private readonly BlockingCollection<(int Member, string Line)> _lines = [];
        private readonly long _start = Stopwatch.GetTimestamp();

        public Processes(int count)
        {
            _ports = FreePorts.Some(count);
            for (var i = 0; i < count; i++) Start(i);
        }

        /// <summary>Seconds until each member has seen each Up.</summary>
        public double FormedAfter()
        {
            Await([.. Enumerable.Range(0, _ports.Length).SelectMany(member => _ports.Select(port => (member, $"MemberUp {port}")))]);
            return Stopwatch.GetElapsedTime(_start).TotalSeconds;
        }

        /// <summary>Seconds from the end of the first member, which is the oldest, until each other has removed it.</summary>
        public double RemovedAfter(Action<Process> end)
        {
            var start = Stopwatch.GetTimestamp();
            end(_members[0]);
            Await([.. Enumerable.Range(1, _ports.Length - 1).Select(member => (member, $"MemberRemoved {_ports[0]}"))]);
            return Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        public void Dispose()
        {
            foreach (Process member in _members)
            {
                member.Kill();
                member.Dispose();
            }
        }

        private void Start(int member)
        {
            var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true };
            if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet") start.ArgumentList.Add(Environment.GetCommandLineArgs()[0]);
            start.ArgumentList.Add("cluster-member");
            foreach (var port in _ports.Prepend(_ports[member])) start.ArgumentList.Add(port.ToString());
            Process process = Process.Start(start)!;
            process.OutputDataReceived += (_, line) =>
            {
                if (line.Data is { } text) _lines.Add((member, text));
            };
            process.BeginOutputReadLine();
            _members.Add(process);
        }

        private void Await(HashSet<(int Member, string Line)> wanted)
        {
            while (wanted.Count > 0)
            {
                if (!_lines.TryTake(out (int Member, string Line) line, Patience)) throw new TimeoutException($"{wanted.Count} events did not come within {Patience}");
                wanted.Remove(line);
            }
        }
    }

    private sealed class Reporter : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            if (message is ClusterEvent.IMemberEvent changed) Console.WriteLine($"{changed.GetType().Name} {changed.Member.Address.Port}");
        }
    }
}
