namespace ActorBroker.Crash;

/// <summary>What the broker's log says about recovery after a restart.</summary>
internal sealed class RecoveryLog(string file)
{
    private static readonly string[] Words = ["recover", "verified", " cut "];
    private long _position;

    /// <summary>Forgets what stands there so far.</summary>
    public void SkipToEnd() => _position = File.Exists(file) ? new FileInfo(file).Length : 0;

    /// <summary>The new lines about recovery: how many, and the last one.</summary>
    public string Said()
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        stream.Position = Math.Min(_position, stream.Length);
        using var reader = new StreamReader(stream);
        var lines = reader.ReadToEnd().Split('\n').Where(line => Words.Any(word => line.Contains(word, StringComparison.OrdinalIgnoreCase))).ToList();
        return lines.Count == 0 ? "; recovery said nothing" : $"; recovery said in {lines.Count} lines, at last: {lines[^1].Trim()}";
    }
}
