using System.Net;
using System.Text;
using ActorBroker.Faults.Machine;
using ActorBroker.Harness;
using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;

namespace ActorBroker.Faults.Brokers;

/// <summary>The promise of the leader for one batch. The offset is null where it only said that it has the batch already.</summary>
internal readonly record struct Promise(int First, int Count, long? BaseOffset, long TimeUs);

/// <summary>
/// An idempotent producer with acks=all for one partition, with several batches in flight. When the leader changes, its connection breaks or it
/// cannot append now, all that is not acknowledged is sent again to the leader of then: same bytes, same order.
/// </summary>
internal sealed class ReplicatedProducer(int id, string topic, int partition, MetadataWatch watch, IReadOnlyList<IPEndPoint> bootstrap, int seed, int paceMs)
{
    private const int InFlight = 5;
    private const int PatienceMs = 30_000;
    private readonly Random _random = new(seed);
    private readonly LinkedList<Batch> _pending = new();
    private readonly List<Promise> _promises = [];
    private Thread? _thread;
    private volatile bool _stopping;
    private long _lastAckUs;
    private int _next;

    public int Id => id;

    public int Partition => partition;

    /// <summary>Why this producer gave up: it was refused for a reason that no fault excuses.</summary>
    public string? Failure { get; private set; }

    /// <summary>What it was told last by a leader that could not append.</summary>
    public string? Obstacle { get; private set; }

    /// <summary>When the last batch was acknowledged.</summary>
    public long LastAckUs => Volatile.Read(ref _lastAckUs);

    /// <summary>How many records were sent, acknowledged or not.</summary>
    public int Sent => _next;

    /// <summary>What was acknowledged; read it after <see cref="Stop"/>.</summary>
    public IReadOnlyList<Promise> Promises => _promises;

    /// <summary>What a record says.</summary>
    public static byte[] Value(int producer, int number) => Encoding.ASCII.GetBytes($"{producer} {number} {new string('x', 40 + (number % 60))}");

    public void Start()
    {
        _thread = new Thread(Run) { IsBackground = true, Name = $"producer {id}" };
        _thread.Start();
    }

    /// <summary>Stops to make new records and waits until everything that was sent is acknowledged.</summary>
    public void Stop(TimeSpan limit)
    {
        _stopping = true;
        if (_thread?.Join(limit) == false)
        {
            Failure ??= $"producer {id}: not everything was acknowledged within {limit.TotalSeconds} s: {Obstacle ?? "no answer"}";
        }
    }

    private void Run()
    {
        (long Id, short Epoch)? identity = null;
        while (Failure is null && !(_stopping && _pending.Count == 0))
        {
            try
            {
                identity ??= BrokerCalls.NewProducer(bootstrap[_random.Next(bootstrap.Count)]);
                if (watch.LeaderOf(partition) is { } leader)
                {
                    using var connection = new WireConnection(leader.Address, PatienceMs);
                    Converse(connection, leader.Node, identity.Value);
                }
            }
            catch (IOException error)
            {
                Obstacle = error.Message;
            }
            catch (InvalidDataException error)
            {
                Failure = $"producer {id}: {error.Message}";
            }

            Thread.Sleep(5); // before the next attempt; leaves the processor to the brokers
        }
    }

    private void Converse(WireConnection connection, int leader, (long Id, short Epoch) identity)
    {
        foreach (var batch in _pending)
        {
            connection.Send(BrokerCalls.Produce(topic, partition, batch.Bytes, acks: -1), BrokerCalls.ProduceVersion);
        }

        while (!_stopping || _pending.Count > 0)
        {
            while (_pending.Count < InFlight && !_stopping)
            {
                var batch = NewBatch(identity);
                _pending.AddLast(batch);
                connection.Send(BrokerCalls.Produce(topic, partition, batch.Bytes, acks: -1), BrokerCalls.ProduceVersion);
            }

            while (!connection.AwaitInput(50))
            {
                if (watch.LeaderOf(partition) is { } now && now.Node != leader)
                {
                    throw new IOException($"node {now.Node} leads instead of node {leader}");
                }
            }

            connection.Receive<ProduceResponse>(BrokerCalls.ProduceVersion, out var response);
            Settle(_pending.First!.Value, response.Responses[0].PartitionResponses[0]);
            _pending.RemoveFirst();
            Thread.Sleep(paceMs); // the load that was asked for
        }
    }

    private Batch NewBatch((long Id, short Epoch) identity)
    {
        var first = _next;
        var values = Enumerable.Range(first, _random.Next(1, 40)).Select(number => Value(id, number)).ToList();
        _next += values.Count;
        return new Batch(first, values.Count, TestBatch.Build(values, identity.Id, identity.Epoch, first, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()));
    }

    private void Settle(Batch batch, ProduceResponse.PartitionProduceResponse answer)
    {
        var nowUs = SharedClock.NowUs;
        switch (answer.ErrorCode)
        {
            case ErrorCode.None or ErrorCode.DuplicateSequenceNumber:
                _promises.Add(new(batch.First, batch.Count, answer.ErrorCode == ErrorCode.None && answer.BaseOffset >= 0 ? answer.BaseOffset : null, nowUs));
                Volatile.Write(ref _lastAckUs, nowUs);
                break;
            case ErrorCode.NotLeaderOrFollower or ErrorCode.UnknownTopicOrPartition or ErrorCode.LeaderNotAvailable or ErrorCode.NotEnoughReplicas
                or ErrorCode.NotEnoughReplicasAfterAppend or ErrorCode.RequestTimedOut or ErrorCode.KafkaStorageError or ErrorCode.FencedLeaderEpoch
                or ErrorCode.CoordinatorLoadInProgress:
                throw new IOException($"{topic}-{partition}: {answer.ErrorCode} {answer.ErrorMessage}");
            default:
                throw new InvalidDataException($"{topic}-{partition} refused numbers {batch.First} to {batch.First + batch.Count - 1}: {answer.ErrorCode} {answer.ErrorMessage}");
        }
    }

    private sealed record Batch(int First, int Count, byte[] Bytes);
}
