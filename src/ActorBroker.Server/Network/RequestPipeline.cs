using ActorBroker.Network;
using System.Threading.Tasks.Sources;

namespace ActorBroker.Server.Network;

/// <summary>
/// The requests of one connection between their start and the sending of their responses. It keeps two orders: a request that does not
/// allow pipelining must be completed before the next one starts, and responses leave in the order of the requests. At most one thread sends;
/// whoever finishes the response that is next in line, while nobody sends, makes it happen.
/// </summary>
internal sealed class RequestPipeline(KafkaConnection connection, IByteTransport transport, int maxInFlight) : IThreadPoolWorkItem, IValueTaskSource
{
    private const int SendBatch = 32;

    /// <summary>With so many bytes of finished responses unsent, no further request starts: a client that does not read costs no more than this and one response.</summary>
    private const long MaxUnsentBytes = 256 * 1024;

    /// <summary>
    /// So few bytes are sent by the thread that completes the request: the system call costs it less than waking another thread. More bytes, or a file
    /// that may not be in memory, must not keep an actor from its work.
    /// </summary>
    private const long MaxBytesSentByCompleter = 4 * 1024;

    private readonly Lock _lock = new();
    private readonly ResponseQueue _responses = new(maxInFlight);
    private readonly ResponseSender _sender = new(transport);
    private readonly RequestContext?[] _batch = new RequestContext?[Math.Min(SendBatch, maxInFlight)];
    private ManualResetValueTaskSourceCore<bool> _wakeUp = new() { RunContinuationsAsynchronously = true };
    private RequestContext? _exclusive;
    private LoopWait _loopWait;
    private bool _sending;
    private bool _broken;
    private int _handlerThread;
    private long _unsentBytes;

    private enum LoopWait
    {
        No,
        ForTurn,
        UntilEmpty,
    }

    /// <summary>Requests whose response has not been sent.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _responses.Count;
            }
        }
    }

    /// <summary>Whether requests wait for their handlers, and not for the client to take responses.</summary>
    public bool WaitsForHandler
    {
        get
        {
            lock (_lock)
            {
                return _responses.Count > 0 && !_responses.HasReady;
            }
        }
    }

    /// <summary>Whether the next request may start.</summary>
    public bool IsOpen
    {
        get
        {
            lock (_lock)
            {
                return IsOpenNow;
            }
        }
    }

    private bool IsOpenNow => _exclusive is null && !_responses.IsFull && _unsentBytes < MaxUnsentBytes;

    /// <summary>Gives the request its place in line; the calling thread runs its handler until <see cref="EndStart"/>.</summary>
    public void BeginStart(RequestContext context)
    {
        lock (_lock)
        {
            _responses.Enqueue(context);
            if (!context.Handler.AllowsPipelining)
            {
                _exclusive = context;
            }

            _handlerThread = Environment.CurrentManagedThreadId;
        }
    }

    /// <summary>The handler returned.</summary>
    public void EndStart()
    {
        lock (_lock)
        {
            _handlerThread = 0;
        }
    }

    /// <summary>The response is there, or it is known that there is none. Called once for every request, on any thread.</summary>
    public void Complete(RequestContext context)
    {
        var send = false;
        var sendHere = false;
        var wake = false;
        lock (_lock)
        {
            context.IsReady = true;
            _unsentBytes += context.ResponseBytes;
            if (_exclusive == context)
            {
                _exclusive = null;
            }

            if (_handlerThread == Environment.CurrentManagedThreadId)
            {
                // Inside the receive loop, which sends before it waits: perhaps several responses at once.
                return;
            }

            wake = _loopWait == LoopWait.ForTurn && TryWake();
            if (!wake && !_sending && _responses.HasReady)
            {
                send = _sending = true;
                sendHere = _unsentBytes <= MaxBytesSentByCompleter;
            }
        }

        if (wake)
        {
            _wakeUp.SetResult(true);
        }
        else if (sendHere)
        {
            _ = SendReadyAsync();
        }
        else if (send)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    /// <summary>Waits until the next request may start, or the connection is broken. Only the receive loop waits.</summary>
    public ValueTask WaitForTurnAsync() => WaitAsync(LoopWait.ForTurn);

    /// <summary>Waits until everything is answered, or the connection is broken.</summary>
    public ValueTask WaitUntilEmptyAsync() => WaitAsync(LoopWait.UntilEmpty);

    /// <summary>Sends what is ready, unless somebody else is already sending.</summary>
    public Task FlushAsync()
    {
        lock (_lock)
        {
            if (_sending || !_responses.HasReady)
            {
                return Task.CompletedTask;
            }

            _sending = true;
        }

        return SendReadyAsync();
    }

    /// <summary>From now on responses are dropped.</summary>
    public void Break()
    {
        bool wake;
        var send = false;
        lock (_lock)
        {
            _broken = true;
            wake = TryWake();
            if (!_sending && _responses.HasReady)
            {
                send = _sending = true;
            }
        }

        if (wake)
        {
            _wakeUp.SetResult(true);
        }

        if (send)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    void IThreadPoolWorkItem.Execute() => _ = SendReadyAsync();

    void IValueTaskSource.GetResult(short token) => _wakeUp.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _wakeUp.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _wakeUp.OnCompleted(continuation, state, token, flags);

    private ValueTask WaitAsync(LoopWait wait)
    {
        lock (_lock)
        {
            if (IsOver(wait))
            {
                return default;
            }

            _loopWait = wait;
            _wakeUp.Reset();
            return new ValueTask(this, _wakeUp.Version);
        }
    }

    private bool IsOver(LoopWait wait) => _broken || (wait == LoopWait.ForTurn ? IsOpenNow : _responses.Count == 0);

    /// <summary>Whether the loop waits and its wait is over; the caller then wakes it outside the lock.</summary>
    private bool TryWake()
    {
        if (_loopWait == LoopWait.No || !IsOver(_loopWait))
        {
            return false;
        }

        _loopWait = LoopWait.No;
        return true;
    }

    /// <summary>Sends until nothing is ready; the caller has set <see cref="_sending"/>. Does not throw.</summary>
    private async Task SendReadyAsync()
    {
        while (true)
        {
            int count;
            bool broken;
            lock (_lock)
            {
                broken = _broken;
                count = _responses.PeekReady(_batch);
                if (count == 0)
                {
                    _sending = false;
                    return;
                }
            }

            if (!broken)
            {
                try
                {
                    connection.OnSent(await _sender.SendAsync(_batch, count).ConfigureAwait(false));
                }
                catch (Exception exception)
                {
                    connection.OnSendFailed(exception);
                }
            }

            var bytes = 0L;
            for (var i = 0; i < count; i++)
            {
                bytes += _batch[i]!.ResponseBytes;
                _batch[i]!.ReleaseResponse();
                _batch[i] = null;
            }

            bool wake;
            bool empty;
            lock (_lock)
            {
                _responses.Remove(count);
                _unsentBytes -= bytes;
                empty = _responses.Count == 0;
                wake = TryWake();
            }

            if (wake)
            {
                _wakeUp.SetResult(true);
            }

            if (empty)
            {
                connection.OnAllAnswered();
            }
        }
    }
}
