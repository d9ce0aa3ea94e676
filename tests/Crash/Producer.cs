using System.Net;
using System.Text;
using ActorBroker.Harness;
using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;

namespace ActorBroker.Crash;

/// <summary>
/// An idempotent producer with several batches in flight on one connection. After a lost connection it sends all of them again, the
/// same bytes in the same order, until each is acknowledged: what the broker had appended before it was killed must not appear twice.
/// </summary>
internal sealed class Producer(int id, IPEndPoint address, string topic, int partitions, short acks, int seed)
{
    private const int InFlight = 5;
    private readonly Random _random = new(seed);
    private readonly int[] _nextSequence = new int[partitions];
    private readonly LinkedList<Batch> _pending = new();
    private readonly List<Acknowledgement> _acknowledged = [];
    private Thread? _thread;
    private volatile bool _stopping;
    private long _records;
    private int _sinceConnect;

    /// <summary>Which of the producers this is; every value carries it.</summary>
    public int Id => id;

    /// <summary>Why this producer gave up, when it did: the broker refused a batch for a reason that a crash does not excuse.</summary>
    public string? Failure { get; private set; }

    /// <summary>Records that the broker acknowledged.</summary>
    public long Acknowledged => Interlocked.Read(ref _records);

    /// <summary>Batches acknowledged since the last connect.</summary>
    public int AcknowledgedSinceConnect => Volatile.Read(ref _sinceConnect);

    /// <summary>What was acknowledged; read it after <see cref="Stop"/>.</summary>
    public IReadOnlyList<Acknowledgement> Acknowledgements => _acknowledged;

    /// <summary>How many records were sent to each partition, acknowledged or not.</summary>
    public IReadOnlyList<int> Sent => _nextSequence;

    /// <summary>What a record says: producer and number within its partition.</summary>
    public static byte[] Value(int producer, int number) => Encoding.ASCII.GetBytes($"{producer} {number} {new string('x', 40 + (number % 120))}");

    public void Start()
    {
        _thread = new Thread(Run) { Name = $"producer {id}", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Waits until everything sent is acknowledged.</summary>
    public void Stop()
    {
        _stopping = true;
        if (_thread?.Join(TimeSpan.FromSeconds(60)) == false)
        {
            Failure ??= "not everything was acknowledged within 60 s after the last restart";
        }
    }

    private void Run()
    {
        var producer = ((long Id, short Epoch)?)null;
        while (Failure is null && !(_stopping && _pending.Count == 0))
        {
            try
            {
                producer ??= BrokerCalls.NewProducer(address);
                using var connection = new WireConnection(address, 20_000);
                Volatile.Write(ref _sinceConnect, 0);
                Converse(connection, producer.Value);
            }
            catch (IOException)
            {
                Volatile.Write(ref _sinceConnect, 0); // killed in the middle: connect again
                Thread.Sleep(5); // leaves the processor to the broker that starts
            }
            catch (InvalidDataException error)
            {
                Failure = $"producer {id}: {error.Message}";
            }
        }
    }

    private void Converse(WireConnection connection, (long Id, short Epoch) producer)
    {
        foreach (var batch in _pending)
        {
            connection.Send(BrokerCalls.Produce(topic, batch.Partition, batch.Bytes, acks), BrokerCalls.ProduceVersion);
        }

        while (!_stopping || _pending.Count > 0)
        {
            while (_pending.Count < InFlight && !_stopping)
            {
                var batch = NewBatch(producer);
                _pending.AddLast(batch);
                connection.Send(BrokerCalls.Produce(topic, batch.Partition, batch.Bytes, acks), BrokerCalls.ProduceVersion);
            }

            connection.Receive<ProduceResponse>(BrokerCalls.ProduceVersion, out var response);
            Settle(_pending.First!.Value, response.Responses[0].PartitionResponses[0]);
            _pending.RemoveFirst();
        }
    }

    private Batch NewBatch((long Id, short Epoch) producer)
    {
        var partition = _random.Next(partitions);
        var first = _nextSequence[partition];
        var values = Enumerable.Range(first, _random.Next(1, 40)).Select(number => Value(id, number)).ToList();
        _nextSequence[partition] += values.Count;
        return new Batch(partition, first, values.Count, TestBatch.Build(values, producer.Id, producer.Epoch, first, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()));
    }

    private void Settle(Batch batch, ProduceResponse.PartitionProduceResponse answer)
    {
        switch (answer.ErrorCode)
        {
            case ErrorCode.None:
                _acknowledged.Add(new(batch.Partition, batch.First, batch.Count, answer.BaseOffset));
                break;
            case ErrorCode.DuplicateSequenceNumber:
                _acknowledged.Add(new(batch.Partition, batch.First, batch.Count, null));
                break;
            case ErrorCode.NotLeaderOrFollower or ErrorCode.UnknownTopicOrPartition or ErrorCode.LeaderNotAvailable or ErrorCode.CoordinatorLoadInProgress:
                throw new IOException($"not ready: {answer.ErrorCode}"); // right after a start: send everything again
            default:
                throw new InvalidDataException($"{topic}-{batch.Partition} refused numbers {batch.First} to {batch.First + batch.Count - 1}: {answer.ErrorCode} {answer.ErrorMessage}");
        }

        Interlocked.Add(ref _records, batch.Count);
        Interlocked.Increment(ref _sinceConnect);
    }

    private sealed record Batch(int Partition, int First, int Count, byte[] Bytes);
}

/// <summary>The broker's promise for one batch. The offset is null where it only said that it has the batch already.</summary>
internal sealed record Acknowledgement(int Partition, int First, int Count, long? BaseOffset);
