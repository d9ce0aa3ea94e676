using ActorBroker.Harness;
using ActorBroker.Protocol;

namespace ActorBroker.Faults.Brokers;

/// <summary>
/// Reads a partition from its leader while it is written, and remembers what stood where: a reader must never be shown what is gone later.
/// </summary>
internal sealed class LiveReader(string topic, int partition, MetadataWatch watch)
{
    private readonly List<ulong> _seen = [];
    private Thread? _thread;
    private volatile bool _stopping;

    /// <summary>What no fault excuses, when it happened.</summary>
    public string? Failure { get; private set; }

    /// <summary>Fingerprints of the values by offset; read it after <see cref="Stop"/>.</summary>
    public IReadOnlyList<ulong> Seen => _seen;

    public int Partition => partition;

    /// <summary>A short stand-in for a value.</summary>
    public static ulong Fingerprint(ReadOnlySpan<byte> value)
    {
        var hash = 14695981039346656037UL; // FNV-1a
        foreach (var b in value)
        {
            hash = (hash ^ b) * 1099511628211UL;
        }

        return hash;
    }

    public void Start()
    {
        _thread = new Thread(Run) { IsBackground = true, Name = $"reader of {partition}" };
        _thread.Start();
    }

    public void Stop()
    {
        _stopping = true;
        _thread?.Join();
    }

    private void Run()
    {
        while (!_stopping && Failure is null)
        {
            try
            {
                if (watch.LeaderOf(partition) is { } leader)
                {
                    using var connection = new WireConnection(leader.Address, 2_000);
                    Read(connection, leader.Node, leader.Epoch);
                }
            }
            catch (IOException)
            {
                // The next attempt asks the leader of then.
            }
            catch (InvalidDataException error)
            {
                Failure = $"reader of {topic}-{partition}: {error.Message}";
            }

            Thread.Sleep(20); // a slow reader: the brokers are to be tested, not the reader
        }
    }

    /// <summary>Reads while this is the leader. A node that does not lead in the epoch says so, whatever its log has, and the metadata is asked again.</summary>
    private void Read(WireConnection connection, int leader, int epoch)
    {
        while (!_stopping && watch.Newest(partition)?.LeaderEpoch == epoch)
        {
            var answer = BrokerCalls.Fetch(connection, topic, partition, _seen.Count, 1 << 20, epoch);
            if (answer.ErrorCode == ErrorCode.OffsetOutOfRange && watch.Newest(partition)?.LeaderEpoch == epoch)
            {
                throw new InvalidDataException($"node {leader}, leader of epoch {epoch}, does not have offset {_seen.Count}, which comes after what was read");
            }

            if (answer.ErrorCode != ErrorCode.None)
            {
                throw new IOException($"{answer.ErrorCode}"); // FENCED_LEADER_EPOCH and UNKNOWN_LEADER_EPOCH among them
            }

            foreach (var (offset, value) in TestBatch.Parse(answer.Records?.ToArray()))
            {
                if (offset == _seen.Count)
                {
                    _seen.Add(Fingerprint(value));
                }
                else if (offset > _seen.Count)
                {
                    throw new InvalidDataException($"offset {offset} follows {_seen.Count - 1}");
                }
            }

            Thread.Sleep(20);
        }
    }
}
