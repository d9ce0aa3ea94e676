using System.Collections.Concurrent;
using System.Text;

namespace Akka.Configuration.Hocon;

/// <summary>Dotted paths; an element in double quotes may itself hold dots.</summary>
internal static class HoconPath
{
    private const int CacheLimit = 4096;

    private static readonly ConcurrentDictionary<string, string[]> Cache = new();

    /// <summary>The elements of a path that code asks for; remembered, because code asks for the same few again.</summary>
    public static string[] Split(string path)
    {
        if (Cache.TryGetValue(path, out var known))
            return known;
        var elements = path.Contains('"') ? SplitQuoted(path) : path.Split('.');
        if (Cache.Count < CacheLimit)
            Cache.TryAdd(path, elements);
        return elements;
    }

    public static string Join(IEnumerable<string> elements) => string.Join('.', elements.Select(Quote));

    /// <summary>The element as it has to be written in a path.</summary>
    public static string Quote(string element) =>
        element.Length > 0 && element.All(c => char.IsLetterOrDigit(c) || c is '-' or '_' or '/' or '`') ? element : HoconPrinter.Quote(element);

    private static string[] SplitQuoted(string path)
    {
        var elements = new List<string>();
        var element = new StringBuilder();
        var quoted = false;
        foreach (var c in path)
        {
            if (c == '"')
            {
                quoted = !quoted;
            }
            else if (c == '.' && !quoted)
            {
                elements.Add(element.ToString());
                element.Clear();
            }
            else
            {
                element.Append(c);
            }
        }

        elements.Add(element.ToString());
        return [.. elements];
    }
}
