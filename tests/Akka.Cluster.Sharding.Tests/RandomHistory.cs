using System.Collections.Immutable;
using Akka.Actor;

namespace Akka.Cluster.Sharding.Tests;

/// <summary>
/// Coordinators that follow one another, and regions that obey by the rules of <see cref="ShardRegion"/>, over a network that delays and loses messages and keeps the
/// order of each pair. After every step no shard may run in two regions. A failing seed replays.
/// </summary>
internal sealed class RandomHistory
{
    private const int Nodes = 3;
    private static readonly string[] Shards = ["1", "2", "3"];

    private readonly int _seed;
    private readonly Random _random;
    private readonly UniqueAddress[] _members = [.. Enumerable.Range(1, Nodes).Select(CoordinatorCoreTests.Node)];
    private readonly FakeRegion[] _regions;
    private readonly Dictionary<(object From, object To), Queue<object>> _network = [];
    private readonly HashSet<UniqueAddress> _removed = [];
    private Coordinator _coordinator;
    private int _coordinators;

    public RandomHistory(int seed)
    {
        _seed = seed;
        _random = new Random(seed);
        _regions = [.. _members.Select((m, i) => new FakeRegion(m, new CoordinatorCoreTests.Ref($"region{i}")))];
        _coordinator = NewCoordinator();
    }

    public void Play(int steps)
    {
        for (var i = 0; i < steps; i++)
        {
            Act();
            foreach (var shard in Shards)
            {
                var hosts = _regions.Count(r => r.Hosted.Contains(shard));
                Assert.True(hosts <= 1, $"Seed {_seed}, step {i}: shard {shard} runs in {hosts} regions");
            }
        }
    }

    private void Act()
    {
        switch (_random.Next(12))
        {
            case 0: Decide(new CoordinatorEvent.HomeWanted(Shards[_random.Next(Shards.Length)], Living().Ref)); break;
            case 1: Decide(new CoordinatorEvent.RebalanceWanted([Shards[_random.Next(Shards.Length)]])); break;
            case 2: Decide(new CoordinatorEvent.Resend()); break;
            case 3 when _random.Next(4) == 0: _coordinator = NewCoordinator(); break;
            case 4 when _random.Next(20) == 0 && _removed.Count < Nodes - 1: Remove(); break;
            case 5 when _random.Next(4) == 0: Lose(); break;
            case 6: Decide(new CoordinatorEvent.MoveTimedOut(Shards[_random.Next(Shards.Length)])); break;
            case 7 when _random.Next(3) == 0:
                FakeRegion registers = Living();
                Send(registers, _coordinator, new RegisterRegion(registers.Node, [.. registers.Hosted]));
                break;
            default: Deliver(); break;
        }
    }

    private FakeRegion Living() => _regions.Where(r => !_removed.Contains(r.Node)).ElementAt(_random.Next(Nodes - _removed.Count));

    private Coordinator NewCoordinator()
    {
        var coordinator = new Coordinator(new CoordinatorCoreTests.Ref($"coordinator{++_coordinators}"), new CoordinatorState { Epoch = 1, Remembers = false });
        _coordinator = coordinator;
        Decide(new CoordinatorEvent.MembersChanged(_members.Where(m => !_removed.Contains(m)).ToImmutableDictionary(static m => m, static _ => true)));
        return coordinator;
    }

    /// <summary>A member is removed; by then its process has ended.</summary>
    private void Remove()
    {
        FakeRegion lost = Living();
        _removed.Add(lost.Node);
        lost.Hosted.Clear();
        Decide(new CoordinatorEvent.Gone(lost.Ref));
        Decide(new CoordinatorEvent.MembersChanged(_members.Where(m => !_removed.Contains(m)).ToImmutableDictionary(static m => m, static _ => true)));
    }

    private void Decide(CoordinatorEvent what)
    {
        CoordinatorStep step = CoordinatorCore.Step(_coordinator.State, what);
        _coordinator.State = step.State;
        foreach (CoordinatorEffect effect in step.Effects)
        {
            switch (effect)
            {
                case CoordinatorEffect.Send send: Send(_coordinator, _regions.First(r => r.Ref.Equals(send.To)), send.Message); break;
                case CoordinatorEffect.Ask ask: Send(_coordinator, _regions.First(r => r.Node.Equals(ask.Member)), new CollectShards("t", _coordinator.State.Epoch)); break;
                case CoordinatorEffect.Allocate allocate: Decide(new CoordinatorEvent.Allocated(allocate.Shard, Living().Ref)); break;
            }
        }
    }

