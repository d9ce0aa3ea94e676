using Akka.Actor;

namespace Akka.Cluster.Sharding;

/// <summary>
/// What a region has promised to coordinators and which shards it hosts for them. It obeys one coordinator at a time and never an older one again. Each allocation has
/// a number that grows with the coordinator's epoch, so that a request that is repeated, or late, starts nothing that was stopped after it, and a late word of
/// a stop is not taken for the stop of a later allocation. Shards that a coordinator found here, when it came, have the number 0.
/// </summary>
internal sealed class HostingLedger
{
    private readonly Dictionary<string, long> _hosted = [];
    private readonly Dictionary<string, long> _stopped = [];

    /// <summary>What a region does with a request.</summary>
    public enum Answer
    {
        /// <summary>Nothing: it is late.</summary>
        Ignore,

        /// <summary>Does it.</summary>
        Do,

        /// <summary>Says that it is done.</summary>
        Confirm,
    }

    /// <summary>The coordinator that is obeyed; null if it is not known or has stopped.</summary>
    public IActorRef? Coordinator { get; private set; }

    /// <summary>No coordinator with a smaller epoch is obeyed.</summary>
    public long Promised { get; private set; }

    /// <summary>Hosted shards, stopping ones included.</summary>
    public IReadOnlyCollection<string> Hosted => _hosted.Keys;

    /// <summary>Promises to obey a coordinator that asks for what is hosted; false if a newer one, or another one with the same epoch, has the promise.</summary>
    public bool TryPromise(IActorRef coordinator, long epoch)
    {
        if (epoch < Promised || (epoch == Promised && !coordinator.Equals(Coordinator))) return false;
        Follow(coordinator, epoch);
        return true;
    }

    /// <summary>Follows a coordinator that has registered the region.</summary>
    public bool TryRegister(IActorRef coordinator, long epoch)
    {
        if (epoch < Promised || (epoch == Promised && Coordinator is not null && !coordinator.Equals(Coordinator))) return false;
        Follow(coordinator, epoch);
        return true;
    }

    /// <summary>The coordinator has stopped; its epoch stays promised.</summary>
    public void LoseCoordinator() => Coordinator = null;

    public bool Obeys(IActorRef sender, long epoch) => epoch == Promised && sender.Equals(Coordinator);

    /// <summary>The coordinator wants a shard to be hosted here.</summary>
    public Answer Host(string shard, long number)
    {
        if (_stopped.TryGetValue(shard, out var stopped) && number <= stopped) return Answer.Ignore;
        var isHosted = _hosted.TryGetValue(shard, out var hosted);
        if (isHosted && number < hosted) return Answer.Ignore;
        _hosted[shard] = number;
        return isHosted ? Answer.Confirm : Answer.Do;
    }

    /// <summary>The coordinator wants a shard to be stopped.</summary>
    public Answer HandOff(string shard, long number)
    {
        if (_hosted.TryGetValue(shard, out var hosted)) return number < hosted ? Answer.Ignore : Answer.Do;
        _stopped[shard] = Math.Max(number, _stopped.GetValueOrDefault(shard, number));
        return Answer.Confirm;
    }

    /// <summary>A shard has stopped for good.</summary>
    /// <returns>The number of its allocation.</returns>
    public long Stopped(string shard)
    {
        if (!_hosted.Remove(shard, out var number)) return 0;
        _stopped[shard] = number;
        return number;
    }

    private void Follow(IActorRef coordinator, long epoch)
    {
        if (epoch > Promised)
        {
            foreach (var shard in _hosted.Keys.ToArray()) _hosted[shard] = 0;
            _stopped.Clear();
        }

        Promised = epoch;
        Coordinator = coordinator;
    }
}
