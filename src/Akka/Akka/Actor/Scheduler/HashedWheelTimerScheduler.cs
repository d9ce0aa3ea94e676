#nullable disable
using Akka.Actor.Internal;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;

namespace Akka.Actor;

/// <summary>
/// The default scheduler. The name is Akka.NET's; ours keeps its work in a heap by due time and has one thread that sleeps
/// until the first of it, so that a system without timers does nothing at all. Nothing runs early; due times are rounded
/// up to akka.scheduler.tick-duration, which bounds how often the thread wakes.
/// </summary>
public sealed class HashedWheelTimerScheduler : SchedulerBase, IDateTimeOffsetNowTimeProvider, IDisposable
{
    private readonly long _tick;
    private readonly object _lock = new();
    private Work[] _heap = new Work[16];
    private int _count;
    private Thread _thread;
    private bool _stopped;

    public HashedWheelTimerScheduler(Config scheduler, ILoggingAdapter log)
        : base(scheduler, log)
    {
        _tick = Math.Max(scheduler.GetTimeSpan("akka.scheduler.tick-duration", TimeSpan.FromMilliseconds(10)).Ticks, TimeSpan.TicksPerMillisecond);
    }

    public override TimeSpan HighResMonotonicClock => MonotonicTime.Now;

    public override TimeSpan MonotonicClock => MonotonicTime.Now;

    protected override DateTimeOffset TimeNow => DateTimeOffset.UtcNow;

