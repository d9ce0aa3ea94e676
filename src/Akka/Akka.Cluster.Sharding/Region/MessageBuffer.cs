using Akka.Actor;

namespace Akka.Cluster.Sharding;

/// <summary>Messages that wait for something, by what they wait for. All of them together have a limit.</summary>
internal sealed class MessageBuffer(int capacity, RegionGauge gauge)
{
    private readonly Dictionary<string, Queue<(object Message, IActorRef Sender)>> _waiting = [];

    /// <summary>Messages that wait.</summary>
    public int Count { get; private set; }

    /// <summary>What messages wait for.</summary>
    public IReadOnlyCollection<string> Keys => _waiting.Keys;

    public bool Contains(string key) => _waiting.ContainsKey(key);

    /// <summary>Keeps a message; false if there is no room.</summary>
    public bool TryAdd(string key, object message, IActorRef sender)
    {
        if (Count >= capacity) return false;
        if (!_waiting.TryGetValue(key, out Queue<(object, IActorRef)>? queue)) _waiting[key] = queue = new Queue<(object, IActorRef)>();
        queue.Enqueue((message, sender));
        Count++;
        gauge.AddBuffered(1);
        return true;
    }

    /// <summary>Takes the messages of a key out, in their order.</summary>
    public IEnumerable<(object Message, IActorRef Sender)> Take(string key)
    {
        if (!_waiting.Remove(key, out Queue<(object, IActorRef)>? queue)) return [];
        Count -= queue.Count;
        gauge.AddBuffered(-queue.Count);
        return queue;
    }

    /// <summary>Takes all messages out.</summary>
    public IEnumerable<(object Message, IActorRef Sender)> TakeAll() => [.. _waiting.Keys.ToArray().SelectMany(Take)];
}
