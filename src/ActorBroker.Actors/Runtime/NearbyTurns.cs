using System.Diagnostics;
using ActorBroker.Links;
using Akka.Dispatch;

namespace ActorBroker.Actors.Runtime;

/// <summary>
/// The turns of actors that a thread owes. A thread that takes in many messages at once, such as that of a link, gathers the turns that they cause and takes them itself when it has handed all
/// over: no other thread is woken, and what came together is handled together. Only actors on a dispatcher with <see cref="NearbyExecutor"/> have such turns.
/// </summary>
public sealed class NearbyTurns : ILinkRound
{
    /// <summary>Turns beyond these are the pool's: work for many actors is better shared among processors.</summary>
    private const int Most = 4;

    /// <summary>A turn that takes longer has waited for something, mostly a disk: others shall not wait with it.</summary>
    private static readonly TimeSpan Slow = TimeSpan.FromMilliseconds(5);

    /// <summary>Then the pool has all turns for so long.</summary>
    private static readonly TimeSpan PauseAfterSlow = TimeSpan.FromSeconds(1);

    [ThreadStatic]
    private static NearbyTurns? current;

    private readonly Queue<IRunnable> owed = new(Most);
    private long pausedSince;

    /// <summary>From here on the calling thread gathers turns, until <see cref="End"/>.</summary>
    public void Begin() => current = pausedSince != 0 && Stopwatch.GetElapsedTime(pausedSince) < PauseAfterSlow ? null : this;

    /// <summary>Takes the turns that were gathered, one of each actor. What they cause is the pool's. No lock may be held.</summary>
    public void End()
    {
        current = null;
        try
        {
            while (owed.TryDequeue(out var turn))
            {
                var began = Stopwatch.GetTimestamp();
                turn.Run();
                if (Stopwatch.GetElapsedTime(began) >= Slow)
                {
                    pausedSince = Stopwatch.GetTimestamp();
                    break;
                }
            }
        }
        finally
        {
            while (owed.TryDequeue(out var left))
            {
                NearbyExecutor.RunInPool(left);
            }
        }
    }

    internal static bool TryOwe(IRunnable turn)
    {
        if (current is not { } turns || turns.owed.Count >= Most)
        {
            return false;
        }

        turns.owed.Enqueue(turn);
        return true;
    }
}
