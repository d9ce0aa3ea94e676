using ActorBroker.Actors.Runtime;
using ActorBroker.Links;
using ActorBroker.Model.Options;
using System.Collections.Immutable;
using System.Diagnostics;
using ActorBroker.Actors.Controller;
using ActorBroker.Actors.Hosting;
using ActorBroker.Actors.Node;
using ActorBroker.Actors.Partitions;
using ActorBroker.Actors.Streams;
using ActorBroker.Metadata;
using ActorBroker.Model;
using ActorBroker.Model.Configs;
using ActorBroker.Protocol;
using ActorBroker.Records;
using ActorBroker.Replication;
using ActorBroker.Storage;
using Akka.Actor;
using Akka.Configuration;

namespace ActorBroker.Benchmarks;

/// <summary>
/// Three nodes with remoting and files of their own in one process; three partitions with three replicas each, one led by each node; every leader is kept
/// busy with appends that want all replicas. CPU is that of all three nodes. Medians of three.
/// </summary>
internal static class ReplicationBenchmark
{
    private const int Rounds = 3;
    private const int Nodes = 3;
    private const long RoundBytes = 1L << 30;

    public static int Run(string? directory)
    {
        var root = Directory.CreateDirectory(Path.Combine(directory ?? Path.GetTempPath(), $"replication-benchmark-{Environment.ProcessId}"));
        try
        {
            Console.WriteLine($"{Environment.ProcessorCount} cores, .NET {Environment.Version}; {Nodes} nodes in one process, replication factor {Nodes}, acks=all, files in {root.Parent}, medians of {Rounds}");
            Console.WriteLine($"{"",-34} {"MB/s",8} {"CPU s/GB",10} {"appends/s",12}");
            foreach (var (batchBytes, inFlight) in (ReadOnlySpan<(int, int)>)[(64 << 10, 8), (16 << 10, 8), (16 << 10, 32)])
            {
                using var cluster = new BenchCluster(root, Nodes);
                Measure(cluster, batchBytes, inFlight, RoundBytes / 4);
                (double Rate, double Cpu)[] rounds = [.. Enumerable.Range(0, Rounds).Select(_ => Measure(cluster, batchBytes, inFlight, RoundBytes))];
                double[] rates = [.. rounds.Select(round => round.Rate).Order()];
                double[] cpu = [.. rounds.Select(round => round.Cpu).Order()];
                Console.WriteLine(
                    $"{$"{batchBytes >> 10} KiB, {inFlight} in flight a leader",-34} {rates[Rounds / 2],8:0} {cpu[Rounds / 2],10:0.0} {rates[Rounds / 2] * 1e6 / batchBytes,12:0}   ({rates[0]:0} to {rates[^1]:0} MB/s, {cpu[0]:0.0} to {cpu[^1]:0.0} s/GB)");
            }
        }
        finally
        {
            root.Delete(recursive: true);
        }

        return 0;
    }

    private static (double MegabytesPerSecond, double CpuSecondsPerGigabyte) Measure(BenchCluster cluster, int batchBytes, int inFlight, long bytes)
    {
        using var done = new CountdownEvent(Nodes * inFlight);
        using var process = Process.GetCurrentProcess();
        var left = bytes / batchBytes;
        var cpu = process.TotalProcessorTime;
        var started = Stopwatch.GetTimestamp();
        foreach (var partition in cluster.Led)
        {
            for (var i = 0; i < inFlight; i++)
            {
                new RepeatedAppend(partition, batchBytes, () => Interlocked.Decrement(ref left) >= 0, done).Send();
            }
        }

        done.Wait();
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        process.Refresh();
        return (bytes / seconds / 1e6, (process.TotalProcessorTime - cpu).TotalSeconds / (bytes / 1e9));
    }

    /// <summary>Sends its batch again as soon as it is acknowledged.</summary>
    private sealed class RepeatedAppend : Append
    {
        private readonly Partition partition;
        private readonly Func<bool> more;
        private readonly CountdownEvent done;

        public RepeatedAppend(Partition partition, int bytes, Func<bool> more, CountdownEvent done)
        {
            (this.partition, this.more, this.done) = (partition, more, done);
            using var builder = new RecordBatchBuilder();
            var value = new byte[1000];
            for (var size = 0; size + value.Length < bytes - 500; size += value.Length + 12)
            {
                Random.Shared.NextBytes(value);
                builder.Append(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), default, value);
            }

