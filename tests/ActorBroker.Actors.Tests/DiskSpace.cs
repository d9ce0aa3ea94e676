using ActorBroker.Storage.Files;

namespace ActorBroker.Actors.Tests;

/// <summary>The real file system, with as much free space as a test says.</summary>
internal sealed class DiskSpace : RealDisk
{
    private long freeBytes = 1L << 40;

    public long FreeBytes
    {
        set => Volatile.Write(ref freeBytes, value);
    }

    /// <summary>Whether new files are refused, as on a disk without any room.</summary>
    public bool RefusesFiles { get; set; }

    /// <summary>A file whose next write puts half of the bytes down and then throws what nobody expects: a bug, not an I/O error. Once.</summary>
    public string? Breaks { get; set; }

    public override IFile Open(string path, FileOpenMode mode) =>
        RefusesFiles && mode != FileOpenMode.Existing && !FileExists(path) ? throw new DiskFullException(path) : new BreakableFile(this, path, base.Open(path, mode));

    public override long AvailableBytes(string path) => Volatile.Read(ref freeBytes);

    private void MaybeBreak(string path, ReadOnlySpan<byte> bytes, long position, IFile file)
    {
        if (Breaks is { } breaks && path.EndsWith(breaks, StringComparison.Ordinal))
        {
            Breaks = null;
            file.Write(bytes[..(bytes.Length / 2)], position);
            throw new InvalidOperationException("a write was interrupted by a bug");
        }
    }

    private sealed class BreakableFile(DiskSpace disk, string path, IFile file) : IFile
    {
        public long Length => file.Length;

        public Microsoft.Win32.SafeHandles.SafeFileHandle? Handle => file.Handle;

        public int Read(Span<byte> buffer, long position) => file.Read(buffer, position);

        public void Write(ReadOnlySpan<byte> bytes, long position)
        {
            disk.MaybeBreak(path, bytes, position, file);
            file.Write(bytes, position);
        }

        public void Write(IReadOnlyList<ReadOnlyMemory<byte>> buffers, long position)
        {
            disk.MaybeBreak(path, buffers[0].Span, position, file);
            file.Write(buffers, position);
        }

        public void SetLength(long length) => file.SetLength(length);

        public void Sync() => file.Sync();

        public void Dispose() => file.Dispose();
    }
}
