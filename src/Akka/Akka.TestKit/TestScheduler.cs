#nullable disable
using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;

namespace Akka.TestKit;

/// <summary>Virtual time: nothing happens until a test moves the clock. Work runs on the thread that moves it, in order of its due time.</summary>
public class TestScheduler : IScheduler, IAdvancedScheduler
{
    private readonly object _lock = new();
    private readonly PriorityQueue<Item, (DateTimeOffset Due, long Number)> _items = new();
    private readonly DateTimeOffset _start = DateTimeOffset.UtcNow;
    private DateTimeOffset _now;
    private long _numbers;

    public TestScheduler(Config schedulerConfig, ILoggingAdapter log) => _now = _start;

    public IAdvancedScheduler Advanced => this;

    public TimeSpan HighResMonotonicClock => Now - _start;

    public TimeSpan MonotonicClock => Now - _start;

    public DateTimeOffset Now
    {
        get
        {
            lock (_lock) return _now;
        }
    }

    protected DateTimeOffset TimeNow => Now;

    /// <summary>Moves the clock and runs what becomes due, including what that schedules.</summary>
    public void Advance(TimeSpan offset) => AdvanceTo(Now + offset);

    /// <inheritdoc cref="Advance"/>
    /// <exception cref="InvalidOperationException">The time has passed already.</exception>
    public void AdvanceTo(DateTimeOffset when)
    {
        if (when < Now) throw new InvalidOperationException("You can't reverse time...");
        while (NextDue(when) is { } item) item.Run();
    }

    public void ScheduleOnce(TimeSpan delay, Action action, ICancelable cancelable) => Add(delay, null, action, cancelable);

    public void ScheduleOnce(TimeSpan delay, Action action) => Add(delay, null, action, null);

    public void ScheduleOnce(TimeSpan delay, IRunnable action, ICancelable cancelable) => Add(delay, null, action.Run, cancelable);

    public void ScheduleOnce(TimeSpan delay, IRunnable action) => Add(delay, null, action.Run, null);

    public void ScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, Action action, ICancelable cancelable) =>
        Add(initialDelay, interval, action, cancelable);

    public void ScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, Action action) => Add(initialDelay, interval, action, null);

    public void ScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, IRunnable action, ICancelable cancelable) =>
        Add(initialDelay, interval, action.Run, cancelable);

    public void ScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, IRunnable action) => Add(initialDelay, interval, action.Run, null);

    public void ScheduleTellOnce(TimeSpan delay, ICanTell receiver, object message, IActorRef sender) =>
        Add(delay, null, () => receiver.Tell(message, sender), null);

    public void ScheduleTellOnce(TimeSpan delay, ICanTell receiver, object message, IActorRef sender, ICancelable cancelable) =>
        Add(delay, null, () => receiver.Tell(message, sender), cancelable);

    public void ScheduleTellRepeatedly(TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message, IActorRef sender) =>
        Add(initialDelay, interval, () => receiver.Tell(message, sender), null);

    public void ScheduleTellRepeatedly(
        TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message, IActorRef sender, ICancelable cancelable) =>
        Add(initialDelay, interval, () => receiver.Tell(message, sender), cancelable);

    private void Add(TimeSpan delay, TimeSpan? interval, Action run, ICancelable cancelable)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        lock (_lock) Enqueue(new Item(_now + delay, interval, run, cancelable));
    }

    private void Enqueue(Item item) => _items.Enqueue(item, (item.Due, _numbers++));

    private Item NextDue(DateTimeOffset until)
    {
        lock (_lock)
        {
            while (_items.TryPeek(out Item item, out _) && item.Due <= until)
            {
                _items.Dequeue();
                if (item.Cancelable is { IsCancellationRequested: true }) continue;
                if (item.Due > _now) _now = item.Due;
                if (item.Interval is { } interval) Enqueue(item with { Due = item.Due + interval });
                return item;
            }

            _now = until;
            return null;
        }
    }

    private sealed record Item(DateTimeOffset Due, TimeSpan? Interval, Action Run, ICancelable Cancelable);
}
