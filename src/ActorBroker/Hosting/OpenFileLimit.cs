using System.Globalization;

namespace ActorBroker.Hosting;

/// <summary>How many files this process may have open (<c>ulimit -n</c>), and how many of them the logs may keep.</summary>
internal static class OpenFileLimit
{
    private const string LimitsFile = "/proc/self/limits";

    /// <summary>The limit; <see cref="int.MaxValue"/> where there is none or it cannot be told.</summary>
    public static int OfProcess { get; } = Read();

    /// <summary>What the logs may keep open: the configured number, but at most half of the limit, since connections need files as well.</summary>
    public static int Bound(int configured) => Bound(configured, OfProcess);

    internal static int Bound(int configured, int limit) => Math.Min(configured, Math.Max(16, limit / 2));

    /// <summary>Finds the soft limit in the text of /proc/self/limits.</summary>
    internal static int Parse(IEnumerable<string> lines)
    {
        const string name = "Max open files";
        var line = lines.FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal));
        var soft = line?[name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        return int.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) ? limit : int.MaxValue;
    }

    private static int Read()
    {
        try
        {
            return Parse(File.ReadLines(LimitsFile));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return int.MaxValue;
        }
    }
}
