using System.Diagnostics;
using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;

namespace ActorBroker.Actors.Runtime;

/// <summary>
/// A scheduler that keeps its work in a heap by due time, on one thread that sleeps until the first of it: Akka.NET's wheel wakes at each tick, a hundred times a
/// second, also in a system without timers. Nothing runs early; due times are rounded up to <c>akka.scheduler.tick-duration</c>, which bounds how often
/// the thread wakes. Chosen by <c>akka.scheduler.implementation</c>.
/// </summary>
public sealed class HeapScheduler : SchedulerBase, IDateTimeOffsetNowTimeProvider, IDisposable
{
    /// <summary>Names this scheduler to the actor system.</summary>
    public const string Hocon = """
        akka.scheduler.implementation = "ActorBroker.Actors.Runtime.HeapScheduler, ActorBroker.Actors"
        """;

    /// <summary>The interval of work that runs once.</summary>
    private const long Once = 0;

    private const int FewWaiting = 64;
    private static readonly TimeSpan LongestDelay = TimeSpan.FromDays(36_500);

    private readonly Lock gate = new();
    private readonly AutoResetEvent changed = new(false);
    private readonly PriorityQueue<Work, long> waiting = new();
    private readonly long tick;
    private Thread? thread;
    private long sleepsUntil = long.MaxValue;
    private int sweepAt = FewWaiting;
    private bool isStopped;

    public HeapScheduler(Config scheduler, ILoggingAdapter log)
        : base(scheduler, log) =>
        tick = Math.Max(scheduler.GetTimeSpan("akka.scheduler.tick-duration", TimeSpan.FromMilliseconds(10)).Ticks, TimeSpan.TicksPerMillisecond);

    public override TimeSpan MonotonicClock => Stopwatch.GetElapsedTime(0);

    public override TimeSpan HighResMonotonicClock => Stopwatch.GetElapsedTime(0);

    protected override DateTimeOffset TimeNow => DateTimeOffset.UtcNow;

    /// <summary>Work that waits, with what was cancelled and not noticed yet.</summary>
    internal int Waiting
    {
        get
        {
            lock (gate)
            {
                return waiting.Count;
            }
        }
    }

    /// <summary>Drops all work and ends the thread.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            isStopped = true;
            waiting.Clear();
        }

        changed.Set();
    }

    protected override void InternalScheduleOnce(TimeSpan delay, Action action, ICancelable? cancelable) => Add(new ActionWork(action, cancelable, Once), delay);

    protected override void InternalScheduleOnce(TimeSpan delay, IRunnable action, ICancelable? cancelable) => Add(new ActionWork(action.Run, cancelable, Once), delay);

    protected override void InternalScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, Action action, ICancelable? cancelable) =>
        Add(new ActionWork(action, cancelable, interval.Ticks), initialDelay);

    protected override void InternalScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, IRunnable action, ICancelable? cancelable) =>
        Add(new ActionWork(action.Run, cancelable, interval.Ticks), initialDelay);

    protected override void InternalScheduleTellOnce(TimeSpan delay, ICanTell receiver, object message, IActorRef sender, ICancelable? cancelable) =>
        Add(new TellWork(receiver, message, sender, cancelable, Once), delay);

    protected override void InternalScheduleTellRepeatedly(
        TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message, IActorRef sender, ICancelable? cancelable) =>
        Add(new TellWork(receiver, message, sender, cancelable, interval.Ticks), initialDelay);

    private static long Now => Stopwatch.GetElapsedTime(0).Ticks;

    private void Add(Work work, TimeSpan delay)
    {
        if (work.IsCancelled)
        {
            return;
        }

        var due = RoundUp(Now + Math.Min(delay.Ticks, LongestDelay.Ticks));
        lock (gate)
        {
            if (isStopped)
            {
                throw new SchedulerException("the scheduler has stopped: nothing can be scheduled any more");
            }

            MaybeSweep();
            waiting.Enqueue(work, due);
            StartOnce();
            if (due >= sleepsUntil)
            {
                return;
            }

            sleepsUntil = due;
        }

        changed.Set();
    }

    private void StartOnce()
    {
        if (thread is null)
        {
            thread = new Thread(RunAll) { IsBackground = true, Name = "akka-scheduler" };
            thread.UnsafeStart();
        }
    }

    /// <summary>Drops what was cancelled, when there is twice as much as the last time: timers that are set anew with each message would else stay until they are due.</summary>
    private void MaybeSweep()
    {
        if (waiting.Count < sweepAt)
        {
            return;
        }

        var wanted = waiting.UnorderedItems.Where(static item => !item.Element.IsCancelled).ToArray();
        waiting.Clear();
        waiting.EnqueueRange(wanted);
        sweepAt = Math.Max(FewWaiting, waiting.Count * 2);
    }

    private long RoundUp(long ticks) => (ticks + tick - 1) / tick * tick;

    private void RunAll()
    {
        while (NextDue(out var sleepMs) is var work && !Volatile.Read(ref isStopped))
        {
            if (work is null)
            {
                changed.WaitOne(sleepMs);
                continue;
            }

            try
            {
                work.Run();
            }
            catch (Exception e)
            {
                Log.Error(e, "scheduled work failed");
            }
        }
    }

    /// <param name="sleepMs">How long to sleep when nothing is due.</param>
    private Work? NextDue(out int sleepMs)
    {
        lock (gate)
        {
            sleepMs = Timeout.Infinite;
            sleepsUntil = long.MaxValue;
            while (waiting.TryPeek(out var work, out var due))
            {
                var now = Now;
                if (work.IsCancelled)
                {
                    waiting.Dequeue();
                    continue;
                }

                if (due > now)
                {
                    sleepsUntil = due;
                    sleepMs = (int)Math.Min((due - now + TimeSpan.TicksPerMillisecond - 1) / TimeSpan.TicksPerMillisecond, int.MaxValue);
                    return null;
                }

                waiting.Dequeue();
                if (work.Interval != Once)
                {
                    // Kept to the grid of the first due time; runs that were missed are not made up for.
                    waiting.Enqueue(work, Math.Max(due + work.Interval, RoundUp(now)));
                }

                return work;
            }

            return null;
        }
    }

    private abstract class Work(ICancelable? cancelable, long interval)
    {
        public bool IsCancelled => cancelable is { IsCancellationRequested: true };

        /// <summary>Ticks between runs; <see cref="Once"/> for one run.</summary>
        public long Interval => interval;

        public abstract void Run();
    }

    private sealed class ActionWork(Action action, ICancelable? cancelable, long interval) : Work(cancelable, interval)
    {
        public override void Run() => action();
    }

    private sealed class TellWork(ICanTell receiver, object message, IActorRef sender, ICancelable? cancelable, long interval) : Work(cancelable, interval)
    {
        public override void Run() => receiver.Tell(message, sender);
    }
}