    private void Send(object from, object to, object message)
    {
        if (!_network.TryGetValue((from, to), out Queue<object>? queue)) _network[(from, to)] = queue = new Queue<object>();
        queue.Enqueue(message);
    }

    private void Lose()
    {
        if (Waiting() is { } queue) queue.Value.Dequeue();
    }

    private void Deliver()
    {
        if (Waiting() is not { } link) return;
        var message = link.Value.Dequeue();
        switch (link.Key.To)
        {
            case FakeRegion region when !_removed.Contains(region.Node):
                var from = (Coordinator)link.Key.From;
                foreach (var answer in region.Receive(from, (CoordinationMessage)message)) Send(region, from, answer);
                break;
            // A coordinator that is not the last one has stopped.
            case Coordinator coordinator when coordinator == _coordinator:
                OnCoordinator((FakeRegion)link.Key.From, message);
                break;
        }
    }

    private void OnCoordinator(FakeRegion from, object message)
    {
        if (_removed.Contains(from.Node)) return;
        switch (message)
        {
            case ShardsCollected answer: Decide(new CoordinatorEvent.Collected(answer)); break;
            case RegisterRegion register: Decide(new CoordinatorEvent.RegionCame(from.Ref, register)); break;
            case EpochRefused refused: Decide(new CoordinatorEvent.Refused(refused.Promised)); break;
            case ShardStarted started: Decide(new CoordinatorEvent.Started(started.Shard, from.Ref, started.Number)); break;
            case BeginHandOffAck acknowledged: Decide(new CoordinatorEvent.Acknowledged(acknowledged.Shard, from.Ref)); break;
            case ShardStopped stopped: Decide(new CoordinatorEvent.Stopped(stopped.Shard, from.Ref, stopped.Number, stopped.Entities)); break;
        }
    }

    private KeyValuePair<(object From, object To), Queue<object>>? Waiting()
    {
        var links = _network.Where(static l => l.Value.Count > 0).ToArray();
        return links.Length == 0 ? null : links[_random.Next(links.Length)];
    }

    private sealed class Coordinator(IActorRef self, CoordinatorState state)
    {
        public IActorRef Self { get; } = self;

        public CoordinatorState State { get; set; } = state;
    }

    private sealed class FakeRegion(UniqueAddress node, IActorRef self)
    {
        private readonly HostingLedger _ledger = new();

        public UniqueAddress Node { get; } = node;

        public IActorRef Ref { get; } = self;

        public HashSet<string> Hosted { get; } = [];

        public IEnumerable<object> Receive(Coordinator from, CoordinationMessage message)
        {
            switch (message)
            {
                case CollectShards collect:
                    return _ledger.TryPromise(from.Self, collect.Epoch)
                        ? [new ShardsCollected(Node, collect.Epoch, Ref, [.. Hosted], [])]
                        : [new EpochRefused(_ledger.Promised)];
                case RegisterAck ack:
                    _ledger.TryRegister(from.Self, ack.Epoch);
                    return [];
                case HostShard host when _ledger.Obeys(from.Self, host.Epoch) && _ledger.Host(host.Shard, host.Number) != HostingLedger.Answer.Ignore:
                    Hosted.Add(host.Shard);
                    return [new ShardStarted(host.Shard, host.Number)];
                case BeginHandOff begin when _ledger.Obeys(from.Self, begin.Epoch):
                    return [new BeginHandOffAck(begin.Shard)];
                case HandOff handOff when _ledger.Obeys(from.Self, handOff.Epoch):
                    return Stop(handOff);
                default:
                    return [];
            }
        }

        private IEnumerable<object> Stop(HandOff handOff)
        {
            HostingLedger.Answer answer = _ledger.HandOff(handOff.Shard, handOff.Number);
            if (answer == HostingLedger.Answer.Ignore) return [];
            var number = answer == HostingLedger.Answer.Do ? _ledger.Stopped(handOff.Shard) : handOff.Number;
            Hosted.Remove(handOff.Shard);
            return [new ShardStopped(handOff.Shard, number, default)];
        }
    }
}
