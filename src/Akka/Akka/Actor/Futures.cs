#nullable disable
using Akka.Dispatch.SysMsg;

namespace Akka.Actor;

/// <summary>Asking: sending a message and awaiting the answer.</summary>
public static class Futures
{
    public static Task<object> Ask(this ICanTell self, object message, TimeSpan? timeout = null) =>
        self.Ask<object>(message, timeout, CancellationToken.None);

    public static Task<object> Ask(this ICanTell self, object message, CancellationToken cancellationToken) =>
        self.Ask<object>(message, null, cancellationToken);

    public static Task<object> Ask(this ICanTell self, object message, TimeSpan? timeout, CancellationToken cancellationToken) =>
        self.Ask<object>(message, timeout, cancellationToken);

    public static Task<T> Ask<T>(this ICanTell self, object message, TimeSpan? timeout = null) =>
        self.Ask<T>(message, timeout, CancellationToken.None);

    public static Task<T> Ask<T>(this ICanTell self, object message, CancellationToken cancellationToken) =>
        self.Ask<T>(message, null, cancellationToken);

    /// <summary>Sends <paramref name="message"/> with a temporary reference as the sender and completes with what is told to it.</summary>
    /// <param name="self">Whom to ask.</param>
    /// <param name="message">The question.</param>
    /// <param name="timeout">How long to wait; null takes akka.actor.ask-timeout, which is infinite by default.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="AskTimeoutException">No answer in time.</exception>
    /// <exception cref="ArgumentException">The answer is not a <typeparamref name="T"/>.</exception>
    public static Task<T> Ask<T>(this ICanTell self, object message, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        IActorRefProvider provider = ProviderOf(self);
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        FutureActorRef<T> future = provider.CreateFutureRef(answer);
        TimeSpan wait = timeout ?? provider.Settings.AskTimeout;
        if (wait != Timeout.InfiniteTimeSpan || cancellationToken.CanBeCanceled) AskLimit<T>.Set(answer, wait, cancellationToken);
        future.DeliverAsk(message, self);
        return answer.Task;
    }

    /// <summary>Asks with a message that holds the temporary reference.</summary>
    public static Task<T> Ask<T>(this ICanTell self, Func<IActorRef, object> messageFactory, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        IActorRefProvider provider = ProviderOf(self);
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        FutureActorRef<T> future = provider.CreateFutureRef(answer);
        TimeSpan wait = timeout ?? provider.Settings.AskTimeout;
        if (wait != Timeout.InfiniteTimeSpan || cancellationToken.CanBeCanceled) AskLimit<T>.Set(answer, wait, cancellationToken);
        future.DeliverAsk(messageFactory(future), self);
        return answer.Task;
    }

    internal static IActorRefProvider ProviderOf(ICanTell self) => self switch
    {
        ActorSelection selection => ProviderOf(selection.Anchor),
        IInternalActorRef { Provider: { } provider } => provider,
        _ => throw new ArgumentException("Unable to resolve the target Provider", nameof(self)),
    };

    /// <summary>The timeout and cancellation of one ask.</summary>
    private sealed class AskLimit<T> : IDisposable
    {
        private readonly TaskCompletionSource<T> _answer;
        private readonly TimeSpan _wait;
        private readonly Timer _timer;
        private readonly CancellationTokenRegistration _cancellation;

        private AskLimit(TaskCompletionSource<T> answer, TimeSpan wait, CancellationToken cancellationToken)
        {
            _answer = answer;
            _wait = wait;
            if (wait != Timeout.InfiniteTimeSpan) _timer = new Timer(static state => ((AskLimit<T>)state).Expire(), this, wait, Timeout.InfiniteTimeSpan);
            _cancellation = cancellationToken.UnsafeRegister(static (state, token) => ((TaskCompletionSource<T>)state).TrySetCanceled(token), answer);
        }

        public static void Set(TaskCompletionSource<T> answer, TimeSpan wait, CancellationToken cancellationToken)
        {
            var limit = new AskLimit<T>(answer, wait, cancellationToken);
            answer.Task.ContinueWith(
                static (_, state) => ((AskLimit<T>)state).Dispose(),
                limit,
                CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
        }

        private void Expire() => _answer.TrySetException(new AskTimeoutException($"Timeout after {_wait} seconds"));

        public void Dispose()
        {
            _timer?.Dispose();
            _cancellation.Dispose();
        }
    }
}

/// <summary>
/// The temporary reference of an ask: the first message to it is the answer. Its path is made, and found by others, only
/// when somebody asks for it.
/// </summary>
public class FutureActorRef<T> : MinimalActorRef
{
    private readonly TaskCompletionSource<T> _result;
    private ActorPath _path;

