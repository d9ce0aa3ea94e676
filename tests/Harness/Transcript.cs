using System.Text;

namespace ActorBroker.Harness;

/// <summary>What cores say to each other and ask of their shells, line by line, so that a test can compare it with a text.</summary>
public sealed class Transcript
{
    private readonly StringBuilder lines = new();

    public void Note(string line) => lines.Append(line).Append('\n');

    /// <summary>What was noted since the last call.</summary>
    public string Take()
    {
        var text = lines.ToString().TrimEnd();
        lines.Clear();
        return text;
    }

    /// <summary>The last lines, at most so many characters; they stay.</summary>
    public string Tail(int maxChars)
    {
        var from = Math.Max(0, lines.Length - maxChars);
        return lines.ToString(from, lines.Length - from);
    }
}