            Batches = builder.BuildArray();
            Acks = RequiredAcks.All;
        }

        public void Send() => partition.Append(this);

        public override void Complete(in AppendOutcome outcome)
        {
            if (outcome.Error != ErrorCode.None)
            {
                throw new InvalidOperationException($"an append failed: {outcome.Error} {outcome.Message}");
            }

            if (more())
            {
                Send();
            }
            else
            {
                done.Signal();
            }
        }
    }

    private sealed class BenchCluster : IDisposable
    {
        private const string Configuration = """
            akka {
              loglevel = WARNING
            }
            """;

        private readonly List<(ActorSystem System, LogManager Logs, DirectoryInfo Directory, LinkNetwork Links, LinkReceiver Receiver)> nodes = [];
        private readonly Dictionary<NodeId, HostPort> addresses = [];

        public BenchCluster(DirectoryInfo root, int count)
        {
            var ids = Enumerable.Range(1, count).Select(id => new NodeId(id)).ToImmutableArray();
            var image = ImageOf(ids);
            var config = ConfigurationFactory.ParseString(Configuration).WithFallback(ConfigurationFactory.ParseString(ReplicaDispatcher.Configuration + "\n" + HeapScheduler.Hocon + "\n" + RingMailbox.Hocon));
            foreach (var id in ids)
            {
                var system = ActorSystem.Create("actorbroker", config);
                var receiver = new LinkReceiver();
                var links = LinkNetwork.Start(new LinkOptions(id, "cluster", new LinkIncarnation(1, Guid.NewGuid()), new HostPort("127.0.0.1", 0)), receiver);
                addresses[id] = new HostPort("127.0.0.1", links.Port);
                var directory = root.CreateSubdirectory($"{id}-{Guid.NewGuid():N}");
                nodes.Add((system, LogManager.Open(new LogManagerOptions { Directories = [directory.FullName], NodeId = id, ConfigOf = _ => LogConfig.Default }), directory, links, receiver));
            }

            for (var i = 0; i < count; i++)
            {
                Led.Add(Start(ids[i], i, image));
            }
        }

        public List<Partition> Led { get; } = [];

        public void Dispose()
        {
            foreach (var (system, logs, directory, links, _) in nodes)
            {
                links.DisposeAsync().AsTask().Wait();
                system.Terminate().Wait();
                logs.Dispose();
                directory.Delete(recursive: true);
            }
        }

        private static ClusterImage ImageOf(ImmutableArray<NodeId> ids)
        {
            var topic = TopicId.NewRandom();
            var image = ids.Aggregate(ClusterImage.Empty, (before, id) => before.Apply(new BrokerRegistered(new BrokerImage(id, new BrokerEpoch(1), Guid.NewGuid(), [], null, false))));
            image = image.Apply(new TopicCreated(topic, "t"));
            for (var i = 0; i < ids.Length; i++)
            {
                image = image.Apply(new PartitionCreated(topic, new PartitionImage(i, ids, ids, ids[i], new LeaderEpoch(0), new PartitionEpoch(0))));
            }

            return image;
        }

        private Partition Start(NodeId id, int index, ClusterImage image)
        {
            var (system, logs, _, links, receiver) = nodes[index];
            links.SetPeers(addresses);
            var replication = new ReplicationSettings(new ReplicationStreams(links), ActorRefs.Nobody, new LeaderSettings());
            var settings = new ReplicaSettings(
                id, static (image, topic) => TopicConfig.From(image.ConfigOf(ConfigResource.Topic(topic)), new Dictionary<string, string>()), TimeSpan.FromHours(1), TimeProvider.System)
            {
                Replication = replication,
            };
            var partitions = new PartitionDirectory();
            var cluster = new ClusterState("cluster", image);
            var node = system.ActorOf(Props.Create(() => new NodeActor()), "node");
            node.Ask<IActorRef>(new NodeActor.Start(StreamWatchActor.Create(id, partitions, replication, receiver, new ImagePeers(cluster), static _ => { }), "replication")).Wait();
            var replicas = node.Ask<IActorRef>(new NodeActor.Start(Props.Create(() => new ReplicaManagerActor(settings, cluster, partitions, logs)), "replicas")).Result;
            replicas.Ask(new ReplicaManagerActor.WhenServing(["t"])).Wait();
            return partitions.Find("t", id.Value - 1)!;
        }
    }
}
