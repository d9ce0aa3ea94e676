using ActorBroker.Faults.Machine;
using ActorBroker.Harness;

namespace ActorBroker.Faults.Brokers;

/// <summary>Producers and readers of one topic, whose history is judged in the end.</summary>
internal sealed class Workload : IDisposable
{
    public const int Partitions = 6;
    private const int PaceMs = 8;
    private static readonly TimeSpan Patient = TimeSpan.FromSeconds(90);
    private readonly BrokerCluster _cluster;
    private readonly string _topic;
    private readonly List<ReplicatedProducer> _producers;
    private readonly List<LiveReader> _readers;

    /// <summary>Creates the topic and starts to write and read.</summary>
    public Workload(BrokerCluster cluster, string topic, Random random, IReadOnlyDictionary<string, string>? configs = null)
    {
        _cluster = cluster;
        _topic = topic;
        Watch = new MetadataWatch(cluster.EndPoints, topic, Partitions);
        CreateTopic(configs ?? new Dictionary<string, string>());
        AwaitWhole("the topic is created");
        _producers = [.. Enumerable.Range(0, Partitions).Select(i => new ReplicatedProducer(i, topic, i, Watch, [.. cluster.EndPoints.Values], random.Next(), PaceMs))];
        _readers = [.. Enumerable.Range(0, Partitions).Select(i => new LiveReader(topic, i, Watch))];
        _producers.ForEach(static producer => producer.Start());
        _readers.ForEach(static reader => reader.Start());
        AwaitProgress();
    }

    public MetadataWatch Watch { get; }

    public string Topic => _topic;

    /// <summary>Waits until each producer got an acknowledgement for something sent from now on. The result is the time of the last one's first.</summary>
    public TimeSpan AwaitProgress(TimeSpan? limit = null)
    {
        var sinceUs = SharedClock.NowUs;
        Patience.Await("each producer gets acknowledgements", limit ?? Patient, () =>
        {
            CheckFailures();
            return _producers.TrueForAll(producer => producer.LastAckUs > sinceUs);
        }, () => $"{string.Join("; ", _producers.Where(producer => producer.LastAckUs <= sinceUs).Select(static p => $"partition {p.Partition}: {p.Obstacle ?? "no answer"}"))}; {Watch}");
        return TimeSpan.FromMicroseconds(SharedClock.NowUs - sinceUs);
    }

    /// <summary>Waits until all replicas of all partitions are in sync, in the eyes of every broker.</summary>
    public void AwaitWhole(string after) => Patience.Await($"all replicas are in sync after: {after}", Patient, () => Watch.IsWhole(_cluster.Size), Watch.ToString);

    /// <summary>Longest time between two acknowledgements of one producer since a time.</summary>
    public TimeSpan LongestGap() =>
        TimeSpan.FromMicroseconds(_producers.Max(static producer => producer.Promises.Zip(producer.Promises.Skip(1), static (a, b) => b.TimeUs - a.TimeUs).DefaultIfEmpty(0).Max()));

    /// <summary>Stops the load, judges the history, and says what there was.</summary>
    public string Judge()
    {
        _producers.ForEach(static producer => producer.Stop(Patient));
        AwaitWhole("the load has ended");
        _readers.ForEach(static reader => reader.Stop());
        CheckFailures();
        List<string> problems = [];
        for (var partition = 0; partition < Partitions; partition++)
        {
            problems.AddRange(Judge(partition));
        }

        return problems.Count == 0
            ? $"{_producers.Sum(static producer => producer.Promises.Sum(static promise => promise.Count))} records acknowledged, {_readers.Sum(static reader => reader.Seen.Count)} read meanwhile, the same at {_cluster.Size} replicas, longest gap {LongestGap().TotalSeconds:0.00} s"
            : throw new FaultException($"{problems.Count} problems: {string.Join("; ", problems.Take(4))}");
    }

    public void Dispose()
    {
        _readers.ForEach(static reader => reader.Stop());
        _producers.ForEach(static producer => producer.Stop(TimeSpan.Zero));
        Watch.Dispose();
    }

    /// <summary>What its leader has against what was promised, and what every other replica has against its leader.</summary>
    private IEnumerable<string> Judge(int partition)
    {
        var history = new ReplicatedHistory(_topic);
        var leader = Watch.LeaderOf(partition)!.Value;
        var log = history.Read(leader.Address, partition);
        var content = new ReplicaContent(_topic, partition);
        return
        [
            .. history.Judge(log, partition, _producers.Where(producer => producer.Partition == partition), _readers[partition]),
            .. _cluster.EndPoints.Where(node => node.Key != leader.Node).Select(node => content.Compare(node.Key, node.Value, log)).OfType<string>(),
        ];
    }

    private void CheckFailures()
    {
        if (_producers.Select(static producer => producer.Failure).Concat(_readers.Select(static reader => reader.Failure)).OfType<string>().FirstOrDefault() is { } failure)
        {
            throw new FaultException(failure);
        }
    }

    private void CreateTopic(IReadOnlyDictionary<string, string> configs)
    {
        var all = new Dictionary<string, string>(configs) { ["min.insync.replicas"] = _cluster.Size > 2 ? "2" : "1", ["retention.ms"] = "-1" };
        string? last = null;
        Patience.Await("the topic is created", Patient, () =>
        {
            try
            {
                BrokerCalls.RequestTopic(_cluster.EndPoints[1], _topic, Partitions, (short)_cluster.Size, all);
                return true;
            }
            catch (IOException error)
            {
                last = error.Message; // not enough brokers yet, or no controller
                return false;
            }
        }, () => last ?? "");
    }
}
