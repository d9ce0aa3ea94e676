using ActorBroker.Storage.Files;

namespace ActorBroker.Harness;

/// <summary>The real file system, for tests that change a part of it.</summary>
public abstract class RealDisk : IFileSystem
{
    private static readonly RealFileSystem Real = RealFileSystem.Instance;

    public string? BootId => Real.BootId;

    public virtual IFile Open(string path, FileOpenMode mode) => Real.Open(path, mode);

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

    public virtual long AvailableBytes(string path) => Real.AvailableBytes(path);

    public long TotalBytes(string path) => Real.TotalBytes(path);
}
