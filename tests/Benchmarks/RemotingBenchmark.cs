using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using Akka.Actor;
using Akka.Remote;
using Akka.Serialization;
using AkkaExtensions.Remoting;

namespace ActorBroker.Benchmarks;

/// <summary>Remoting between two processes on loopback: small messages one way, ping-pong, payloads in an acknowledged window with heartbeats meanwhile. Medians of three.</summary>
internal static class RemotingBenchmark
{
    private const int Rounds = 3;
    private const int OneWay = 2_000_000;
    private const int Hits = 10_000;
    private const long PayloadBytes = 2L << 30;
    private const int WindowBytes = 16 << 20;

    private const string Configuration = """
        akka {
          loglevel = WARNING
          actor {
            provider = remote
            serializers { bench = "ActorBroker.Benchmarks.BenchSerializer, Benchmarks" }
            serialization-bindings {
              "ActorBroker.Benchmarks.Small, Benchmarks" = bench
              "ActorBroker.Benchmarks.Payload, Benchmarks" = bench
            }
          }
          remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0, maximum-frame-size = 2MiB }
        }
        """;

    /// <summary>The other process: it prints its address and lives until its input ends.</summary>
    public static int RunPeer()
    {
        using ActorSystem system = ActorSystem.Create("peer", Configuration);
        system.ActorOf(Props.Create(() => new Peer()), "peer");
        Console.WriteLine(((ExtendedActorSystem)system).Provider.DefaultAddress);
        Console.In.ReadToEnd();
        system.Terminate().Wait();
        return 0;
    }

    public static int Run()
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet") start.ArgumentList.Add(Environment.GetCommandLineArgs()[0]);
        start.ArgumentList.Add("remoting-peer");
        using Process child = Process.Start(start)!;
        var address = Address.Parse(child.StandardOutput.ReadLine()!);
        using ActorSystem system = ActorSystem.Create("bench", Configuration);
        IActorRef peer = system.ActorSelection($"{address}/user/peer").ResolveOne(TimeSpan.FromSeconds(10)).Result;
        Console.WriteLine($"{Environment.ProcessorCount} cores, .NET {Environment.Version}; two processes on loopback, medians of {Rounds}");
        Figures.Report("small messages, one way", "thousand/s", Figures.Measure(Rounds, () => OneWayRate(system, peer) / 1e3));
        Figures.Report("ping-pong", "us", Figures.Measure(Rounds, () => PingPongMicroseconds(system, peer)));
        foreach (var size in (int[])[64 << 10, 1 << 20])
        {
            double[][] rounds = [.. Enumerable.Range(0, Rounds).Select(_ => PayloadRate(system, peer, address, size))];
            Figures.Report($"{size >> 10} KiB payloads", "GB/s", [.. rounds.Select(r => r[0])]);
            Figures.Report("  allocated at the sender", "byte/byte", [.. rounds.Select(r => r[1])]);
            Figures.Report("  allocated at the receiver", "byte/byte", [.. rounds.Select(r => r[2])]);
            Figures.Report("  heartbeat p99 meanwhile", "ms", [.. rounds.Select(r => r[3])]);
        }

