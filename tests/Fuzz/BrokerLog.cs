namespace ActorBroker.Fuzz;

/// <summary>Looks for bugs that a broker survived: exceptions that nobody expected.</summary>
internal static class BrokerLog
{
    private static readonly string[] Signs = ["unhandled", "NullReferenceException", "IndexOutOfRangeException", "InvalidCastException", "OutOfMemoryException", "KeyNotFoundException", "ArgumentOutOfRangeException", "OverflowException", "has a value that version"];

    /// <summary>True when no line shows one; otherwise the different ones, the most frequent first.</summary>
    public static bool Unhandled(string file, out string detail)
    {
        var found = File.ReadLines(file).Select(line => Array.Find(Signs, sign => line.Contains(sign, StringComparison.OrdinalIgnoreCase)) is { } sign ? (sign, line) : default)
            .Where(hit => hit.line is not null).GroupBy(hit => hit.sign).OrderByDescending(group => group.Count()).ToList();
        detail = string.Join("; ", found.Select(group => $"{group.Key} {group.Count()} times, first: {group.First().line.Trim()}"));
        return found.Count == 0;
    }
}
