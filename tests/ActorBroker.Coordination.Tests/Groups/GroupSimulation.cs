using System.Text;
using ActorBroker.Coordination.Groups;
using ActorBroker.Model;

namespace ActorBroker.Coordination.Tests.Groups;

/// <summary>
/// One group, the log that it writes to, and consumers that join, sync, heartbeat, commit, pause, leave and crash. Checked throughout:
/// each request has one reply, generations grow, one generation has one assignment, and no two members of it own the same partition.
/// </summary>
internal sealed class GroupSimulation
{
    private const int Partitions = 12;

    private readonly Random _random;
    private readonly GroupSettings _settings;
    private readonly List<SimulatedConsumer> _consumers = [];
    private readonly Dictionary<long, Action<GroupReply>> _waiting = [];
    private readonly HashSet<long> _answered = [];
    private readonly Queue<GroupEffect.Write> _writes = [];
    private readonly List<GroupRecord> _log = [];

    /// <summary>Who owns a partition in a generation, as members were told.</summary>
    private readonly Dictionary<(int Generation, int Partition), string> _owners = [];

    /// <summary>Acknowledged offsets, at least.</summary>
    private readonly Dictionary<int, long> _acknowledged = [];

    private GroupCore _core;
    private long _lastToken;
    private long _nowMs = 1_000_000;
    private long _wakeAtMs = long.MaxValue;
    private int _highestGeneration;

    public GroupSimulation(int seed)
    {
        _random = new Random(seed);
        _settings = GroupSettings.Default with
        {
            InitialRebalanceDelayMs = _random.Next(2) * 3_000,
            MaxSize = _random.Next(3) == 0 ? 6 : int.MaxValue,
        };
        _core = new GroupCore("g", _settings);
        for (var i = 0; i < 10; i++)
        {
            _consumers.Add(new SimulatedConsumer(this, i, i % 3 == 0 ? $"instance-{i}" : null, requiresKnownId: i % 2 == 0));
        }
    }

    public long NowMs => _nowMs;

    public Random Random => _random;

    public void Run(int steps)
    {
        for (var i = 0; i < steps; i++)
        {
            var luck = _random.Next(1_000);
            if (luck < 550)
            {
                _consumers[_random.Next(_consumers.Count)].Act();
            }
            else if (luck < 800)
            {
                CompleteOneWrite(_random.Next(30) == 0 ? (WriteOutcome)_random.Next(1, 6) : WriteOutcome.Written);
            }
            else if (luck < 985)
            {
                Advance(_random.Next(1_500));
            }
            else if (luck < 993)
            {
                _consumers[_random.Next(_consumers.Count)].Crash();
            }
            else if (luck < 996)
            {
                Step(new GroupEvent.ExpireOffsets());
            }
            else
            {
                CrashCoordinator();
            }
        }
    }

    /// <summary>No more faults: the group comes to rest.</summary>
    public void Settle()
    {
        for (var round = 0; round < 400; round++)
        {
            foreach (var consumer in _consumers)
            {
                consumer.ActCalmly();
            }

            while (_writes.Count > 0)
            {
                CompleteOneWrite(WriteOutcome.Written);
            }

            Advance(1_000);
        }
    }

    public void CheckSettled()
    {
        Assert.Equal(GroupState.Stable, _core.State);
        var owners = _consumers.Where(consumer => consumer.IsStable(_core.Generation)).SelectMany(consumer => consumer.Owned).ToList();
        Assert.Equal(Enumerable.Range(0, Partitions), owners.Order());
        Assert.Empty(_waiting);
    }

    public void Send(Func<RequestToken, GroupEvent.Request> request, Action<GroupReply> onReply)
    {
        var token = new RequestToken(++_lastToken);
        _waiting.Add(token.Value, onReply);
        Step(request(token));
    }

    /// <summary>A client that is gone does not hear the reply, but it must still be sent.</summary>
    public void CheckAssignment(int generation, string memberId, IEnumerable<int> partitions)
    {
        foreach (var partition in partitions)
        {
            if (_owners.TryGetValue((generation, partition), out var owner))
            {
                Assert.True(owner == memberId, $"Partition {partition} belongs to {owner} and {memberId} in generation {generation}.");
            }

            _owners[(generation, partition)] = memberId;
        }
    }