    public FutureActorRef(TaskCompletionSource<T> result, ActorPath path, IActorRefProvider provider)
    {
        _result = result;
        _path = path;
        Provider = provider;
    }

    public override bool IsTerminated => _result.Task.IsCompleted;

    public override ActorPath Path => Volatile.Read(ref _path) ?? MakePath();

    public override IInternalActorRef Parent => Provider.TempContainer;

    public override IActorRefProvider Provider { get; }

    /// <summary>Sends the question.</summary>
    public virtual void DeliverAsk(object message, ICanTell destination) => destination.Tell(message, this);

    public override void SendSystemMessage(ISystemMessage message)
    {
        switch (message)
        {
            case Watch watch when watch.Watchee.Equals(this) && !watch.Watcher.Equals(this):
                _result.Task.ContinueWith(
                    _ => watch.Watcher.SendSystemMessage(new DeathWatchNotification(this, existenceConfirmed: true, addressTerminated: false)),
                    TaskScheduler.Default);
                break;
            case DeathWatchNotification died:
                TellInternal(new Terminated(died.Actor, died.ExistenceConfirmed, died.AddressTerminated), ActorRefs.NoSender);
                break;
        }
    }

    protected override void TellInternal(object message, IActorRef sender)
    {
        var taken = message switch
        {
            T answer => _result.TrySetResult(answer),
            Status.Failure failure => _result.TrySetException(failure.Cause ?? new TaskCanceledException("Task cancelled by actor via Failure message.")),
            Failure failure => _result.TrySetException(failure.Exception ?? new TaskCanceledException("Task cancelled by actor via Failure message.")),
            _ => _result.TrySetException(new ArgumentException($"Received message of type [{message.GetType()}] - Ask expected message of type [{typeof(T)}]")),
        };
        if (!taken) Provider.DeadLetters.Tell(message is Event.DeadLetter ? message : new Event.DeadLetter(message, sender ?? Provider.DeadLetters, this), sender);
    }

    private ActorPath MakePath()
    {
        ActorPath path = Provider.TempPath();
        ActorPath earlier = Interlocked.CompareExchange(ref _path, path, null);
        if (earlier is not null) return earlier;
        Provider.RegisterTempActor(this, path);
        _result.Task.ContinueWith(_ => Provider.UnregisterTempActor(path), TaskScheduler.Default);
        return path;
    }
}

/// <summary>A failure as a message.</summary>
public class Failure
{
    public Exception Exception { get; set; }

    public DateTime Timestamp { get; set; }
}

/// <summary>Sending the results of tasks.</summary>
public static class PipeToSupport
{
    /// <summary>Sends the task's result to <paramref name="recipient"/>, or <see cref="Status.Failure"/> if it failed.</summary>
    /// <param name="taskToPipe">The task.</param>
    /// <param name="recipient">Who gets the result.</param>
    /// <param name="sender">Who it comes from.</param>
    /// <param name="success">Makes the message of a result.</param>
    /// <param name="failure">Makes the message of a failure.</param>
    public static Task PipeTo<T>(
        this Task<T> taskToPipe, ICanTell recipient, IActorRef sender = null, Func<T, object> success = null, Func<Exception, object> failure = null) =>
        Pipe(new ValueTask<T>(taskToPipe), recipient, false, sender, success, failure);

    public static Task PipeTo<T>(
        this ValueTask<T> taskToPipe, ICanTell recipient, IActorRef sender = null, Func<T, object> success = null, Func<Exception, object> failure = null) =>
        Pipe(taskToPipe, recipient, false, sender, success, failure);

    public static Task PipeTo<T>(
        this Task<T> taskToPipe, ICanTell recipient, bool useConfigureAwait, IActorRef sender = null, Func<T, object> success = null, Func<Exception, object> failure = null) =>
        Pipe(new ValueTask<T>(taskToPipe), recipient, useConfigureAwait, sender, success, failure);

