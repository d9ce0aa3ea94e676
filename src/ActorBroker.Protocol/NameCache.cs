using System.Runtime.InteropServices;

namespace ActorBroker.Protocol;

/// <summary>
/// Remembers the strings of names that come with every request (topics, groups), keyed by their bytes. A direct-mapped table: it never
/// holds more than <see cref="Slots"/> names of <see cref="LongestName"/> bytes, and a collision only costs a new string.
/// </summary>
internal static class NameCache
{
    internal const int Slots = 4096;

    /// <summary>The longest topic name; longer texts are not remembered.</summary>
    internal const int LongestName = 249;

    private static readonly Entry?[] Table = new Entry?[Slots];
    private static readonly ulong Seed = (ulong)Random.Shared.NextInt64() | 1;

    /// <summary>The string for these bytes, if it is remembered.</summary>
    public static string? Find(ReadOnlySpan<byte> utf8)
    {
        var entry = Volatile.Read(ref Table[Slot(utf8)]);
        return entry is not null && utf8.SequenceEqual(entry.Utf8) ? entry.Text : null;
    }

    /// <summary>Remembers a string in place of the one that had its slot.</summary>
    public static void Add(ReadOnlySpan<byte> utf8, string text)
    {
        if (utf8.Length <= LongestName)
        {
            Volatile.Write(ref Table[Slot(utf8)], new Entry(utf8.ToArray(), text));
        }
    }

    private static int Slot(ReadOnlySpan<byte> utf8)
    {
        var hash = (ulong)utf8.Length * Seed;
        var words = MemoryMarshal.Cast<byte, ulong>(utf8);
        foreach (var word in words)
        {
            hash = (ulong.RotateLeft(hash, 5) ^ word) * 0x9e3779b97f4a7c15;
        }

        foreach (var rest in utf8[(words.Length * sizeof(ulong))..])
        {
            hash = (ulong.RotateLeft(hash, 5) ^ rest) * 0x9e3779b97f4a7c15;
        }

        return (int)(hash >> (64 - 12));
    }

    private sealed record Entry(byte[] Utf8, string Text);
}