    /// <summary>A static member's successor inherits what its old id owned.</summary>
    public void Inherit(string oldMemberId, string newMemberId)
    {
        foreach (var key in _owners.Where(pair => pair.Value == oldMemberId).Select(pair => pair.Key).ToList())
        {
            _owners[key] = newMemberId;
        }
    }

    public void CheckGeneration(int generation)
    {
        Assert.True(generation >= _highestGeneration, $"Generation {generation} after {_highestGeneration}.");
        _highestGeneration = generation;
    }

    public void Acknowledged(int partition, long offset) => _acknowledged[partition] = Math.Max(_acknowledged.GetValueOrDefault(partition, -1), offset);

    public static byte[] Encode(IEnumerable<int> partitions) => Encoding.UTF8.GetBytes(string.Join(',', partitions));

    public static int[] Decode(ReadOnlyMemory<byte> assignment) => assignment.IsEmpty
        ? []
        : [.. Encoding.UTF8.GetString(assignment.Span).Split(',').Select(int.Parse)];

    public static IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Assign(IReadOnlyList<JoinedMember> members) => Enumerable.Range(0, Partitions)
        .GroupBy(partition => members[partition % members.Count].MemberId)
        .ToDictionary(group => group.Key, group => (ReadOnlyMemory<byte>)Encode(group));

    private void Step(GroupEvent happened)
    {
        var generation = _core.Generation;
        foreach (var effect in _core.Step(happened, _nowMs))
        {
            switch (effect)
            {
                case GroupEffect.Reply reply:
                    Assert.True(_answered.Add(reply.Token.Value), $"Two replies to request {reply.Token.Value}.");
                    Assert.True(_waiting.Remove(reply.Token.Value, out var onReply), $"A reply to nobody: {reply.Token.Value}.");
                    onReply(reply.Result);
                    break;
                case GroupEffect.Write write:
                    _writes.Enqueue(write);
                    break;
                case GroupEffect.WakeAt wake:
                    _wakeAtMs = wake.AtMs;
                    break;
                case GroupEffect.Removed:
                    Restart();
                    break;
            }
        }

        Assert.True(_core.Generation >= generation || _core.State == GroupState.Empty);
    }

    private void CompleteOneWrite(WriteOutcome outcome)
    {
        if (_writes.TryDequeue(out var write))
        {
            if (outcome == WriteOutcome.Written)
            {
                _log.AddRange(write.Records);
            }

            Step(new GroupEvent.WriteCompleted(write.WriteId, outcome));
        }
    }

    private void Advance(long ms)
    {
        var endMs = _nowMs + ms;
        while (_wakeAtMs <= endMs)
        {
            _nowMs = Math.Max(_nowMs, _wakeAtMs);
            _wakeAtMs = long.MaxValue;
            Step(new GroupEvent.Tick());
        }

        _nowMs = endMs;
    }

    private void CrashCoordinator()
    {
        _writes.Clear();
        foreach (var (token, onReply) in _waiting.OrderBy(pair => pair.Key).ToList())
        {
            // The connection breaks.
            _waiting.Remove(token);
            onReply(new GroupReply.Heartbeat(GroupError.NotCoordinator));
        }

        Restart();
        CheckOffsets();
    }

    private void Restart()
    {
        _core = new GroupCore("g", _settings);
        _wakeAtMs = long.MaxValue;
        _writes.Clear();
        foreach (var record in _log)
        {
            _core.Replay(record);
        }

        // Memory ran ahead of the log: generations that no assignment was written for are given out again.
        _highestGeneration = _core.Generation;
        foreach (var key in _owners.Keys.Where(key => key.Generation > _core.Generation).ToList())
        {
            Assert.Fail($"Generation {key.Generation} was assigned and is not in the log.");
        }

        Step(new GroupEvent.Loaded());
    }

    private void CheckOffsets()
    {
        GroupReply.FetchOffsets? fetched = null;
        Send(token => new GroupEvent.FetchOffsets(token, [.. Enumerable.Range(0, Partitions).Select(partition => new TopicPartition("t", partition))]),
            reply => fetched = (GroupReply.FetchOffsets)reply);
        foreach (var offset in fetched!.Offsets)
        {
            Assert.True(offset.Offset.Value >= _acknowledged.GetValueOrDefault(offset.Partition.Partition, -1), $"An acknowledged offset of {offset.Partition} is lost.");
        }
    }
}