    /// <summary>Drops all work and ends the thread.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _stopped = true;
            _count = 0;
            _heap = [];
            Monitor.PulseAll(_lock);
        }
    }

    internal ScheduledWork Tell(TimeSpan delay, TimeSpan interval, ICanTell receiver, object message, IActorRef sender) =>
        Add(new TellWork(this, null, interval, receiver, message, sender), delay);

    protected override void InternalScheduleOnce(TimeSpan delay, Action action, ICancelable cancelable) =>
        Add(new ActionWork(this, cancelable, Timeout.InfiniteTimeSpan, action), delay);

    protected override void InternalScheduleOnce(TimeSpan delay, IRunnable action, ICancelable cancelable) =>
        Add(new RunnableWork(this, cancelable, Timeout.InfiniteTimeSpan, action), delay);

    protected override void InternalScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, Action action, ICancelable cancelable) =>
        Add(new ActionWork(this, cancelable, interval, action), initialDelay);

    protected override void InternalScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, IRunnable action, ICancelable cancelable) =>
        Add(new RunnableWork(this, cancelable, interval, action), initialDelay);

    protected override void InternalScheduleTellOnce(TimeSpan delay, ICanTell receiver, object message, IActorRef sender, ICancelable cancelable) =>
        Add(new TellWork(this, cancelable, Timeout.InfiniteTimeSpan, receiver, message, sender), delay);

    protected override void InternalScheduleTellRepeatedly(
        TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message, IActorRef sender, ICancelable cancelable) =>
        Add(new TellWork(this, cancelable, interval, receiver, message, sender), initialDelay);

    private Work Add(Work work, TimeSpan delay)
    {
        if (work.Cancelable is { IsCancellationRequested: true }) return work;
        work.Due = RoundUp(MonotonicTime.Now.Ticks + Math.Min(delay.Ticks, TimeSpan.TicksPerDay * 36500));
        lock (_lock)
        {
            if (_stopped) throw new SchedulerException("cannot schedule after the scheduler was stopped");
            Push(work);
            if (_thread is null)
            {
                _thread = new Thread(RunAll) { IsBackground = true, Name = "akka-scheduler" };
                _thread.Start();
            }
            else if (work.Index == 0)
            {
                Monitor.Pulse(_lock);
            }
        }

        return work;
    }

    private long RoundUp(long ticks) => (ticks + _tick - 1) / _tick * _tick;

    private void RunAll()
    {
        while (NextDue() is { } work)
        {
            try
            {
                work.Run();
            }
            catch (Exception e)
            {
                Log?.Error(e, "Scheduled work failed");
            }
        }
    }

    private Work NextDue()
    {
        lock (_lock)
        {
            while (!_stopped)
            {
                if (_count == 0)
                {
                    Monitor.Wait(_lock);
                    continue;
                }

                var wait = _heap[0].Due - MonotonicTime.Now.Ticks;
                if (wait > 0)
                {
                    Monitor.Wait(_lock, (int)Math.Min((wait + TimeSpan.TicksPerMillisecond - 1) / TimeSpan.TicksPerMillisecond, int.MaxValue));
                    continue;
                }

                Work work = _heap[0];
                Remove(work);
                if (work.Cancelable is { IsCancellationRequested: true }) continue;
                if (work.Interval > 0)
                {
                    // Kept to the grid of the first due time; runs that were missed are not made up for.
                    work.Due = Math.Max(work.Due + work.Interval, RoundUp(MonotonicTime.Now.Ticks));
                    Push(work);
                }

                return work;
            }

            return null;
        }
    }

    private void Push(Work work)
    {
        if (_count == _heap.Length) Array.Resize(ref _heap, _count * 2);
        SiftUp(work, _count++);
    }

    private void Remove(Work work)
    {
        var index = work.Index;
        if (index < 0 || index >= _count || _heap[index] != work) return;
        work.Index = -1;
        Work last = _heap[--_count];
        _heap[_count] = null;
        if (last == work) return;
        SiftDown(last, index);
        if (last.Index == index) SiftUp(last, index);
    }

    private void SiftUp(Work work, int index)
    {
        while (index > 0)
        {
            var parent = (index - 1) / 2;
            if (_heap[parent].Due <= work.Due) break;
            Place(_heap[parent], index);
            index = parent;
        }

        Place(work, index);
    }

    private void SiftDown(Work work, int index)
    {
        while (true)
        {
            var child = (index * 2) + 1;
            if (child >= _count) break;
            if (child + 1 < _count && _heap[child + 1].Due < _heap[child].Due) child++;
            if (work.Due <= _heap[child].Due) break;
            Place(_heap[child], index);
            index = child;
        }

        Place(work, index);
    }

    private void Place(Work work, int index)
    {
        _heap[index] = work;
        work.Index = index;
    }

    private abstract class Work : ScheduledWork
    {
        private readonly HashedWheelTimerScheduler _scheduler;

        protected Work(HashedWheelTimerScheduler scheduler, ICancelable cancelable, TimeSpan interval)
        {
            _scheduler = scheduler;
            Cancelable = cancelable;
            Interval = interval.Ticks;
        }

        public ICancelable Cancelable { get; }

        /// <summary>When to run, in ticks of the monotonic clock.</summary>
        public long Due { get; set; }

        /// <summary>Place in the heap, -1 outside.</summary>
        public int Index { get; set; } = -1;

        /// <summary>Ticks between runs, negative for one run.</summary>
        public long Interval { get; }

        public override void Cancel()
        {
            lock (_scheduler._lock) _scheduler.Remove(this);
        }

        public abstract void Run();
    }

    private sealed class ActionWork : Work
    {
        private readonly Action _action;

        public ActionWork(HashedWheelTimerScheduler scheduler, ICancelable cancelable, TimeSpan interval, Action action)
            : base(scheduler, cancelable, interval) => _action = action;

        public override void Run() => _action();
    }

    private sealed class RunnableWork : Work
    {
        private readonly IRunnable _runnable;

        public RunnableWork(HashedWheelTimerScheduler scheduler, ICancelable cancelable, TimeSpan interval, IRunnable runnable)
            : base(scheduler, cancelable, interval) => _runnable = runnable;

        public override void Run() => _runnable.Run();
    }

    private sealed class TellWork : Work
    {
        private readonly ICanTell _receiver;
        private readonly object _message;
        private readonly IActorRef _sender;

        public TellWork(
            HashedWheelTimerScheduler scheduler, ICancelable cancelable, TimeSpan interval, ICanTell receiver, object message, IActorRef sender)
            : base(scheduler, cancelable, interval)
        {
            _receiver = receiver;
            _message = message;
            _sender = sender;
        }

        public override void Run() => _receiver.Tell(_message, _sender);
    }
}
