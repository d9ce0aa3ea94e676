using System.Globalization;
using ActorBroker.Model;
using ActorBroker.Storage.Files;

namespace ActorBroker.Storage.Checkpoints;

/// <summary>meta.properties: whose log directory this is. See docs/formats/log-directory.md.</summary>
/// <param name="DirectoryId">Zero when the file does not say.</param>
public sealed record MetaProperties(string ClusterId, NodeId NodeId, TopicId DirectoryId)
{
    /// <summary>Reads the file of a log directory, version 0 or 1; null when there is none. Throws <see cref="CorruptFileException"/>.</summary>
    public static MetaProperties? TryRead(IFileSystem fileSystem, string directory)
    {
        var path = Path.Combine(directory, LogFileNames.MetaProperties);
        if (AtomicFile.TryReadText(fileSystem, path) is not { } text)
            return null;
        var values = Parse(text);
        var version = values.GetValueOrDefault("version", "0");
        if (version is not ("0" or "1"))
            throw new CorruptFileException(path, $"version {version} is unknown, 0 and 1 are known: another program, or another version of this one, wrote it. Run that one, or choose another directory");
        var nodeKey = version == "0" ? "broker.id" : "node.id";
        var node = -1;
        if (values.TryGetValue(nodeKey, out var nodeText)
            && !int.TryParse(nodeText, NumberStyles.None, CultureInfo.InvariantCulture, out node))
            throw new CorruptFileException(path, $"{nodeKey}={nodeText} is no node id");
        if (version == "1" && (node < 0 || !values.ContainsKey("cluster.id")))
            throw new CorruptFileException(path, "cluster.id or node.id is missing");
        var id = TopicId.Zero;
        if (values.TryGetValue("directory.id", out var idText) && !TopicId.TryParse(idText, out id))
            throw new CorruptFileException(path, $"directory.id={idText} is no id");
        return new MetaProperties(values.GetValueOrDefault("cluster.id", ""), new NodeId(node), id);
    }

    /// <summary>Writes version 1 of the file; it survives a power failure when this returns.</summary>
    public void Write(IFileSystem fileSystem, string directory) =>
        AtomicFile.WriteText(
            fileSystem,
            Path.Combine(directory, LogFileNames.MetaProperties),
            $"cluster.id={ClusterId}\ndirectory.id={DirectoryId}\nnode.id={NodeId}\nversion=1\n",
            sync: true);

    private static Dictionary<string, string> Parse(string text)
    {
        var values = new Dictionary<string, string>();
        foreach (var raw in text.Split('\n'))
        {
            var line = raw.Trim();
            var equals = line.IndexOf('=');
            if (line.Length > 0 && line[0] is not ('#' or '!') && equals > 0)
                values[line[..equals].Trim()] = line[(equals + 1)..].Trim();
        }
        return values;
    }
}
