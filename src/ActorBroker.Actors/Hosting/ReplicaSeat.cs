using ActorBroker.Actors.Partitions;
using ActorBroker.Replication;
using Akka.Actor;

namespace ActorBroker.Actors.Hosting;

/// <summary>How a replica that throws is started again.</summary>
/// <param name="FirstPause">Before the first restart; doubles with each one.</param>
/// <param name="LongestPause">Where the doubling ends.</param>
/// <param name="Limit">Restarts within <paramref name="Window"/>; after one more failure the replica stays offline.</param>
public sealed record ReplicaRestarts(TimeSpan FirstPause, TimeSpan LongestPause, int Limit, TimeSpan Window)
{
    public static ReplicaRestarts Default { get; } = new(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(10), 5, TimeSpan.FromMinutes(10));

    internal TimeSpan PauseAfter(int failures) =>
        TimeSpan.FromTicks(Math.Min(FirstPause.Ticks << Math.Clamp(failures - 1, 0, 30), LongestPause.Ticks));
}

/// <summary>
/// What is known of a replica over restarts of its actor. A leader that starts again in the same epoch must not forget what it has proposed, or what the
/// controller has already accepted: its high watermark could pass a replica that is in sync by then.
/// </summary>
public sealed class ReplicaSeat
{
    private readonly Queue<TimeSpan> failures = new();

    /// <summary>Null until the replica manager has told what the replica is.</summary>
    internal Partition? Partition { get; private set; }

    /// <summary>What the shard is told by an entity that wants to be stopped.</summary>
    public required object Goodbye { get; init; }

    internal IActorRef Manager { get; private set; } = ActorRefs.Nobody;

    internal PartitionState? State { get; set; }

    /// <summary>The leader's last stream session: those of the next actor are above.</summary>
    internal long LastSession { get; set; }

    /// <summary>The leader's proposal that was not decided.</summary>
    internal IsrProposal? Undecided { get; private set; }

    /// <summary>Whether what is in memory of the log is not to be believed.</summary>
    internal bool IsLogInDoubt { get; set; }

    /// <summary>Whether the replica failed too often to be tried again.</summary>
    internal bool IsGivenUp { get; private set; }

    internal void Take(Partition partition, PartitionState state, IActorRef manager) => (Partition, State, Manager) = (partition, state, manager);

    /// <summary>Keeps what the next actor must know of this one's leadership.</summary>
    internal void Remember(LeaderCore? leader)
    {
        if (leader is null)
        {
            return;
        }

        LastSession = leader.LastSession;
        if (leader.IsLeading)
        {
            State = leader.State;
            Undecided = leader.Proposal;
        }
    }

    /// <summary>Counts a failure.</summary>
    /// <returns>The pause before the restart; null when there were too many.</returns>
    internal TimeSpan? PauseAfterFailure(TimeSpan now, ReplicaRestarts rule)
    {
        while (failures.TryPeek(out var first) && now - first > rule.Window)
        {
            failures.Dequeue();
        }

        failures.Enqueue(now);
        IsGivenUp |= failures.Count > rule.Limit;
        return IsGivenUp ? null : rule.PauseAfter(failures.Count);
    }
}
