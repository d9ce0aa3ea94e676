using ActorBroker.Storage.Files;

namespace ActorBroker.Storage;

/// <summary>Directories of replicas that were set aside (<see cref="LogFileNames.StrayDirectorySuffix"/>), which wait for a person to look at them.</summary>
/// <param name="Bytes">Of all files in them.</param>
public readonly record struct StrayDirectories(int Count, long Bytes)
{
    /// <summary>Looks into a log directory. What cannot be read, or goes meanwhile, does not count.</summary>
    public static StrayDirectories In(IFileSystem files, string directory)
    {
        var found = default(StrayDirectories);
        foreach (var entry in List(files, directory).Where(entry => entry.IsDirectory && entry.Name.EndsWith(LogFileNames.StrayDirectorySuffix, StringComparison.Ordinal)))
            found = new StrayDirectories(found.Count + 1, found.Bytes + List(files, Path.Combine(directory, entry.Name)).Sum(file => file.Length));
        return found;
    }

    private static IReadOnlyList<FileEntry> List(IFileSystem files, string directory)
    {
        try
        {
            return files.List(directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
