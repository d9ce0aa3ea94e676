using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ActorBroker.Storage.Files;

/// <summary>The operating system's files: positional reads and writes over <see cref="RandomAccess"/>.</summary>
public sealed partial class RealFileSystem : IFileSystem
{
    private const string LinuxBootId = "/proc/sys/kernel/random/boot_id";

    public static RealFileSystem Instance { get; } = new();

    public string? BootId { get; } = ReadBootId();

    public IFile Open(string path, FileOpenMode mode)
    {
        var fileMode = mode switch
        {
            FileOpenMode.Existing => FileMode.Open,
            FileOpenMode.OpenOrCreate => FileMode.OpenOrCreate,
            _ => FileMode.Create,
        };
        try
        {
            // ReadWrite sharing: .NET would otherwise take an advisory lock with another system call per open.
            return new RealFile(path, File.OpenHandle(path, fileMode, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete));
        }
        catch (IOException e) when (IsDiskFull(e))
        {
            throw new DiskFullException(path, e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    public bool FileExists(string path) => File.Exists(path);

    public bool DirectoryExists(string path) => Directory.Exists(path);

    public void CreateDirectory(string path) => Translate(path, static p => Directory.CreateDirectory(p));

    public void MoveFile(string from, string to)
    {
        try
        {
            File.Move(from, to, overwrite: true);
        }
        catch (IOException e) when (IsDiskFull(e))
        {
            throw new DiskFullException(to, e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    public void MoveDirectory(string from, string to)
    {
        try
        {
            Directory.Move(from, to);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    public void DeleteFile(string path) => Translate(path, static p =>
    {
        try
        {
            File.Delete(p);
        }
        catch (DirectoryNotFoundException)
        {
            // Gone with its directory: what was asked for.
        }
    });

    public void DeleteDirectory(string path) => Translate(path, static p =>
    {
        try
        {
            Directory.Delete(p, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // Gone already.
        }
    });

    public IReadOnlyList<FileEntry> List(string directory)
    {
        try
        {
            var entries = new List<FileEntry>();
            foreach (var info in new DirectoryInfo(directory).EnumerateFileSystemInfos())
            {
                var lastWriteMs = new DateTimeOffset(info.LastWriteTimeUtc).ToUnixTimeMilliseconds();
                entries.Add(info is FileInfo file
                    ? new FileEntry(info.Name, false, file.Length, lastWriteMs)
                    : new FileEntry(info.Name, true, 0, lastWriteMs));
            }
            return entries;
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    public void SyncDirectory(string path)
    {
        if (!OperatingSystem.IsWindows())
            Posix.SyncDirectory(path);
    }

    public bool TrySyncAll(string path) => OperatingSystem.IsLinux() && Posix.TrySyncFileSystem(path);

    public IDisposable? TryLock(string path)
    {
        FileStream stream;
        try
        {
            stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e is not FileNotFoundException and not DirectoryNotFoundException)
        {
            return null;
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException(e.Message, e);
        }
        try
        {
            // The first lock keeps other .NET processes out, this one a JVM, which uses the other kind of lock.
            if (!OperatingSystem.IsMacOS())
                stream.Lock(0, 0);
            return stream;
        }
        catch (IOException)
        {
            stream.Dispose();
            return null;
        }
    }

    public long AvailableBytes(string path) => new DriveInfo(path).AvailableFreeSpace;

    public long TotalBytes(string path) => new DriveInfo(path).TotalSize;

    /// <summary>Whether the operating system refused a write for lack of space or quota.</summary>
    internal static bool IsDiskFull(IOException e) => OperatingSystem.IsWindows()
        ? (e.HResult & 0xffff) is 0x70 or 0x27
        : e.HResult is 28 or OperatingSystemQuota;

    private const int OperatingSystemQuota = 122; // EDQUOT on Linux

    private static string? ReadBootId()
    {
        try
        {
            return File.Exists(LinuxBootId) ? File.ReadAllText(LinuxBootId).Trim() : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static void Translate(string path, Action<string> action)
    {
        try
        {
            action(path);
        }
        catch (IOException e) when (IsDiskFull(e))
        {
            throw new DiskFullException(path, e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    private sealed class RealFile(string path, SafeFileHandle handle) : IFile
    {
        public long Length => RandomAccess.GetLength(handle);

        public SafeFileHandle? Handle => handle;

        public int Read(Span<byte> buffer, long position)
        {
            var total = 0;
            while (total < buffer.Length)
            {
                var count = RandomAccess.Read(handle, buffer[total..], position + total);
                if (count == 0)
                    break;
                total += count;
            }
            return total;
        }

        public void Write(ReadOnlySpan<byte> bytes, long position)
        {
            try
            {
                RandomAccess.Write(handle, bytes, position);
            }
            catch (IOException e) when (IsDiskFull(e))
            {
                throw new DiskFullException(path, e);
            }
        }

        public void Write(IReadOnlyList<ReadOnlyMemory<byte>> buffers, long position)
        {
            try
            {
                RandomAccess.Write(handle, buffers, position);
            }
            catch (IOException e) when (IsDiskFull(e))
            {
                throw new DiskFullException(path, e);
            }
        }

        public void SetLength(long length)
        {
            try
            {
                RandomAccess.SetLength(handle, length);
            }
            catch (IOException e) when (IsDiskFull(e))
            {
                throw new DiskFullException(path, e);
            }
        }

        public void Sync()
        {
            try
            {
                RandomAccess.FlushToDisk(handle);
            }
            catch (IOException e) when (IsDiskFull(e))
            {
                throw new DiskFullException(path, e);
            }
        }

        public void Dispose() => handle.Dispose();
    }

    /// <summary>.NET opens no directories; POSIX makes a directory's names durable by fsync on the directory.</summary>
    private static partial class Posix
    {
        private const int ReadOnlyFlag = 0;

        private static readonly Version FirstWithErrors = new(5, 8);

        public static void SyncDirectory(string path)
        {
            var descriptor = Open(path, ReadOnlyFlag);
            if (descriptor < 0)
                throw new IOException($"cannot open directory {path}: {Marshal.GetLastPInvokeErrorMessage()}");
            try
            {
                if (FSync(descriptor) != 0)
                    throw new IOException($"cannot sync directory {path}: {Marshal.GetLastPInvokeErrorMessage()}");
            }
            finally
            {
                _ = Close(descriptor);
            }
        }

        /// <summary>Reports write errors from Linux 5.8 on; before, the kernel keeps them to itself.</summary>
        public static bool TrySyncFileSystem(string path)
        {
            if (Environment.OSVersion.Version < FirstWithErrors)
                return false;
            var descriptor = Open(path, ReadOnlyFlag);
            if (descriptor < 0)
                return false;
            try
            {
                return SyncFileSystem(descriptor) == 0
                    ? true
                    : throw new IOException($"cannot sync the file system of {path}: {Marshal.GetLastPInvokeErrorMessage()}");
            }
            finally
            {
                _ = Close(descriptor);
            }
        }

        [LibraryImport("libc", EntryPoint = "syncfs", SetLastError = true)]
        private static partial int SyncFileSystem(int descriptor);

        [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
        private static partial int Open(string path, int flags);

        [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
        private static partial int FSync(int descriptor);

        [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
        private static partial int Close(int descriptor);
    }
}
