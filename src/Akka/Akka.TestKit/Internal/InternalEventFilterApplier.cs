#nullable disable
using Akka.Actor;
using Akka.Event;
using Akka.TestKit.TestEvent;

namespace Akka.TestKit.Internal;

/// <summary>Expects or mutes by messages to the <see cref="TestEventListener"/> on the event stream.</summary>
public class InternalEventFilterApplier : IEventFilterApplier
{
    private readonly TestKitBase _testkit;
    private readonly ActorSystem _actorSystem;
    private readonly IReadOnlyList<EventFilterBase> _filters;

    public InternalEventFilterApplier(TestKitBase testkit, ActorSystem system, IReadOnlyList<EventFilterBase> filters)
    {
        _testkit = testkit;
        _actorSystem = system;
        _filters = filters;
    }

    public EventFilterFactory And => new(_testkit, _actorSystem, _filters);

    public void Expect(int expectedCount, Action action, CancellationToken cancellationToken = default) =>
        Run(AsAsync(action), null, expectedCount, cancellationToken).GetAwaiter().GetResult();

    public void Expect(int expectedCount, TimeSpan timeout, Action action, CancellationToken cancellationToken = default) =>
        Run(AsAsync(action), timeout, expectedCount, cancellationToken).GetAwaiter().GetResult();

    public T Expect<T>(int expectedCount, Func<T> func, CancellationToken cancellationToken = default) =>
        Run(() => Task.FromResult(func()), null, expectedCount, cancellationToken).GetAwaiter().GetResult();

    public T Expect<T>(int expectedCount, TimeSpan timeout, Func<T> func, CancellationToken cancellationToken = default) =>
        Run(() => Task.FromResult(func()), timeout, expectedCount, cancellationToken).GetAwaiter().GetResult();

    public Task ExpectAsync(int expectedCount, Func<Task> actionAsync, CancellationToken cancellationToken = default) =>
        Run(AsValue(actionAsync), null, expectedCount, cancellationToken);

    public Task ExpectAsync(int expectedCount, Func<Task> actionAsync, TimeSpan? timeout, CancellationToken cancellationToken = default) =>
        Run(AsValue(actionAsync), timeout, expectedCount, cancellationToken);

    public Task ExpectAsync(int expectedCount, TimeSpan timeout, Func<Task> action, CancellationToken cancellationToken = default) =>
        Run(AsValue(action), timeout, expectedCount, cancellationToken);

    public Task<T> ExpectAsync<T>(int expectedCount, Func<Task<T>> func, CancellationToken cancellationToken = default) =>
        Run(func, null, expectedCount, cancellationToken);

    public Task<T> ExpectAsync<T>(int expectedCount, TimeSpan timeout, Func<Task<T>> func, CancellationToken cancellationToken = default) =>
        Run(func, timeout, expectedCount, cancellationToken);

    public void ExpectOne(Action action, CancellationToken cancellationToken = default) => Expect(1, action, cancellationToken);

    public void ExpectOne(TimeSpan timeout, Action action, CancellationToken cancellationToken = default) => Expect(1, timeout, action, cancellationToken);

    public T ExpectOne<T>(Func<T> func, CancellationToken cancellationToken = default) => Expect(1, func, cancellationToken);

    public T ExpectOne<T>(TimeSpan timeout, Func<T> func, CancellationToken cancellationToken = default) => Expect(1, timeout, func, cancellationToken);

    public Task ExpectOneAsync(Func<Task> action, CancellationToken cancellationToken = default) => ExpectAsync(1, action, cancellationToken);

    public Task ExpectOneAsync(TimeSpan timeout, Func<Task> action, CancellationToken cancellationToken = default) =>
        ExpectAsync(1, timeout, action, cancellationToken);

    public Task<T> ExpectOneAsync<T>(Func<Task<T>> func, CancellationToken cancellationToken = default) => ExpectAsync(1, func, cancellationToken);

    public Task<T> ExpectOneAsync<T>(TimeSpan timeout, Func<Task<T>> func, CancellationToken cancellationToken = default) =>
        ExpectAsync(1, timeout, func, cancellationToken);

    public T Mute<T>(Func<T> func, CancellationToken cancellationToken = default)
    {
        using IUnmutableFilter muted = Mute();
        return func();
    }

    public void Mute(Action action, CancellationToken cancellationToken = default)
    {
        using IUnmutableFilter muted = Mute();
        action();
    }

    public IUnmutableFilter Mute()
    {
        _actorSystem.EventStream.Publish(new Mute(_filters));
        return new InternalUnmutableFilter(_filters, _actorSystem);
    }

    public async Task<T> MuteAsync<T>(Func<Task<T>> func, CancellationToken cancellationToken = default)
    {
        using IUnmutableFilter muted = Mute();
        return await func().ConfigureAwait(false);
    }

    public async Task MuteAsync(Func<Task> action, CancellationToken cancellationToken = default)
    {
        using IUnmutableFilter muted = Mute();
        await action().ConfigureAwait(false);
    }

    private static Func<Task<bool>> AsAsync(Action action) => () =>
    {
        action();
        return Task.FromResult(true);
    };

    private static Func<Task<bool>> AsValue(Func<Task> action) => async () =>
    {
        await action().ConfigureAwait(false);
        return true;
    };

    private async Task<T> Run<T>(Func<Task<T>> action, TimeSpan? timeout, int expected, CancellationToken cancellationToken)
    {
        var counter = new MatchedEventHandler();
        foreach (EventFilterBase filter in _filters) filter.EventMatched += counter.HandleEvent;
        _actorSystem.EventStream.Publish(new Mute(_filters));
        try
        {
            T result = await action().ConfigureAwait(false);
            TimeSpan wait = timeout is { } given ? _testkit.Dilated(given) : TestKitExtension.For(_actorSystem).TestEventFilterLeeway;
            var seen = await _testkit.AwaitConditionNoThrowAsync(() => counter.ReceivedCount >= expected, wait, cancellationToken: cancellationToken).ConfigureAwait(false);
            if (!seen || counter.ReceivedCount > expected)
            {
                _testkit.Assertions.Fail(
                    "{0} within {1}: expected {2}, got {3}. {4}", seen ? "Too many events" : "Timeout", wait, expected, counter.ReceivedCount, string.Join(" or ", _filters));
            }

            return result;
        }
        finally
        {
            foreach (EventFilterBase filter in _filters) filter.EventMatched -= counter.HandleEvent;
            _actorSystem.EventStream.Publish(new Unmute(_filters));
        }
    }

    /// <summary>Counts events.</summary>
    protected class MatchedEventHandler
    {
        private int _receivedCount;

        public int ReceivedCount => Volatile.Read(ref _receivedCount);

        public virtual void HandleEvent(EventFilterBase eventFilter, LogEvent logEvent) => Interlocked.Increment(ref _receivedCount);
    }

    /// <summary>Ends the muting.</summary>
    protected class InternalUnmutableFilter : IUnmutableFilter
    {
        private readonly IReadOnlyCollection<EventFilterBase> _filters;
        private readonly ActorSystem _system;
        private bool _isDisposed;

        public InternalUnmutableFilter(IReadOnlyCollection<EventFilterBase> filters, ActorSystem system)
        {
            _filters = filters;
            _system = system;
        }

        public void Dispose()
        {
            Dispose(disposing: true);
            GC.SuppressFinalize(this);
        }

        public void Unmute() => _system.EventStream.Publish(new Unmute(_filters));

        protected virtual void Dispose(bool disposing)
        {
            if (_isDisposed) return;
            _isDisposed = true;
            if (disposing) Unmute();
        }
    }
}
