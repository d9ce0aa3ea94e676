using ActorBroker.Storage.Files;
using Microsoft.Win32.SafeHandles;

namespace ActorBroker.Storage.Tests.Fixtures;

/// <summary>A file system in memory whose disk can fill up, fail, corrupt and lose what was not synced. Deterministic by its seed.</summary>
internal sealed class MemoryFileSystem(int seed = 0) : IFileSystem
{
    private readonly Lock _gate = new();
    private readonly Random _random = new(seed);
    private readonly HashSet<string> _directories = ["/"];
    private readonly HashSet<string> _locks = [];
    private Dictionary<string, MemoryInode> _names = [];
    private Dictionary<string, MemoryInode> _durableNames = [];

    /// <summary>Changes of names since the last sync of any directory, in order: journaling file systems keep their order.</summary>
    private readonly List<Action<Dictionary<string, MemoryInode>>> _unsyncedNames = [];

    /// <summary>Bytes that may still be written; a write beyond them is short and fails.</summary>
    public long FreeBytes { get; set; } = long.MaxValue;

    /// <summary>Asked before each operation (its name and path); returns the error to throw, or null.</summary>
    public Func<string, string, Exception?>? Fault { get; set; }

    public string? BootId { get; private set; } = "0";

    public int OpenFiles { get; private set; }

    public int Writes { get; private set; }

    public int Syncs { get; private set; }

    public int Opens { get; private set; }

    /// <summary>What a process's death leaves: everything written, nothing open or locked.</summary>
    public void KillProcess()
    {
        lock (_gate)
            _locks.Clear();
    }

    /// <summary>What a power failure leaves: of unsynced writes and names, any part in any order.</summary>
    public void LosePower()
    {
        lock (_gate)
        {
            _locks.Clear();
            BootId = _random.Next().ToString();
            var names = _durableNames;
            foreach (var change in _unsyncedNames.Take(_random.Next(_unsyncedNames.Count + 1)))
                change(names);
            _unsyncedNames.Clear();
            foreach (var inode in names.Values.Distinct())
                inode.LoseUnsynced(_random);
            _names = names;
            _durableNames = new(names);
        }
    }

    public byte[] Content(string path)
    {
        lock (_gate)
            return _names[path].Bytes[.._names[path].Length];
    }

    public void Overwrite(string path, byte[] content)
    {
        lock (_gate)
        {
            if (!_names.TryGetValue(path, out var inode))
                _names[path] = inode = new MemoryInode();
            inode.Bytes = [.. content];
            inode.Length = content.Length;
            inode.MarkDurable();
        }
    }

    /// <summary>A bit rots on the disk, and in what the operating system has read of it.</summary>
    public void FlipBit(string path, long position, int bit)
    {
        lock (_gate)
            _names[path].FlipBit(position, bit);
    }

    public IEnumerable<string> Paths
    {
        get
        {
            lock (_gate)
                return [.. _names.Keys];
        }
    }

    public IFile Open(string path, FileOpenMode mode)
    {
        Check("open", path);
        lock (_gate)
        {
            if (!_directories.Contains(DirectoryOf(path)))
                throw new DirectoryNotFoundException(path);
            if (!_names.TryGetValue(path, out var inode))
            {
                if (mode == FileOpenMode.Existing)
                    throw new FileNotFoundException(path);
                if (FreeBytes <= 0)
                    throw new DiskFullException(path);
                inode = new MemoryInode();
                var created = inode;
                Change(names => names[path] = created);
            }
            else if (mode == FileOpenMode.CreateEmpty)
            {
                inode.SetLength(0);
            }
            OpenFiles++;
            Opens++;
            return new File(this, path, inode);
        }
    }

    public bool FileExists(string path)
    {
        lock (_gate)
            return _names.ContainsKey(path);
    }

    public bool DirectoryExists(string path)
    {
        lock (_gate)
            return _directories.Contains(path);
    }

    public void CreateDirectory(string path)
    {
        Check("mkdir", path);
        lock (_gate)
        {
            for (var directory = path; directory.Length > 1; directory = DirectoryOf(directory))
                _directories.Add(directory);
        }
    }

    public void MoveFile(string from, string to)
    {
        Check("rename", from);
        lock (_gate)
        {
            if (!_names.ContainsKey(from))
                throw new FileNotFoundException(from);
            Change(names =>
            {
                if (names.Remove(from, out var inode))
                    names[to] = inode;
            });
        }
    }

    public void MoveDirectory(string from, string to)
    {
        Check("rename", from);
        lock (_gate)
        {
            if (!_directories.Remove(from))
                throw new DirectoryNotFoundException(from);
            _directories.Add(to);
            foreach (var names in new[] { _names, _durableNames })
            {
                foreach (var path in names.Keys.Where(path => DirectoryOf(path) == from).ToList())
                {
                    names.Remove(path, out var inode);
                    names[to + path[from.Length..]] = inode!;
                }
            }
        }
    }