        Console.WriteLine($"peak working set of the sender {Process.GetCurrentProcess().PeakWorkingSet64 >> 20} MiB");
        child.StandardInput.Close();
        child.WaitForExit(10_000);
        system.Terminate().Wait();
        return 0;
    }

    private static double OneWayRate(ActorSystem system, IActorRef peer)
    {
        using var done = new ManualResetEventSlim();
        IActorRef waiter = system.ActorOf(Props.Create(() => new Waiter(_ => done.Set())));
        peer.Tell(new Small(-OneWay), waiter);
        var message = new Small(1);
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < OneWay; i++) peer.Tell(message, waiter);
        done.Wait();
        var elapsed = Stopwatch.GetElapsedTime(started);
        system.Stop(waiter);
        return OneWay / elapsed.TotalSeconds;
    }

    private static double PingPongMicroseconds(ActorSystem system, IActorRef peer)
    {
        using var done = new ManualResetEventSlim();
        IActorRef hitter = system.ActorOf(Props.Create(() => new Hitter(peer, Hits, done)));
        var started = Stopwatch.GetTimestamp();
        hitter.Tell("go", ActorRefs.NoSender);
        done.Wait();
        var elapsed = Stopwatch.GetElapsedTime(started);
        system.Stop(hitter);
        return elapsed.TotalMicroseconds / Hits;
    }

    private static double[] PayloadRate(ActorSystem system, IActorRef peer, Address address, int size)
    {
        var perAck = Math.Max(1, (1 << 20) / size);
        using var window = new SemaphoreSlim(WindowBytes / size);
        IActorRef waiter = system.ActorOf(Props.Create(() => new Waiter(_ => window.Release(perAck))));
        IActorRef watcher = ((ExtendedActorSystem)system).Provider.ResolveActorRef($"{address}/system/remote-watcher");
        byte[] bytes = new byte[size];
        var count = (int)(PayloadBytes / size);
        var peerBefore = peer.Ask<Small>(new Small(0)).Result.Value;
        using var stop = new CancellationTokenSource();
        Task<List<double>> heartbeats = Task.Factory.StartNew(() => Heartbeats(watcher, stop.Token), TaskCreationOptions.LongRunning);
        var before = GC.GetTotalAllocatedBytes();
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < count; i++)
        {
            window.Wait();
            peer.Tell(new Payload(bytes, null), waiter);
        }

        for (var i = 0; i < WindowBytes / size; i++) window.Wait();
        var elapsed = Stopwatch.GetElapsedTime(started);
        double sent = (double)count * size;
        var allocated = GC.GetTotalAllocatedBytes() - before;
        stop.Cancel();
        List<double> latencies = heartbeats.Result;
        var peerAllocated = peer.Ask<Small>(new Small(0)).Result.Value - peerBefore;
        system.Stop(waiter);
        latencies.Sort();
        return [sent / elapsed.TotalSeconds / 1e9, allocated / sent, peerAllocated / sent, latencies[(int)(latencies.Count * 0.99)]];
    }

    private static List<double> Heartbeats(IActorRef watcher, CancellationToken stop)
    {
        var latencies = new List<double>();
        do
        {
            var start = Stopwatch.GetTimestamp();
            watcher.Ask<RemoteWatcher.HeartbeatRsp>(RemoteWatcher.Heartbeat.Instance, CancellationToken.None).Wait(CancellationToken.None);
            latencies.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
        while (!stop.WaitHandle.WaitOne(5));
        return latencies;
    }

    private sealed class Waiter(Action<object> heard) : UntypedActor
    {
        protected override void OnReceive(object message) => heard(message);
    }

    private sealed class Hitter(IActorRef peer, int hits, ManualResetEventSlim done) : UntypedActor
    {
        private static readonly Small Ball = new(2);
        private int left = hits;

        protected override void OnReceive(object message)
        {
            if (left-- > 0) peer.Tell(Ball, Self);
            else done.Set();
        }
    }

    /// <summary>Negative: expect so many ones, then answer. 1: one of them. 2: answer. 0: answer with the bytes allocated so far. Payloads: acknowledged by the MiB.</summary>
    private sealed class Peer : UntypedActor
    {
        private long left;
        private long bytes;

        protected override void OnReceive(object message)
        {
            switch (message)
            {
                case Small { Value: 1 }:
                    if (--left == 0) Sender.Tell(new Small(1), Self);
                    break;
                case Small { Value: 2 }:
                    Sender.Tell(message, Self);
                    break;
                case Small { Value: 0 }:
                    Sender.Tell(new Small(GC.GetTotalAllocatedBytes()), Self);
                    break;
                case Small { Value: < 0 } expect:
                    left = -expect.Value;
                    break;
                case Payload payload:
                    bytes += payload.Bytes.Length;
                    payload.Owner!.Dispose();
                    if (bytes < 1 << 20) break;
                    bytes -= 1 << 20;
                    Sender.Tell(new Small(3), Self);
                    break;
            }
        }
    }
}

internal sealed class Small(long value)
{
    public long Value { get; } = value;
}

internal sealed class Payload(ReadOnlyMemory<byte> bytes, IDisposable? owner)
{
    public ReadOnlyMemory<byte> Bytes { get; } = bytes;

    public IDisposable? Owner { get; } = owner;
}

internal sealed class BenchSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system), IPayloadSerializer
{
    public override int Identifier => 9002;

    public override string Manifest(object o) => o is Small ? "S" : "P";

    public override byte[] ToBinary(object obj) => obj is Small small ? BitConverter.GetBytes(small.Value) : ((Payload)obj).Bytes.ToArray();

    public override object FromBinary(byte[] bytes, string manifest) => manifest == "S" ? new Small(BitConverter.ToInt64(bytes)) : new Payload(bytes, null);

    public void Write(object message, IPayloadWriter writer)
    {
        if (message is Payload payload)
        {
            writer.WritePayload(payload.Bytes, payload.Owner);
            return;
        }

        BinaryPrimitives.WriteInt64LittleEndian(writer.GetSpan(8), ((Small)message).Value);
        writer.Advance(8);
    }

    public object Read(IPayloadReader reader, string manifest)
    {
        if (manifest == "S") return new Small(BinaryPrimitives.ReadInt64LittleEndian(reader.Bytes.Span));
        IMemoryOwner<byte> kept = reader.Keep(..);
        return new Payload(kept.Memory, kept);
    }
}
