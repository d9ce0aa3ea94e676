using ActorBroker.Model;

namespace ActorBroker.Storage;

/// <summary>Hears of a flush that it asked for. Called on the committer's threads: only hand it on (tell an actor), never work there.</summary>
public interface IFlushListener
{
    /// <summary>Everything below <paramref name="recoveryPoint"/> survives a power failure; it covers at least what was in the log when the flush was
    /// asked for.</summary>
    void OnFlushed(PartitionLog log, Offset recoveryPoint);

    /// <summary>The flush failed; the log directory is offline.</summary>
    void OnFlushFailed(PartitionLog log, Exception error);
}

/// <summary>Syncs logs off their writers' threads. Requests for a log that arrive while it is being synced are answered together by its next sync;
/// different logs are synced side by side, which a journaling file system makes one commit of. Threads start with the first request.</summary>
public sealed class GroupCommitter(int threads) : IDisposable
{
    private readonly Lock _startGate = new();
    private readonly object _gate = new();
    private readonly Queue<PartitionLog> _queue = new();
    private readonly Dictionary<PartitionLog, List<IFlushListener>> _waiting = [];
    private readonly HashSet<PartitionLog> _busy = [];
    private Thread[]? _threads;
    private bool _stopping;

    /// <summary>Logs that wait for a sync, for metrics.</summary>
    public int QueueLength
    {
        get
        {
            lock (_gate)
                return _waiting.Count;
        }
    }

    /// <summary>Asks for a sync of everything that is in the log now. Any thread; the writer calls it after its append. A listener that waits for the
    /// same sync already is called once.</summary>
    /// <param name="listener">Null when nobody needs to hear of it (interval flush).</param>
    public void RequestFlush(PartitionLog log, IFlushListener? listener)
    {
        if (_threads is null)
            Start();
        lock (_gate)
        {
            if (!_waiting.TryGetValue(log, out var listeners))
            {
                _waiting[log] = listeners = [];
                if (!_busy.Contains(log))
                {
                    _queue.Enqueue(log);
                    Monitor.Pulse(_gate);
                }
            }
            if (listener is not null && !listeners.Contains(listener))
                listeners.Add(listener);
        }
    }

    /// <summary>Ends the threads after the syncs that run; requests that still wait are dropped.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _stopping = true;
            Monitor.PulseAll(_gate);
        }
        foreach (var thread in _threads ?? [])
            thread.Join();
    }

    private void Start()
    {
        lock (_startGate)
        {
            if (_threads is not null)
                return;
            var started = new Thread[threads];
            for (var i = 0; i < threads; i++)
            {
                started[i] = new Thread(Run) { IsBackground = true, Name = $"log-flush-{i}" };
                started[i].Start();
            }
            _threads = started;
        }
    }

    private void Run()
    {
        while (Take() is var (log, listeners))
        {
            Exception? error = null;
            var recoveryPoint = Offset.Unknown;
            try
            {
                recoveryPoint = log.Flush();
            }
            catch (IOException e)
            {
                error = e;
            }
            foreach (var listener in listeners)
            {
                if (error is null)
                    listener.OnFlushed(log, recoveryPoint);
                else
                    listener.OnFlushFailed(log, error);
            }
            Done(log);
        }
    }

    private (PartitionLog Log, List<IFlushListener> Listeners)? Take()
    {
        lock (_gate)
        {
            while (!_stopping)
            {
                if (_queue.TryDequeue(out var log))
                {
                    _waiting.Remove(log, out var listeners);
                    _busy.Add(log);
                    return (log, listeners!);
                }
                Monitor.Wait(_gate);
            }
            return null;
        }
    }

    private void Done(PartitionLog log)
    {
        lock (_gate)
        {
            _busy.Remove(log);
            if (!_waiting.ContainsKey(log))
                return;
            _queue.Enqueue(log);
            Monitor.Pulse(_gate);
        }
    }
}
