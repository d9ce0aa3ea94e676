namespace ActorBroker.Storage.Files;

/// <summary>Bounds the number of files that are open at once. Files open on use; when there are too many, the ones that nobody has
/// used since the hand last passed them are closed (second chance). Shared by all logs of a node.</summary>
public sealed class FileHandleCache(IFileSystem fileSystem, int capacity)
{
    private readonly Lock _gate = new();
    private readonly Queue<LogFile> _open = new();

    public IFileSystem FileSystem => fileSystem;

    /// <summary>Most files that stay open while nobody is using them; leased files are not closed and may exceed it.</summary>
    public int Capacity => capacity;

    /// <summary>Files known to be open, for metrics.</summary>
    public int OpenCount
    {
        get
        {
            lock (_gate)
                return _open.Count;
        }
    }

    internal void Opened(LogFile file)
    {
        lock (_gate)
        {
            if (!file.TryEnlist())
                return;
            _open.Enqueue(file);
            // Twice around at most: the first pass may only take away the marks of recent use.
            for (var tries = 2 * _open.Count; _open.Count > capacity && tries > 0; tries--)
            {
                var candidate = _open.Dequeue();
                if (!candidate.TryCloseIdle())
                    _open.Enqueue(candidate);
            }
        }
    }
}
