using System.Collections.Concurrent;
using Akka.Actor;

namespace ActorBroker.Actors.Streams;

/// <summary>
/// The leaders of a node that want to be told when some time has passed: one timer serves them all, it runs only while somebody waits, and a leader
/// whose followers have everything costs nothing. Any thread.
/// </summary>
internal sealed class ReplicationTicks
{
    private readonly ConcurrentDictionary<IActorRef, bool> waiting = new();
    private volatile IActorRef timer = ActorRefs.Nobody;
    private int isTimerSet;

    /// <summary>To the owner of the timer: it is to run out once.</summary>
    /// <param name="By">Who wants it.</param>
    internal sealed record Wanted(ReplicationTicks By);

    /// <summary>The owner of the timer, from now on.</summary>
    public void WakeBy(IActorRef owner)
    {
        timer = owner;
        Volatile.Write(ref isTimerSet, 0);
        MaybeSetTimer();
    }

    public void Add(IActorRef replica)
    {
        if (waiting.TryAdd(replica, true))
        {
            MaybeSetTimer();
        }
    }

    public void Remove(IActorRef replica) => waiting.TryRemove(replica, out _);

    /// <summary>The timer ran out.</summary>
    /// <param name="isOnce">Whether who is told waits no more; otherwise it goes on until it is removed.</param>
    public void TickAll(object tick, bool isOnce = false)
    {
        foreach (var (replica, _) in waiting)
        {
            if (isOnce)
            {
                waiting.TryRemove(replica, out _);
            }

            replica.Tell(tick, ActorRefs.NoSender);
        }

        Volatile.Write(ref isTimerSet, 0);
        MaybeSetTimer();
    }

    private void MaybeSetTimer()
    {
        if (!waiting.IsEmpty && Interlocked.Exchange(ref isTimerSet, 1) == 0)
        {
            timer.Tell(new Wanted(this), ActorRefs.NoSender);
        }
    }
}
