using ActorBroker.Storage.Files;

namespace ActorBroker.Actors.Tests.Controller;

/// <summary>The real file system, whose log files a test may make unreadable, or slow to read.</summary>
internal sealed class JournalDisk : RealDisk
{
    private readonly ManualResetEventSlim mayRead = new(true);
    private volatile bool isBroken;

    /// <summary>Whether reading a log throws.</summary>
    public bool IsBroken
    {
        set => isBroken = value;
    }

    /// <summary>Whether somebody waits to read.</summary>
    public bool IsAwaited { get; private set; }

    public void Hold() => mayRead.Reset();

    public void Release() => mayRead.Set();

    public override IFile Open(string path, FileOpenMode mode) => path.EndsWith(".log", StringComparison.Ordinal) ? new Log(this, base.Open(path, mode)) : base.Open(path, mode);

    private void BeforeRead()
    {
        if (isBroken)
        {
            throw new IOException("the disk cannot be read");
        }

        IsAwaited = !mayRead.IsSet;
        mayRead.Wait();
    }

    private sealed class Log(JournalDisk disk, IFile file) : IFile
    {
        public long Length => file.Length;

        public Microsoft.Win32.SafeHandles.SafeFileHandle? Handle => null;

        public int Read(Span<byte> buffer, long position)
        {
            disk.BeforeRead();
            return file.Read(buffer, position);
        }

        public void Write(ReadOnlySpan<byte> bytes, long position) => file.Write(bytes, position);

        public void Write(IReadOnlyList<ReadOnlyMemory<byte>> buffers, long position) => file.Write(buffers, position);

        public void SetLength(long length) => file.SetLength(length);

        public void Sync() => file.Sync();

        public void Dispose() => file.Dispose();
    }
}
