#nullable disable
using System.Diagnostics;
using Akka.Configuration;
using Akka.Dispatch;

namespace AkkaExtensions.Dispatch;

/// <summary>
/// The turns of actors that a thread owes. A thread that takes in many messages at once, such as a connection's reader, gathers the turns that they cause and takes them itself when it
/// has handed all over: no other thread is woken, and what came together is handled together. Only actors on a dispatcher with <see cref="NearbyExecutor"/> have such turns. Not part of Akka.NET's API.
/// </summary>
public sealed class NearbyTurns
{
    /// <summary>Turns beyond these are the pool's: work for many actors is better shared among processors.</summary>
    private const int Most = 4;

    /// <summary>A turn that takes longer has waited for something, mostly a disk: others shall not wait with it.</summary>
    private static readonly TimeSpan Slow = TimeSpan.FromMilliseconds(5);

    /// <summary>Then the pool has all turns for so long.</summary>
    private static readonly TimeSpan PauseAfterSlow = TimeSpan.FromSeconds(1);

    [ThreadStatic]
    private static NearbyTurns current;

    [ThreadStatic]
    private static bool isTaking;

    private readonly Queue<IRunnable> _owed = new(Most);
    private long _notBefore;

    /// <summary>
    /// True on a thread that takes gathered turns. It has other work, such as reading a connection, which those may wait for who would make room for it: it must not wait for room anywhere.
    /// </summary>
    public static bool IsTaking => isTaking;

    /// <summary>From here on the calling thread gathers turns, until <see cref="TakeAll"/>.</summary>
    public void Begin() => current = Stopwatch.GetTimestamp() < _notBefore ? null : this;

    /// <summary>Takes the turns that were gathered, one of each actor. What they cause is the pool's. No lock may be held.</summary>
    public void TakeAll()
    {
        current = null;
        isTaking = true;
        try
        {
            while (_owed.TryDequeue(out IRunnable turn))
            {
                var start = Stopwatch.GetTimestamp();
                turn.Run();
                if (Stopwatch.GetElapsedTime(start) < Slow) continue;
                _notBefore = Stopwatch.GetTimestamp() + (long)(PauseAfterSlow.TotalSeconds * Stopwatch.Frequency);
                break;
            }
        }
        finally
        {
            isTaking = false;
            while (_owed.TryDequeue(out IRunnable left)) NearbyExecutor.RunInPool(left);
        }
    }

    internal static bool TryOwe(IRunnable turn)
    {
        if (current is not { } turns || turns._owed.Count >= Most) return false;
        turns._owed.Enqueue(turn);
        return true;
    }
}

/// <summary>Runs actors on the thread that gathers turns (<see cref="NearbyTurns"/>) where there is one, and in .NET's thread pool otherwise.</summary>
public sealed class NearbyExecutor : ExecutorServiceConfigurator
{
    public NearbyExecutor(Config config, IDispatcherPrerequisites prerequisites)
        : base(config, prerequisites)
    {
    }

    public override ExecutorService Produce(string id) => new Service(id);

    internal static void RunInPool(IRunnable run) => ThreadPool.UnsafeQueueUserWorkItem(run as IThreadPoolWorkItem ?? new WorkItem(run), preferLocal: false);

    private sealed class Service : ExecutorService
    {
        public Service(string id)
            : base(id)
        {
        }

        public override void Execute(IRunnable run)
        {
            if (!NearbyTurns.TryOwe(run)) RunInPool(run);
        }

        public override void Shutdown()
        {
        }
    }

    private sealed class WorkItem : IThreadPoolWorkItem
    {
        private readonly IRunnable _run;

        public WorkItem(IRunnable run) => _run = run;

        public void Execute() => _run.Run();
    }
}
