using System.Buffers;
using System.Diagnostics;
using ActorBroker.Links;
using ActorBroker.Model;
using ActorBroker.Model.Options;
using ActorBroker.Replication;

namespace ActorBroker.Benchmarks;

/// <summary>
/// A link between two processes on loopback: small messages one way, ping-pong, and payload as fast as credit allows with a small message there and back every 10 ms meanwhile. Medians of three.
/// </summary>
internal static class LinksBenchmark
{
    private const int Rounds = 3;
    private const int OneWay = 2_000_000;
    private const int Hits = 10_000;
    private const long PayloadBytes = 4L << 30;
    private static readonly TimeSpan PingPause = TimeSpan.FromMilliseconds(10);
    private static readonly NodeId Bench = new(1);
    private static readonly NodeId Peer = new(2);
    private static readonly StreamKey Key = new(new(1), Bench, new(1), Peer, new(1), 1);

    /// <summary>What the peer does with a small message: the partition's number.</summary>
    private enum Verb
    {
        Count,
        Answer,
        Hit,
        Ping,
        Allocated,
    }

    /// <summary>The other process: it prints its port and lives until its input ends.</summary>
    public static int RunPeer()
    {
        var receiver = new PeerReceiver();
        var links = LinkNetwork.Start(Options(Peer), receiver);
        receiver.Links = links;
        Console.WriteLine(links.Port);
        Console.In.ReadToEnd();
        links.DisposeAsync().AsTask().Wait();
        return 0;
    }

    public static int Run()
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet") start.ArgumentList.Add(Environment.GetCommandLineArgs()[0]);
        start.ArgumentList.Add("links-peer");
        using Process child = Process.Start(start)!;
        var port = int.Parse(child.StandardOutput.ReadLine()!);
        var receiver = new BenchReceiver();
        var links = LinkNetwork.Start(Options(Bench), receiver);
        receiver.Links = links;
        links.SetPeers(new Dictionary<NodeId, HostPort> { [Peer] = new("127.0.0.1", port) });
        receiver.IsUp.Wait();
        Console.WriteLine($"{Environment.ProcessorCount} cores, .NET {Environment.Version}; two processes on loopback, medians of {Rounds}");
        Figures.Report("small messages, one way", "million/s", Figures.Measure(Rounds, () => OneWayRate(links, receiver) / 1e6));
        Figures.Report("ping-pong", "us", Figures.Measure(Rounds, () => PingPongMicroseconds(links, receiver)));
        foreach (var size in (int[])[64 << 10, 1 << 20])
        {
            double[][] rounds = [.. Enumerable.Range(0, Rounds).Select(_ => PayloadRate(links, receiver, size))];
            Figures.Report($"{size >> 10} KiB payloads", "GB/s", [.. rounds.Select(static round => round[0])]);
            Figures.Report("  allocated at the sender", "byte/byte", [.. rounds.Select(static round => round[1])]);
            Figures.Report("  allocated at the receiver", "byte/byte", [.. rounds.Select(static round => round[2])]);
            Figures.Report("  small message there and back, p99", "ms", [.. rounds.Select(static round => round[3])]);
        }

