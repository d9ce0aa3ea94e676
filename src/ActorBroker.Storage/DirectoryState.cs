using ActorBroker.Model;
using ActorBroker.Storage.Files;

namespace ActorBroker.Storage;

/// <summary>What the logs of one log directory share: its file system and handles, its deferred deletions, and whether it still works.
/// After an I/O error a directory is offline: it is never written again until restart.</summary>
public sealed class DirectoryState(string path, FileHandleCache handles, Func<long> clockMs)
{
    private Exception? _failure;
    private bool _isFull;

    /// <summary>Called once, on the thread that met the error.</summary>
    public event Action<DirectoryState, Exception>? WentOffline;

    public string Path => path;

    /// <summary>The id that meta.properties gives the directory; zero before it is known.</summary>
    public TopicId Id { get; internal set; }

    public FileHandleCache Handles => handles;

    public IFileSystem FileSystem => handles.FileSystem;

    public DeferredDeletions Deletions { get; } = new();

    public bool IsOffline => Volatile.Read(ref _failure) is not null;

    /// <summary>Whether there is too little room left: appends are refused, everything else goes on.</summary>
    public bool IsFull => Volatile.Read(ref _isFull);

    /// <summary><see cref="IsFull"/> changed; raised on the thread that looked.</summary>
    public event Action? RoomChanged;

    /// <summary>The reserve: <see cref="IsFull"/> when less is free. 0 before the first look, or for none.</summary>
    public long MinFreeBytes { get; private set; }

    /// <summary>The error that took the directory offline.</summary>
    public Exception? Failure => Volatile.Read(ref _failure);

    /// <summary>Asks for a flush of a log in the background; null where nobody flushes (tests).</summary>
    internal Action<PartitionLog>? RequestFlush { get; set; }

    /// <summary>Writes the recovery points of the directory's logs to disk; null where nobody keeps them (tests).</summary>
    internal Action? CheckpointRecoveryPoints { get; set; }

    internal long NowMs => clockMs();

    /// <summary>Looks how much room there is. Returns whether <see cref="IsFull"/> changed. Throws <see cref="IOException"/>.</summary>
    /// <param name="minFreeBytes">Full below this; no longer full from a tenth more on, so that the state does not flap.</param>
    public bool RefreshSpace(long minFreeBytes, out long availableBytes)
    {
        MinFreeBytes = minFreeBytes;
        availableBytes = FileSystem.AvailableBytes(Path);
        var isFull = availableBytes < (IsFull ? minFreeBytes + minFreeBytes / 10 : minFreeBytes);
        if (isFull == IsFull)
            return false;
        Volatile.Write(ref _isFull, isFull);
        RoomChanged?.Invoke();
        return true;
    }

    /// <summary>Takes the directory offline; only the first call says so.</summary>
    public void MarkOffline(Exception error)
    {
        if (Interlocked.CompareExchange(ref _failure, error, null) is null)
            WentOffline?.Invoke(this, error);
    }
}

/// <summary>The log directory went offline after an I/O error; the log that is asked can do nothing more.</summary>
public sealed class DirectoryOfflineException(string path, Exception? cause)
    : IOException($"log directory {path} is offline: {cause?.Message}", cause)
{
    public string Path => path;
}

/// <summary>Files and directories that were renamed for deletion and are removed after file.delete.delay.ms, so that readers that still
/// know them can end. Run from the node's one storage timer.</summary>
public sealed class DeferredDeletions
{
    private readonly Lock _gate = new();
    private readonly PriorityQueue<Action, long> _due = new();

    public int Count
    {
        get
        {
            lock (_gate)
                return _due.Count;
        }
    }

    internal void Add(long dueMs, Action remove)
    {
        lock (_gate)
            _due.Enqueue(remove, dueMs);
    }

    /// <summary>Removes what is due. Returns how many removals ran. An <see cref="IOException"/> of a removal is for the caller.</summary>
    public int RunDue(long nowMs)
    {
        for (var count = 0; ; count++)
        {
            Action? remove;
            lock (_gate)
            {
                if (!_due.TryPeek(out remove, out var dueMs) || dueMs > nowMs)
                    return count;
                _due.Dequeue();
            }
            remove();
        }
    }
}
