using System.Diagnostics;
using System.Text;
using ActorBroker.Harness;
using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;

namespace ActorBroker.Fuzz;

/// <summary>
/// A well-behaved client during the attack: asks for Metadata and appends to the canary topic many times a second, measures the
/// broker's memory, and deletes the topics that mutated names have made when there are many.
/// </summary>
internal sealed class Watch(Launcher broker, TimeSpan limit)
{
    private const int TopicsBeforeCleanup = 300;
    private const int IntervalMs = 50;
    private const short MetadataVersion = 9;
    private readonly List<long> _offsets = [];
    private readonly ManualResetEventSlim _stop = new();
    private Thread? _thread;
    private long _producerId;

    public List<string> Problems { get; } = [];

    public int Answers { get; private set; }

    public long SlowestMs { get; private set; }

    public double PeakMiB { get; private set; }

    public void Start()
    {
        BrokerCalls.CreateTopic(broker.Address, Corpus.Canary, 1, new Dictionary<string, string> { ["retention.ms"] = "-1", ["retention.bytes"] = "-1", ["cleanup.policy"] = "delete" });
        (_producerId, _) = BrokerCalls.NewProducer(broker.Address);
        _thread = new Thread(Run) { Name = "watch", IsBackground = true };
        _thread.Start();
    }

    public void Stop()
    {
        _stop.Set();
        _thread?.Join();
    }

    /// <summary>Reads the canary topic: each acknowledged record must stand where it was acknowledged.</summary>
    public bool Verify(out string verdict)
    {
        try
        {
            using var connection = new WireConnection(broker.Address, 30_000);
            var log = BrokerCalls.ReadToEnd(connection, Corpus.Canary, 0, 0).ToDictionary(record => record.Offset, record => Encoding.ASCII.GetString(record.Value));
            var lost = _offsets.Select((offset, number) => (offset, number)).Count(a => log.GetValueOrDefault(a.offset) != Value(a.number));
            verdict = $"{_offsets.Count} acknowledged, {log.Count} in the log" + (lost > 0 ? $", {lost} are not where they were acknowledged" : "");
            return lost == 0 && _offsets.Count > 0;
        }
        catch (Exception error) when (error is IOException or InvalidDataException)
        {
            verdict = error.Message;
            return false;
        }
    }

    private static string Value(int number) => $"canary {number}";

    private void Run()
    {
        WireConnection? connection = null;
        do
        {
            var clock = Stopwatch.StartNew();
            try
            {
                connection ??= new WireConnection(broker.Address, (int)limit.TotalMilliseconds);
                Ask(connection);
                Append(connection);
                Answers++;
            }
            catch (Exception error) when (error is IOException or InvalidDataException or ProtocolException)
            {
                Problems.Add($"after {clock.ElapsedMilliseconds} ms: {error.Message}");
                connection?.Dispose();
                connection = null;
            }

            SlowestMs = Math.Max(SlowestMs, clock.ElapsedMilliseconds);
            PeakMiB = Math.Max(PeakMiB, broker.ResidentMiB);
        }
        while (!_stop.Wait(IntervalMs));
        connection?.Dispose();
    }

    private static void Ask(WireConnection connection)
    {
        var metadata = connection.Call<MetadataResponse>(new MetadataRequest { Topics = null, AllowAutoTopicCreation = false }, MetadataVersion);
        if (metadata.Brokers.Count == 0 || metadata.Topics.TrueForAll(topic => topic.Name != Corpus.Canary))
        {
            throw new InvalidDataException("Metadata without a broker, or without the canary topic");
        }

        if (metadata.Topics.Count > TopicsBeforeCleanup)
        {
            var names = metadata.Topics.Where(topic => topic.Name != Corpus.Canary && !topic.IsInternal).Select(topic => topic.Name!).ToList();
            connection.Call<DeleteTopicsResponse>(new DeleteTopicsRequest { TopicNames = names, TimeoutMs = 10_000 }, 5);
        }
    }

    private void Append(WireConnection connection)
    {
        var number = _offsets.Count;
        var batch = TestBatch.Build([Encoding.ASCII.GetBytes(Value(number))], _producerId, 0, number, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
        var answer = connection.Call<ProduceResponse>(BrokerCalls.Produce(Corpus.Canary, 0, batch, acks: -1), BrokerCalls.ProduceVersion).Responses[0].PartitionResponses[0];
        if (answer.ErrorCode != ErrorCode.None)
        {
            throw new InvalidDataException($"appending number {number} to the canary topic: {answer.ErrorCode} {answer.ErrorMessage}");
        }

        _offsets.Add(answer.BaseOffset);
    }
}
