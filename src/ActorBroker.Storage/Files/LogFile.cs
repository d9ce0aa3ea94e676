using Microsoft.Win32.SafeHandles;

namespace ActorBroker.Storage.Files;

/// <summary>The directory of one partition. Its path changes when the partition is deleted, set aside or moved.</summary>
public sealed class PartitionDirectory(string path)
{
    private string _path = path;

    public string Path
    {
        get => Volatile.Read(ref _path);
        internal set => Volatile.Write(ref _path, value);
    }

    internal string Combine(string name) => System.IO.Path.Combine(Path, name);
}

/// <summary>One file of a partition, open only while it is used: the handle is taken from the <see cref="FileHandleCache"/>, which may
/// close it between uses. A lease keeps the handle valid, also past the file's deletion, until it is released.
/// Safe for use from several threads; who may write is the log's matter.</summary>
internal sealed class LogFile(FileHandleCache handles, PartitionDirectory directory, string name)
{
    private readonly Lock _gate = new();
    private string _name = name;
    private IFile? _file;
    private int _leases;
    private bool _recentlyUsed;
    private bool _enlisted;
    private bool _deleted;

    public string Name => Volatile.Read(ref _name);

    public string Path => directory.Combine(Name);

    /// <summary>Opens the file when it is closed and keeps it open until <see cref="Release"/>. Creates it when asked to.
    /// Throws <see cref="FileNotFoundException"/> when it was deleted.</summary>
    public IFile Acquire(FileOpenMode mode = FileOpenMode.Existing)
    {
        IFile file;
        bool opened;
        lock (_gate)
        {
            opened = _file is null;
            if (_file is null)
            {
                ThrowIfDeleted();
                _file = handles.FileSystem.Open(Path, mode);
            }
            file = _file;
            _leases++;
            _recentlyUsed = true;
        }
        if (opened)
            handles.Opened(this);
        return file;
    }

    public void Release()
    {
        lock (_gate)
        {
            if (--_leases == 0 && _deleted)
                CloseNow();
        }
    }

    public int Read(Span<byte> buffer, long position)
    {
        var file = Acquire();
        try
        {
            return file.Read(buffer, position);
        }
        finally
        {
            Release();
        }
    }

    public void Write(ReadOnlySpan<byte> bytes, long position)
    {
        var file = Acquire(FileOpenMode.OpenOrCreate);
        try
        {
            file.Write(bytes, position);
        }
        finally
        {
            Release();
        }
    }

    public void Write(IReadOnlyList<ReadOnlyMemory<byte>> buffers, long position)
    {
        var file = Acquire(FileOpenMode.OpenOrCreate);
        try
        {
            file.Write(buffers, position);
        }
        finally
        {
            Release();
        }
    }

    public void SetLength(long length)
    {
        var file = Acquire(FileOpenMode.OpenOrCreate);
        try
        {
            file.SetLength(length);
        }
        finally
        {
            Release();
        }
    }

    /// <summary>fsync; a deleted file needs none.</summary>
    public void Sync()
    {
        IFile file;
        try
        {
            file = Acquire();
        }
        catch (FileNotFoundException)
        {
            return;
        }
        try
        {
            file.Sync();
        }
        finally
        {
            Release();
        }
    }

    /// <summary>Closes an unused handle; the file opens again on the next use.</summary>
    public void Close()
    {
        lock (_gate)
        {
            if (_leases == 0)
                CloseNow();
        }
    }

    /// <summary>Renames within the partition's directory; nothing happens when the file does not exist.</summary>
    public void Rename(string newName)
    {
        lock (_gate)
        {
            var path = Path;
            if (handles.FileSystem.FileExists(path))
                handles.FileSystem.MoveFile(path, directory.Combine(newName));
            Volatile.Write(ref _name, newName);
        }
    }

    /// <summary>Removes the file. Leases stay valid until they are released.</summary>
    public void Delete()
    {
        lock (_gate)
        {
            if (_deleted)
                return;
            _deleted = true;
            handles.FileSystem.DeleteFile(Path);
            if (_leases == 0)
                CloseNow();
        }
    }

    /// <summary>Whether the caller has to put the file on the cache's list of open files.</summary>
    internal bool TryEnlist()
    {
        lock (_gate)
        {
            if (_enlisted || _file is null)
                return false;
            _enlisted = true;
            return true;
        }
    }

    /// <summary>Closes the handle when nobody used it since the last call. True: the file is closed and off the list.</summary>
    internal bool TryCloseIdle()
    {
        lock (_gate)
        {
            if (_file is not null && (_leases > 0 || _recentlyUsed))
            {
                _recentlyUsed = false;
                return false;
            }
            CloseNow();
            _enlisted = false;
            return true;
        }
    }

    private void CloseNow()
    {
        _file?.Dispose();
        _file = null;
    }

    private void ThrowIfDeleted()
    {
        if (_deleted)
            throw new FileNotFoundException("the file was deleted", Path);
    }
}

/// <summary>A contiguous range of a segment file, cut at batch boundaries. It holds a lease on the file, so that the range stays readable
/// after the segment was deleted: whoever gets a slice must call <see cref="Release"/> exactly once. The default value is empty.</summary>
public readonly struct FileSlice
{
    private readonly LogFile? _lease;
    private readonly IFile? _file;

    internal FileSlice(LogFile lease, IFile file, long position, int length)
    {
        _lease = lease;
        _file = file;
        Position = position;
        Length = length;
    }

    /// <summary>Where the range starts in the file.</summary>
    public long Position { get; }

    /// <summary>Bytes.</summary>
    public int Length { get; }

    public bool IsEmpty => Length == 0;

    internal bool IsOf(LogFile file) => _lease == file;

    /// <summary>The first bytes of the range, in its place: only one of the two is to be released.</summary>
    internal FileSlice Shortened(int length) => length == Length ? this : new FileSlice(_lease!, _file!, Position, length);

    /// <summary>For sendfile; null when empty, or when the file system has no handles (tests).</summary>
    public SafeFileHandle? Handle => _file?.Handle;

    /// <summary>Copies bytes of the range from <paramref name="at"/> on; the count is less than the buffer's length only at the end of the
    /// range.</summary>
    public int Read(Span<byte> buffer, int at = 0)
    {
        if (_file is null || at >= Length)
            return 0;
        return _file.Read(buffer[..Math.Min(buffer.Length, Length - at)], Position + at);
    }

    /// <summary>The whole range as an array.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[Length];
        var count = Read(bytes);
        return count == Length ? bytes : bytes[..count];
    }

    public void Release() => _lease?.Release();
}
