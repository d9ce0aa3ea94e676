using System.Net;
using ActorBroker.Harness;
using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;

namespace ActorBroker.Faults.Brokers;

/// <summary>What is known of one partition.</summary>
internal sealed record PartitionView(int Leader, int LeaderEpoch, IReadOnlyList<int> Isr);

/// <summary>
/// Asks all brokers all the time where the leaders are. Of several opinions the one with the newest leader epoch counts, and none that is older than what was
/// heard before: as clients do, which would otherwise turn to a leader that was cut off and does not know it.
/// </summary>
internal sealed class MetadataWatch : IDisposable
{
    private const int IntervalMs = 20;
    private const int PatienceMs = 1_000;
    private readonly IReadOnlyDictionary<int, IPEndPoint> _nodes;
    private readonly string _topic;
    private readonly int _partitions;
    private readonly Dictionary<int, Opinion> _opinions = [];
    private readonly int[] _newestEpochs;
    private readonly List<Thread> _threads = [];
    private volatile bool _stopping;

    public MetadataWatch(IReadOnlyDictionary<int, IPEndPoint> nodes, string topic, int partitions)
    {
        _nodes = nodes;
        _topic = topic;
        _partitions = partitions;
        _newestEpochs = new int[partitions];
        foreach (var node in nodes.Keys)
        {
            var thread = new Thread(() => Watch(node)) { IsBackground = true, Name = $"metadata of node {node}" };
            _threads.Add(thread);
            thread.Start();
        }
    }

    /// <summary>The newest that any broker says of a partition; null while none says anything that is new enough.</summary>
    public PartitionView? Newest(int partition)
    {
        lock (_opinions)
        {
            return _opinions.Values.Select(opinion => opinion.Partitions.GetValueOrDefault(partition)).OfType<PartitionView>()
                .Where(view => view.LeaderEpoch >= _newestEpochs[partition]).MaxBy(static view => view.LeaderEpoch);
        }
    }

    /// <summary>The leader of a partition; null while there is none.</summary>
    public (int Node, IPEndPoint Address, int Epoch)? LeaderOf(int partition) =>
        Newest(partition) is { } view && _nodes.TryGetValue(view.Leader, out var address) ? (view.Leader, address, view.LeaderEpoch) : null;

    /// <summary>Whether every broker that is asked answers, and says of each partition that so many replicas are in sync.</summary>
    public bool IsWhole(int replicas)
    {
        lock (_opinions)
        {
            return _opinions.Count == _nodes.Count && _opinions.Values.All(opinion => opinion.Partitions.Count == _partitions
                && opinion.Partitions.Values.All(view => view.Leader >= 0 && view.Isr.Count == replicas));
        }
    }

    /// <summary>One line for reports.</summary>
    public override string ToString()
    {
        lock (_opinions)
        {
            return string.Join("; ", _nodes.Keys.Select(node => _opinions.TryGetValue(node, out var opinion)
                ? $"node {node} says {string.Join(' ', opinion.Partitions.OrderBy(static p => p.Key).Select(static p => $"{p.Key}:{p.Value.Leader}@{p.Value.LeaderEpoch}[{string.Join(',', p.Value.Isr)}]"))}"
                : $"node {node} does not answer"));
        }
    }

    public void Dispose()
    {
        _stopping = true;
        _threads.ForEach(static thread => thread.Join());
    }

    private void Watch(int node)
    {
        while (!_stopping)
        {
            try
            {
                using var connection = new WireConnection(_nodes[node], PatienceMs);
                while (!_stopping)
                {
                    Note(node, connection.Call<MetadataResponse>(new MetadataRequest { Topics = [new() { Name = _topic }], AllowAutoTopicCreation = false }, BrokerCalls.MetadataVersion));
                    Thread.Sleep(IntervalMs); // an interval, so that the brokers have other things to do too
                }
            }
            catch (IOException)
            {
                lock (_opinions)
                {
                    _opinions.Remove(node);
                }

                Thread.Sleep(IntervalMs);
            }
        }
    }

    private void Note(int node, MetadataResponse answer)
    {
        var partitions = answer.Topics.Where(topic => topic.Name == _topic && topic.ErrorCode == ErrorCode.None).SelectMany(static topic => topic.Partitions)
            .ToDictionary(static partition => partition.PartitionIndex, static partition => new PartitionView(partition.LeaderId, partition.LeaderEpoch, [.. partition.IsrNodes]));
        lock (_opinions)
        {
            _opinions[node] = new Opinion(partitions);
            foreach (var (partition, view) in partitions)
            {
                _newestEpochs[partition] = Math.Max(_newestEpochs[partition], view.LeaderEpoch);
            }
        }
    }

    private sealed record Opinion(Dictionary<int, PartitionView> Partitions);
}