        Console.WriteLine($"peak working set of the sender {Process.GetCurrentProcess().PeakWorkingSet64 >> 20} MiB");
        links.DisposeAsync().AsTask().Wait();
        child.StandardInput.Close();
        child.WaitForExit(10_000);
        return 0;
    }

    private static double OneWayRate(LinkNetwork links, BenchReceiver receiver)
    {
        var message = Small(Verb.Count, 0);
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < OneWay; i++)
        {
            while (!links.Send(Peer, message)) Thread.Sleep(0);
        }

        receiver.Ask(Verb.Answer);
        return OneWay / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static double PingPongMicroseconds(LinkNetwork links, BenchReceiver receiver)
    {
        var started = Stopwatch.GetTimestamp();
        links.Send(Peer, Small(Verb.Hit, Hits));
        receiver.HitsDone.Wait();
        return Stopwatch.GetElapsedTime(started).TotalMicroseconds / Hits;
    }

    private static double[] PayloadRate(LinkNetwork links, BenchReceiver receiver, int size)
    {
        var owner = new Bytes(size);
        var count = (int)(PayloadBytes / size);
        var push = new Push(Key, new(0), new(1), new(1), new(1), new(0), new(0), size, false);
        var peerBefore = receiver.Ask(Verb.Allocated);
        using var stop = new CancellationTokenSource();
        Task<List<double>> pings = Task.Factory.StartNew(() => Pings(receiver, stop.Token), TaskCreationOptions.LongRunning);
        var before = GC.GetTotalAllocatedBytes();
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < count; i++)
        {
            while (!links.HasRoom(Peer)) receiver.Room.Wait();
            links.Send(Peer, new PushMessage(Partition(Verb.Count), push, new PushPayload(owner, size)));
        }

        receiver.Ask(Verb.Answer);
        var elapsed = Stopwatch.GetElapsedTime(started);
        double sent = (double)count * size;
        var allocated = GC.GetTotalAllocatedBytes() - before;
        stop.Cancel();
        List<double> latencies = pings.Result;
        var peerAllocated = receiver.Ask(Verb.Allocated) - peerBefore;
        latencies.Sort();
        return [sent / elapsed.TotalSeconds / 1e9, allocated / sent, peerAllocated / sent, latencies[(int)(latencies.Count * 0.99)]];
    }

    private static List<double> Pings(BenchReceiver receiver, CancellationToken stop)
    {
        var latencies = new List<double>();
        do
        {
            var start = Stopwatch.GetTimestamp();
            receiver.Ask(Verb.Ping);
            latencies.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
        while (!stop.WaitHandle.WaitOne(PingPause));
        return latencies;
    }

    private static LinkOptions Options(NodeId node) => new(node, "bench", new LinkIncarnation(1, Guid.NewGuid()), new HostPort("127.0.0.1", 0));

    private static TopicIdPartition Partition(Verb verb) => new(default, (int)verb);

    private static TruncateMessage Small(Verb verb, long number) => new(Partition(verb), new Truncate(Key, new Offset(number), false));

    private static PushAckMessage Answer(TopicIdPartition partition, long number) => new(partition, new PushAck(Key, new Offset(number), new Offset(0), PushVerdict.Written));

    private sealed class Bytes(int size) : IMemoryOwner<byte>
    {
        public Memory<byte> Memory { get; } = new byte[size];

        public void Dispose()
        {
        }
    }

    private sealed class PeerReceiver : ILinkReceiver
    {
        public LinkNetwork? Links { get; set; }

        public void OnMessage(NodeId from, LinkMessage message)
        {
            switch (message)
            {
                case PushMessage push:
                    push.Payload!.Dispose();
                    break;
                case TruncateMessage { Partition.Partition: not (int)Verb.Count } small:
                    var number = small.Partition.Partition == (int)Verb.Allocated ? GC.GetTotalAllocatedBytes() : small.Truncate.To.Value;
                    Links!.Send(from, Answer(small.Partition, number));
                    break;
            }
        }

        public void OnRoom(NodeId node)
        {
        }

        public void OnNews(LinkNews news)
        {
        }

        public ILinkRound? NewRound() => null;
    }

    private sealed class BenchReceiver : ILinkReceiver
    {
        private readonly SemaphoreSlim[] answered = [.. Enum.GetValues<Verb>().Select(static _ => new SemaphoreSlim(0))];
        private readonly long[] answers = new long[Enum.GetValues<Verb>().Length];

        public LinkNetwork? Links { get; set; }

        public ManualResetEventSlim IsUp { get; } = new();

        public SemaphoreSlim Room { get; } = new(0);

        public SemaphoreSlim HitsDone => answered[(int)Verb.Hit];

        public long Ask(Verb verb)
        {
            while (!Links!.Send(Peer, Small(verb, 0))) Thread.Sleep(0);
            answered[(int)verb].Wait();
            return answers[(int)verb];
        }

        public void OnMessage(NodeId from, LinkMessage message)
        {
            var (verb, number) = (message.Partition.Partition, ((PushAckMessage)message).Ack.LogEndOffset.Value);
            if (verb == (int)Verb.Hit && number > 0)
            {
                Links!.Send(from, Small(Verb.Hit, number - 1));
                return;
            }

            answers[verb] = number;
            answered[verb].Release();
        }

        public void OnRoom(NodeId node) => Room.Release();

        public void OnNews(LinkNews news)
        {
            if (news is LinkUp) IsUp.Set();
            if (news is LinkBroken) Console.Error.WriteLine(news.Reason);
        }

        public ILinkRound? NewRound() => null;
    }
}
