using System.Diagnostics;
using System.Net;
using System.Text;
using ActorBroker.Harness;
using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;

namespace ActorBroker.Fuzz.Nodes;

/// <summary>
/// A well-behaved client of the cluster during the attack: asks a node that is not attacked for all brokers, appends to a topic with a replica on each node and acks=all, and measures the
/// nodes' memory.
/// </summary>
internal sealed class ClusterWatch(Launcher cluster, int nodes, TimeSpan limit)
{
    private const string Topic = "canary";
    private const int IntervalMs = 50;
    private const int Asked = 1;
    private readonly List<long> offsets = [];
    private readonly ManualResetEventSlim stop = new();
    private long producerId;
    private Thread? thread;

    /// <summary>Any client learns it.</summary>
    public string ClusterId { get; private set; } = "";

    public List<string> Problems { get; } = [];

    public int Answers { get; private set; }

    public long SlowestMs { get; private set; }

    public double PeakMiB { get; private set; }

    /// <summary>Waits until the cluster is whole, then begins.</summary>
    public void Start()
    {
        BrokerCalls.AwaitMetadata(cluster.AddressOf(Asked), TimeSpan.FromSeconds(60));
        Eventually.Holds(() => Count() == nodes, "all brokers are there").GetAwaiter().GetResult();
        BrokerCalls.RequestTopic(cluster.AddressOf(Asked), Topic, 1, (short)nodes, new Dictionary<string, string> { ["retention.ms"] = "-1" });
        Eventually.Holds(IsWhole, "all replicas are in sync").GetAwaiter().GetResult();
        (producerId, _) = BrokerCalls.NewProducer(cluster.AddressOf(Asked));
        thread = new Thread(Run) { Name = "cluster watch", IsBackground = true };
        thread.Start();
    }

    public void Stop()
    {
        stop.Set();
        thread?.Join();
    }

    /// <summary>All replicas are in sync and the leader has each acknowledged record where it was acknowledged.</summary>
    public bool Verify(out string verdict)
    {
        try
        {
            Eventually.Holds(IsWhole, "all replicas are in sync").GetAwaiter().GetResult();
            using var connection = new WireConnection(Leader()!, 30_000);
            var log = BrokerCalls.ReadToEnd(connection, Topic, 0, 0).ToDictionary(record => record.Offset, record => Encoding.ASCII.GetString(record.Value));
            var lost = offsets.Select((offset, number) => (offset, number)).Count(a => log.GetValueOrDefault(a.offset) != Value(a.number));
            verdict = $"{offsets.Count} acknowledged, {log.Count} in the log, {lost} not where they were acknowledged";
            return lost == 0 && offsets.Count > 0;
        }
        catch (Exception error) when (error is IOException or InvalidDataException or TimeoutException)
        {
            verdict = error.Message;
            return false;
        }
    }

    private static string Value(int number) => $"canary {number}";

    private void Run()
    {
        WireConnection? leader = null;
        do
        {
            var clock = Stopwatch.StartNew();
            try
            {
                if (Count() is var count && count != nodes)
                {
                    throw new InvalidDataException($"Metadata names {count} brokers of {nodes}");
                }

                leader ??= new WireConnection(Leader() ?? throw new InvalidDataException("the topic has no leader"), (int)limit.TotalMilliseconds);
                Append(leader);
                Answers++;
            }
            catch (Exception error) when (error is IOException or InvalidDataException or ProtocolException)
            {
                Problems.Add($"after {clock.ElapsedMilliseconds} ms: {error.Message}");
                leader?.Dispose();
                leader = null;
            }

            SlowestMs = Math.Max(SlowestMs, clock.ElapsedMilliseconds);
            PeakMiB = Math.Max(PeakMiB, cluster.Processes.Max(process => process.ResidentMiB));
        }
        while (!stop.Wait(IntervalMs));
        leader?.Dispose();
    }

    private MetadataResponse Ask()
    {
        using var connection = new WireConnection(cluster.AddressOf(Asked), (int)limit.TotalMilliseconds);
        var metadata = connection.Call<MetadataResponse>(new MetadataRequest { Topics = null, AllowAutoTopicCreation = false }, BrokerCalls.MetadataVersion);
        ClusterId = metadata.ClusterId ?? "";
        return metadata;
    }

    private int Count() => Ask().Brokers.Count;

    private MetadataResponse.MetadataResponsePartition? Partition() => Ask().Topics.Find(topic => topic.Name == Topic)?.Partitions.FirstOrDefault();

    private bool IsWhole() => Partition()?.IsrNodes.Count == nodes;

    private IPEndPoint? Leader() => Partition() is { LeaderId: > 0 } partition ? cluster.AddressOf(partition.LeaderId) : null;

    private void Append(WireConnection connection)
    {
        var number = offsets.Count;
        var batch = TestBatch.Build([Encoding.ASCII.GetBytes(Value(number))], producerId, 0, number, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
        var answer = connection.Call<ProduceResponse>(BrokerCalls.Produce(Topic, 0, batch, acks: -1), BrokerCalls.ProduceVersion).Responses[0].PartitionResponses[0];
        if (answer.ErrorCode is not (ErrorCode.None or ErrorCode.DuplicateSequenceNumber))
        {
            throw new InvalidDataException($"appending number {number}: {answer.ErrorCode} {answer.ErrorMessage}");
        }

        offsets.Add(answer.BaseOffset);
    }
}