    public void DeleteFile(string path)
    {
        Check("unlink", path);
        lock (_gate)
        {
            if (_names.ContainsKey(path))
                Change(names => names.Remove(path));
        }
    }

    public void DeleteDirectory(string path)
    {
        Check("unlink", path);
        lock (_gate)
        {
            _directories.Remove(path);
            foreach (var name in _names.Keys.Where(name => DirectoryOf(name) == path).ToList())
                _names.Remove(name);
        }
    }

    public IReadOnlyList<FileEntry> List(string directory)
    {
        Check("list", directory);
        lock (_gate)
        {
            return
            [
                .. _names.Where(name => DirectoryOf(name.Key) == directory)
                    .Select(name => new FileEntry(Path.GetFileName(name.Key), false, name.Value.Length, 0)),
                .. _directories.Where(path => path != directory && DirectoryOf(path) == directory)
                    .Select(path => new FileEntry(Path.GetFileName(path), true, 0, 0)),
            ];
        }
    }

    public void SyncDirectory(string path)
    {
        Check("fsync", path);
        SyncNames();
    }

    public bool TrySyncAll(string path)
    {
        Check("fsync", path);
        lock (_gate)
        {
            foreach (var inode in _names.Values)
                inode.MarkDurable();
            SyncNames();
            return true;
        }
    }

    public IDisposable? TryLock(string path)
    {
        lock (_gate)
            return _locks.Add(path) ? new Unlock(this, path) : null;
    }

    public long AvailableBytes(string path) => FreeBytes;

    public long TotalBytes(string path) => long.MaxValue;

    private void Change(Action<Dictionary<string, MemoryInode>> change)
    {
        change(_names);
        _unsyncedNames.Add(change);
    }

    private void SyncNames()
    {
        lock (_gate)
        {
            _durableNames = new(_names);
            _unsyncedNames.Clear();
        }
    }

    private static string DirectoryOf(string path) => Path.GetDirectoryName(path) ?? "/";

    private void Check(string operation, string path)
    {
        if (Fault?.Invoke(operation, path) is { } error)
            throw error;
    }

    private sealed class Unlock(MemoryFileSystem owner, string path) : IDisposable
    {
        public void Dispose()
        {
            lock (owner._gate)
                owner._locks.Remove(path);
        }
    }

    private sealed class File(MemoryFileSystem owner, string path, MemoryInode inode) : IFile
    {
        private bool _closed;

        public long Length
        {
            get
            {
                lock (owner._gate)
                    return inode.Length;
            }
        }

        public SafeFileHandle? Handle => null;

        public int Read(Span<byte> buffer, long position)
        {
            owner.Check("read", path);
            lock (owner._gate)
            {
                ObjectDisposedException.ThrowIf(_closed, this);
                if (position >= inode.Length)
                    return 0;
                var count = (int)Math.Min(buffer.Length, inode.Length - position);
                inode.Bytes.AsSpan((int)position, count).CopyTo(buffer);
                return count;
            }
        }

        public void Write(ReadOnlySpan<byte> bytes, long position)
        {
            owner.Check("write", path);
            lock (owner._gate)
            {
                ObjectDisposedException.ThrowIf(_closed, this);
                owner.Writes++;
                var grown = position + bytes.Length - inode.Length;
                if (grown > owner.FreeBytes)
                {
                    inode.Write(bytes[..(int)Math.Max(0, bytes.Length - (grown - owner.FreeBytes))], position);
                    owner.FreeBytes = 0;
                    throw new DiskFullException(path);
                }
                if (grown > 0)
                    owner.FreeBytes -= grown;
                inode.Write(bytes, position);
            }
        }

        public void Write(IReadOnlyList<ReadOnlyMemory<byte>> buffers, long position) =>
            Write(buffers.SelectMany(buffer => buffer.ToArray()).ToArray(), position);

        public void SetLength(long length)
        {
            owner.Check("truncate", path);
            lock (owner._gate)
                inode.SetLength(length);
        }

        public void Sync()
        {
            int writes;
            lock (owner._gate)
                writes = inode.UnsyncedWrites;
            owner.Check("fsync", path);
            lock (owner._gate)
            {
                owner.Syncs++;
                // What is written while it runs need not be part of it.
                inode.MarkDurable(writes);
                // A commit of the file system's journal takes the names with it.
                owner.SyncNames();
            }
        }

        public void Dispose()
        {
            lock (owner._gate)
            {
                if (!_closed)
                    owner.OpenFiles--;
                _closed = true;
            }
        }
    }
}
