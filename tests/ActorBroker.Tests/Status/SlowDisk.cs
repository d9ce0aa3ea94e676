using ActorBroker.Storage.Files;

namespace ActorBroker.Tests.Status;

/// <summary>The real file system, on which files of one directory open only when the test says so.</summary>
internal sealed class SlowDisk : IFileSystem
{
    private static readonly RealFileSystem Real = RealFileSystem.Instance;

    private readonly ManualResetEventSlim released = new();
    private string? held;

    public string? BootId => Real.BootId;

    public void HoldsReadsOf(string directory) => held = directory;

    public void Release() => released.Set();

    public IFile Open(string path, FileOpenMode mode)
    {
        if (held is not null && Path.GetFileName(Path.GetDirectoryName(path)) == held)
            released.Wait();
        return Real.Open(path, mode);
    }

    public bool FileExists(string path) => Real.FileExists(path);

    public bool DirectoryExists(string path) => Real.DirectoryExists(path);

    public void CreateDirectory(string path) => Real.CreateDirectory(path);

    public void MoveFile(string from, string to) => Real.MoveFile(from, to);

    public void MoveDirectory(string from, string to) => Real.MoveDirectory(from, to);

    public void DeleteFile(string path) => Real.DeleteFile(path);

    public void DeleteDirectory(string path) => Real.DeleteDirectory(path);

    public IReadOnlyList<FileEntry> List(string directory) => Real.List(directory);

    public void SyncDirectory(string path) => Real.SyncDirectory(path);

    public bool TrySyncAll(string path) => Real.TrySyncAll(path);

    public IDisposable? TryLock(string path) => Real.TryLock(path);

    public long AvailableBytes(string path) => Real.AvailableBytes(path);

    public long TotalBytes(string path) => Real.TotalBytes(path);
}
