using System.Collections.Concurrent;
using ActorBroker.Actors.Runtime;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;

namespace ActorBroker.Actors.Tests.Runtime;

public sealed class HeapSchedulerTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly HeapScheduler scheduler = new(ConfigurationFactory.ParseString("akka.scheduler.tick-duration = 1ms"), NoLogger.Instance);

    private IActionScheduler Work => scheduler;

    public void Dispose() => scheduler.Dispose();

    [Fact]
    public async Task Work_runs_in_the_order_of_its_due_times_and_never_early()
    {
        var ran = new ConcurrentQueue<int>();
        var began = scheduler.MonotonicClock;
        var ended = new TaskCompletionSource<TimeSpan>();

        Work.ScheduleOnce(TimeSpan.FromMilliseconds(60), () => { ran.Enqueue(3); ended.SetResult(scheduler.MonotonicClock); });
        Work.ScheduleOnce(TimeSpan.FromMilliseconds(20), () => ran.Enqueue(1));
        Work.ScheduleOnce(TimeSpan.FromMilliseconds(40), () => ran.Enqueue(2));

        Assert.True(await ended.Task.WaitAsync(Patience) - began >= TimeSpan.FromMilliseconds(60));
        Assert.Equal([1, 2, 3], ran);
    }

    [Fact]
    public async Task Work_that_repeats_goes_on_until_it_is_cancelled()
    {
        var runs = 0;
        using var cancelable = new Cancelable(Work);
        Work.ScheduleRepeatedly(TimeSpan.Zero, TimeSpan.FromMilliseconds(2), () => Interlocked.Increment(ref runs), cancelable);

        await Eventually.Holds(() => Volatile.Read(ref runs) >= 3);
        cancelable.Cancel();

        await Eventually.Holds(() => scheduler.Waiting == 0);
    }

    [Fact]
    public void Timers_that_are_set_anew_again_and_again_do_not_pile_up()
    {
        for (var i = 0; i < 10_000; i++)
        {
            using var cancelable = new Cancelable(Work);
            Work.ScheduleOnce(TimeSpan.FromHours(1), static () => { }, cancelable);
            cancelable.Cancel();
        }

        Assert.InRange(scheduler.Waiting, 0, 64);
    }

    [Fact]
    public async Task Work_that_throws_does_not_end_the_others()
    {
        var ran = new TaskCompletionSource();

        Work.ScheduleOnce(TimeSpan.Zero, static () => throw new InvalidOperationException("on purpose"));
        Work.ScheduleOnce(TimeSpan.FromMilliseconds(5), ran.SetResult);

        await ran.Task.WaitAsync(Patience);
    }

    [Fact]
    public void Nothing_is_scheduled_after_the_end()
    {
        scheduler.Dispose();

        Assert.Throws<SchedulerException>(() => Work.ScheduleOnce(TimeSpan.Zero, static () => { }));
    }

    [Fact]
    public async Task An_actor_system_uses_it_for_the_timers_of_its_actors()
    {
        using var system = ActorSystem.Create("timers", ConfigurationFactory.ParseString(HeapScheduler.Hocon + "\nakka.stdout-loglevel = OFF\nakka.loglevel = OFF"));
        Assert.IsType<HeapScheduler>(system.Scheduler);
        var inbox = Inbox.Create(system);

        system.Scheduler.ScheduleTellOnce(TimeSpan.FromMilliseconds(1), inbox.Receiver, "due", ActorRefs.NoSender);

        Assert.Equal("due", await inbox.ReceiveAsync(Patience));
    }
}
