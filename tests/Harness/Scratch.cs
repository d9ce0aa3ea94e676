namespace ActorBroker.Harness;

/// <summary>
/// Directories for tests, all in one of this process. Tests delete theirs; those of tests that failed before that go when the process ends, and those of a process
/// that was killed when the next one begins.
/// </summary>
public static class Scratch
{
    private const string Prefix = "broker-tests-";

    /// <summary>Open, and so locked, while the directory's process lives.</summary>
    private const string LockName = "in-use";

    private static readonly Lazy<FileStream> Lock = new(Begin);

    /// <summary>Makes an empty directory.</summary>
    /// <param name="prefix">Of its name, for people who look.</param>
    public static DirectoryInfo Create(string prefix)
    {
        var root = Path.GetDirectoryName(Lock.Value.Name)!;
        return Directory.CreateDirectory(Path.Combine(root, prefix + Path.GetRandomFileName()[..6]));
    }

    private static FileStream Begin()
    {
        foreach (var left in Directory.EnumerateDirectories(Path.GetTempPath(), Prefix + "*"))
        {
            DeleteUnlessInUse(left);
        }

        var root = Directory.CreateTempSubdirectory(Prefix).FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => End(root);
        return new FileStream(Path.Combine(root, LockName), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
    }

    private static void DeleteUnlessInUse(string root)
    {
        try
        {
            using (new FileStream(Path.Combine(root, LockName), FileMode.Open, FileAccess.ReadWrite, FileShare.None))
            {
                Directory.Delete(root, recursive: true);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // In use, or somebody else is deleting it.
        }
    }

    private static void End(string root)
    {
        try
        {
            Directory.Delete(root, recursive: true);
        }
        catch (IOException)
        {
            // Something still writes: the next process deletes it.
        }
    }
}
