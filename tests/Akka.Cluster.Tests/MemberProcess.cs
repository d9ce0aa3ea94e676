using System.Diagnostics;
using System.Threading.Channels;
using Akka.Actor;
using Akka.Configuration;

namespace Akka.Cluster.Tests;

/// <summary>A member in a process of its own, configured by hocon/cluster.conf. It reports what it hears; it ends with this object, or with its parent's end.</summary>
internal sealed class MemberProcess : IDisposable
{
    private readonly Process _process;
    private readonly HashSet<string> _heard = [];
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();

    private MemberProcess(Process process, int port)
    {
        _process = process;
        Port = port;
        _process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is { } text) _lines.Writer.TryWrite(text);
            else _lines.Writer.TryComplete();
        };
        _process.BeginOutputReadLine();
    }

    public int Port { get; }

    /// <summary>The member itself. Arguments: its port, and those of the seed nodes.</summary>
    public static int Main(string[] args)
    {
        Config config = ConfigurationFactory.ParseString($$"""
            akka {
              loglevel = WARNING
              stdout-loglevel = OFF
              log-dead-letters = off
              actor.provider = cluster
              remote.dot-netty.tcp { hostname = "127.0.0.1", port = {{args[0]}} }
              cluster.seed-nodes = [{{string.Join(", ", args[1..].Select(port => $"\"akka.tcp://test@127.0.0.1:{port}\""))}}]
            }
            """).WithFallback(ConfigurationFactory.ParseString(File.ReadAllText(Profile())));
        var system = ActorSystem.Create("test", config);
        Cluster.Get(system).Subscribe(system.ActorOf(Props.Create(() => new Reporter())), ClusterEvent.InitialStateAsEvents, typeof(ClusterEvent.IClusterDomainEvent));
        _ = Task.Run(() =>
        {
            Console.In.ReadToEnd();
            Environment.Exit(0);
        });
        system.WhenTerminated.Wait();
        return 0;
    }

    public static MemberProcess Start(int port, params int[] seeds)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.ArgumentList.Add(typeof(MemberProcess).Assembly.Location);
        foreach (var argument in seeds.Prepend(port)) start.ArgumentList.Add(argument.ToString());
        return new MemberProcess(Process.Start(start)!, port);
    }

    /// <summary>Waits for a report of an event unless one was read before.</summary>
    public Task HeardBefore(string happened, int port) => _heard.Contains($"{happened} {port}") ? Task.CompletedTask : Heard(happened, port);

    /// <summary>Waits for the next report of an event.</summary>
    public async Task Heard(string happened, int port)
    {
        var wanted = $"{happened} {port}";
        using var patience = new CancellationTokenSource(ClusterNode.Patience);
        try
        {
            await foreach (var line in _lines.Reader.ReadAllAsync(patience.Token))
            {
                _heard.Add(line);
                if (line == wanted) return;
            }
        }
        catch (OperationCanceledException)
        {
            // Told below, with what was heard instead.
        }

        Assert.Fail($"Member {Port} did not report [{wanted}] but: {string.Join(", ", _heard)}");
    }

    /// <summary>Ends the process at once, without a word to anybody: its sockets are reset.</summary>
    public void Kill() => _process.Kill();

    /// <summary>Stops the process's clock, so to speak: sockets stay open, nothing answers.</summary>
    public void Pause() => Signal("-STOP");

    public void Continue() => Signal("-CONT");

    public Task Ended() => _process.WaitForExitAsync().WaitAsync(ClusterNode.Patience);

    public void Dispose()
    {
        _process.Kill();
        _process.Dispose();
    }

    private static string Profile()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            var candidate = Path.Combine(at.FullName, "hocon", "cluster.conf");
            if (File.Exists(candidate)) return candidate;
        }

        throw new FileNotFoundException("hocon/cluster.conf is in none of the directories above " + AppContext.BaseDirectory);
    }

    private void Signal(string signal)
    {
        using Process kill = Process.Start("kill", [signal, _process.Id.ToString()]);
        kill.WaitForExit();
    }

    private sealed class Reporter : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            (Address? Address, string Name) told = message switch
            {
                ClusterEvent.MemberStatusChange changed => (changed.Member.Address, changed.GetType().Name),
                ClusterEvent.ReachabilityEvent changed => (changed.Member.Address, changed.GetType().Name),
                _ => (null, ""),
            };
            if (told.Address is { } address) Console.WriteLine($"{told.Name} {address.Port}");
        }
    }
}