    public static Task PipeTo<T>(
        this ValueTask<T> taskToPipe, ICanTell recipient, bool useConfigureAwait, IActorRef sender = null, Func<T, object> success = null, Func<Exception, object> failure = null) =>
        Pipe(taskToPipe, recipient, useConfigureAwait, sender, success, failure);

    public static Task PipeTo(
        this Task taskToPipe, ICanTell recipient, IActorRef sender = null, Func<object> success = null, Func<Exception, object> failure = null) =>
        Pipe(new ValueTask(taskToPipe), recipient, false, sender, success, failure);

    public static Task PipeTo(
        this ValueTask taskToPipe, ICanTell recipient, IActorRef sender = null, Func<object> success = null, Func<Exception, object> failure = null) =>
        Pipe(taskToPipe, recipient, false, sender, success, failure);

    public static Task PipeTo(
        this Task taskToPipe, ICanTell recipient, bool useConfigureAwait, IActorRef sender = null, Func<object> success = null, Func<Exception, object> failure = null) =>
        Pipe(new ValueTask(taskToPipe), recipient, useConfigureAwait, sender, success, failure);

    public static Task PipeTo(
        this ValueTask taskToPipe, ICanTell recipient, bool useConfigureAwait, IActorRef sender = null, Func<object> success = null, Func<Exception, object> failure = null) =>
        Pipe(taskToPipe, recipient, useConfigureAwait, sender, success, failure);

    private static async Task Pipe<T>(
        ValueTask<T> task, ICanTell recipient, bool useConfigureAwait, IActorRef sender, Func<T, object> success, Func<Exception, object> failure)
    {
        try
        {
            T result = await task.ConfigureAwait(useConfigureAwait);
            recipient.Tell(success is null ? result : success(result), sender);
        }
        catch (Exception e)
        {
            recipient.Tell(failure is null ? new Status.Failure(e) : failure(e), sender);
        }
    }

    private static async Task Pipe(
        ValueTask task, ICanTell recipient, bool useConfigureAwait, IActorRef sender, Func<object> success, Func<Exception, object> failure)
    {
        try
        {
            await task.ConfigureAwait(useConfigureAwait);
            if (success is not null) recipient.Tell(success(), sender);
        }
        catch (Exception e)
        {
            recipient.Tell(failure is null ? new Status.Failure(e) : failure(e), sender);
        }
    }
}

/// <summary>Stopping with a confirmation.</summary>
public static class GracefulStopSupport
{
    /// <summary>Sends <see cref="PoisonPill"/> and completes with true when the actor has stopped.</summary>
    /// <exception cref="TaskCanceledException">It has not stopped in time.</exception>
    public static Task<bool> GracefulStop(this IActorRef target, TimeSpan timeout) => target.GracefulStop(timeout, PoisonPill.Instance);

    /// <inheritdoc cref="GracefulStop(IActorRef, TimeSpan)"/>
    public static async Task<bool> GracefulStop(this IActorRef target, TimeSpan timeout, object stopMessage)
    {
        using var limit = new CancellationTokenSource(timeout);
        Task<bool> stopped = target.WatchAsync(limit.Token);
        target.Tell(stopMessage, ActorRefs.NoSender);
        return await stopped.ConfigureAwait(false) ? true : throw new TaskCanceledException($"[{target}] did not stop within {timeout}");
    }
}

/// <summary>Watching with a task.</summary>
public static class WatchAsyncSupport
{
    /// <summary>Completes with true when the actor has stopped, with false when <paramref name="token"/> is cancelled.</summary>
    public static async Task<bool> WatchAsync(this IActorRef target, CancellationToken token = default)
    {
        if (target is not IInternalActorRef watchee) throw new InvalidOperationException($"[{target}] is not an {nameof(IInternalActorRef)} and cannot be watched.");
        var died = new TaskCompletionSource<Terminated>(TaskCreationOptions.RunContinuationsAsynchronously);
        FutureActorRef<Terminated> watcher = watchee.Provider.CreateFutureRef(died);
        await using CancellationTokenRegistration registration = token.UnsafeRegister(static state => ((TaskCompletionSource<Terminated>)state).TrySetCanceled(), died);
        watchee.SendSystemMessage(new Watch(watchee, watcher));
        try
        {
            await died.Task.ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            watchee.SendSystemMessage(new Unwatch(watchee, watcher));
            return false;
        }
    }
}
