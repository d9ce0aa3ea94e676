using System.Collections.Concurrent;
using ActorBroker.Coordination.Groups;
using Akka.Actor;

namespace ActorBroker.Actors.Groups;

/// <summary>The groups that this node coordinates, as lists show them, for handlers to read without asking an actor.</summary>
public sealed class GroupDirectory
{
    private readonly ConcurrentDictionary<string, Entry> _groups = new();
    private int _loading;

    /// <summary>Whether partitions are still being loaded, so that groups may be missing.</summary>
    public bool IsLoading => Volatile.Read(ref _loading) > 0;

    public IEnumerable<GroupOverview> All => _groups.Select(entry => entry.Value.Overview);

    internal void LoadStarted() => Interlocked.Increment(ref _loading);

    internal void LoadEnded() => Interlocked.Decrement(ref _loading);

    internal void Show(GroupOverview overview, IActorRef group) => _groups[overview.GroupId] = new Entry(overview, group);

    /// <summary>Takes the group's line away, unless a successor of the same name has put up its own.</summary>
    internal void Forget(string groupId, IActorRef group)
    {
        if (_groups.TryGetValue(groupId, out var entry) && entry.Group.Equals(group))
        {
            _groups.TryRemove(new KeyValuePair<string, Entry>(groupId, entry));
        }
    }

    private sealed record Entry(GroupOverview Overview, IActorRef Group);
}
