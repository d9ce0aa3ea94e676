using System.Globalization;

namespace ActorBroker.Protocol.Generator;

/// <summary>An inclusive range of message versions. In schemas: <c>3</c>, <c>3-7</c>, or <c>3+</c> (up to the message's newest).</summary>
internal readonly record struct VersionRange(int First, int Last)
{
    public static VersionRange Empty => new(0, -1);

    public bool IsEmpty => Last < First;

    public bool Contains(int version) => version >= First && version <= Last;

    public bool Contains(VersionRange other) => other.IsEmpty || (First <= other.First && Last >= other.Last);

    public VersionRange And(VersionRange other) => new(Math.Max(First, other.First), Math.Min(Last, other.Last));

    /// <summary>A C# condition that holds for this range, given that the version is in <paramref name="valid"/>; null when always true.</summary>
    public string? Condition(VersionRange valid)
    {
        var range = And(valid);
        if (range.IsEmpty)
        {
            return "false";
        }

        var from = range.First > valid.First;
        var to = range.Last < valid.Last;
        return (from, to) switch
        {
            (false, false) => null,
            (true, false) => $"version >= {range.First}",
            (false, true) => $"version <= {range.Last}",
            _ when range.First == range.Last => $"version == {range.First}",
            _ => $"version >= {range.First} && version <= {range.Last}",
        };
    }

    public static bool TryParse(string text, int newest, out VersionRange range)
    {
        range = Empty;
        var dash = text.IndexOf('-', StringComparison.Ordinal);
        var first = text.EndsWith('+') ? text[..^1] : dash > 0 ? text[..dash] : text;
        var last = dash > 0 ? text[(dash + 1)..] : first;
        if (!int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var low)
            || !int.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out var high))
        {
            return false;
        }

        range = new VersionRange(low, text.EndsWith('+') ? newest : high);
        return true;
    }
}
