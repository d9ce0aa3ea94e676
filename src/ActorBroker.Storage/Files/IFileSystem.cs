using Microsoft.Win32.SafeHandles;

namespace ActorBroker.Storage.Files;

/// <summary>Everything that the journal asks of a file system. Small, so that tests can tear, fill up, slow down and corrupt the disk.
/// All methods throw <see cref="IOException"/> when the device fails, and <see cref="DiskFullException"/> when it has no room.</summary>
public interface IFileSystem
{
    /// <summary>Another value after each start of the operating system; null when it does not say. The same value as before a crash means that only
    /// the process died, and everything that it wrote is there.</summary>
    string? BootId { get; }

    /// <summary>Opens a file for positional reading and writing. Throws <see cref="FileNotFoundException"/> or
    /// <see cref="DirectoryNotFoundException"/> when <paramref name="mode"/> does not create it.</summary>
    IFile Open(string path, FileOpenMode mode);

    bool FileExists(string path);

    bool DirectoryExists(string path);

    /// <summary>Creates the directory and its missing parents.</summary>
    void CreateDirectory(string path);

    /// <summary>Renames a file; an existing file of the new name is replaced in one step.</summary>
    void MoveFile(string from, string to);

    /// <summary>Renames a directory within the same file system.</summary>
    void MoveDirectory(string from, string to);

    /// <summary>Removes a file; nothing happens when it is not there.</summary>
    void DeleteFile(string path);

    /// <summary>Removes a directory and everything in it; nothing happens when it is not there.</summary>
    void DeleteDirectory(string path);

    /// <summary>The entries of a directory, in no order.</summary>
    IReadOnlyList<FileEntry> List(string directory);

    /// <summary>Makes created, renamed and removed names of the directory survive a power failure.</summary>
    void SyncDirectory(string path);

    /// <summary>Makes everything that was written to the file system of <paramref name="path"/> survive a power failure, in one go: for many files that is a
    /// fraction of the cost of syncing each. False when there is no such way here.</summary>
    bool TrySyncAll(string path);

    /// <summary>Takes the lock of a lock file, creating it; null when another process has it.</summary>
    IDisposable? TryLock(string path);

    /// <summary>Bytes that may still be written on the file system that holds <paramref name="path"/>.</summary>
    long AvailableBytes(string path);

    /// <summary>The size of the file system that holds <paramref name="path"/>, bytes.</summary>
    long TotalBytes(string path);
}

/// <summary>An open file: positional, without a cursor, usable from several threads.</summary>
public interface IFile : IDisposable
{
    long Length { get; }

    /// <summary>The operating system's handle, for sendfile; null when there is none (tests).</summary>
    SafeFileHandle? Handle { get; }

    /// <summary>Reads up to the buffer's length; less only at the end of the file.</summary>
    int Read(Span<byte> buffer, long position);

    /// <summary>Writes all bytes at the position.</summary>
    void Write(ReadOnlySpan<byte> bytes, long position);

    /// <summary>Writes all buffers one after the other as one gathered write.</summary>
    void Write(IReadOnlyList<ReadOnlyMemory<byte>> buffers, long position);

    void SetLength(long length);

    /// <summary>Returns when everything written so far survives a power failure (fsync).</summary>
    void Sync();
}

public enum FileOpenMode
{
    /// <summary>The file must exist.</summary>
    Existing,

    /// <summary>The file is created when it does not exist.</summary>
    OpenOrCreate,

    /// <summary>The file is created, or emptied.</summary>
    CreateEmpty,
}

/// <param name="Name">Without the directory.</param>
/// <param name="Length">Bytes; 0 for directories.</param>
/// <param name="LastWriteMs">Milliseconds since 1970.</param>
public readonly record struct FileEntry(string Name, bool IsDirectory, long Length, long LastWriteMs);

/// <summary>The file system, or the quota, has no room for a write. A state of the disk, not a failure of it.</summary>
public sealed class DiskFullException(string path, Exception? inner = null) : IOException($"no space left for {path}", inner);
