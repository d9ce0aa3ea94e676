namespace ActorBroker.Hocon;

/// <summary>A text to be read, and how to find what it includes.</summary>
/// <param name="Text">The HOCON.</param>
/// <param name="Name">What errors call it; null for a text without a name.</param>
/// <param name="Include">Gets the name that stands in an include statement, and gives what it stands for: null when there is no such thing. Without it a name is that
/// of a file, relative to the current directory.</param>
public sealed record HoconSource(string Text, string? Name = null, Func<string, HoconSource?>? Include = null)
{
    /// <summary>An include statement may leave them out.</summary>
    private static readonly string[] Extensions = ["", ".conf", ".hocon", ".json"];

    /// <summary>A text whose includes are files, relative to <paramref name="directory"/>.</summary>
    public static HoconSource In(string directory, string text, string name) => new(text, name, included => FindFile(directory, included));

    /// <summary>What the text includes under a name; null when there is no such thing.</summary>
    /// <exception cref="IOException">There is a file, but it cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">There is a file, but it must not be read.</exception>
    internal HoconSource? Find(string name) => Include is null ? FindFile(Environment.CurrentDirectory, name) : Include(name);

    private static HoconSource? FindFile(string directory, string name)
    {
        var path = Path.GetFullPath(name, directory);
        var file = Extensions.Select(extension => path + extension).FirstOrDefault(File.Exists);
        return file is null ? null : In(Path.GetDirectoryName(file)!, File.ReadAllText(file), file);
    }
}
