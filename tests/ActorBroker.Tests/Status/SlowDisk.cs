using ActorBroker.Storage.Files;

namespace ActorBroker.Tests.Status;

/// <summary>The real file system, on which files of one directory open only when the test says so.</summary>
internal sealed class SlowDisk : RealDisk
{
    private readonly ManualResetEventSlim released = new();
    private string? held;

    public void HoldsReadsOf(string directory) => held = directory;

    public void Release() => released.Set();

    public override IFile Open(string path, FileOpenMode mode)
    {
        if (held is not null && Path.GetFileName(Path.GetDirectoryName(path)) == held)
            released.Wait();
        return base.Open(path, mode);
    }
}
