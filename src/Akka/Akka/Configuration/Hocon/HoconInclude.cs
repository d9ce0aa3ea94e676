using System.Diagnostics.CodeAnalysis;

namespace Akka.Configuration.Hocon;

/// <summary>What an include statement names.</summary>
internal sealed record HoconIncludeName(string Name, bool IsRequired, HoconOrigin Origin);

/// <summary>
/// The include statement: <c>include "name"</c>, <c>include file("name")</c>, each also within <c>required(...)</c>.
/// A name is relative to the including file; what does not exist is skipped unless it is required.
/// </summary>
internal sealed class HoconInclude(HoconScanner scanner, string? directory, Func<string, HoconRoot>? callback, int depth)
{
    /// <summary>Longest chain of includes; a longer one is taken for a file that includes itself.</summary>
    private const int MaxDepth = 50;

    private static readonly string[] Extensions = ["", ".conf", ".hocon", ".json"];

    /// <summary>Reads the statement, if there is one here. A key may be called "include" as well.</summary>
    public bool TryRead([NotNullWhen(true)] out HoconIncludeName? name)
    {
        name = null;
        if (!scanner.StartsWithWord("include"))
            return false;
        var origin = scanner.Origin;
        var mark = scanner.Position;
        scanner.Advance("include".Length);
        scanner.SkipSpace();
        var required = Opens("required");
        var file = Opens("file");
        if (!file && (Opens("url") || Opens("classpath")))
            throw origin.Error("expected include \"name\", file(\"name\") or required(...); url(...) and classpath(...) cannot be included.");
        if (scanner.Peek != '"')
        {
            if (required || file)
                throw scanner.Unexpected("a name in double quotes");
            scanner.Position = mark;
            return false;
        }

        name = new HoconIncludeName(scanner.ReadQuoted(), required, origin);
        for (var open = (required ? 1 : 0) + (file ? 1 : 0); open > 0; open--)
        {
            scanner.SkipSpace();
            if (scanner.Peek != ')')
                throw scanner.Unexpected("')' after the name");
            scanner.Advance();
        }

        return true;
    }

    /// <summary>What the statement names, not yet resolved; null when there is no such thing.</summary>
    public HoconRoot? Load(HoconIncludeName include)
    {
        if (depth >= MaxDepth)
            throw include.Origin.Error($"more than {MaxDepth} includes within each other; does \"{include.Name}\" include itself?");
        var root = callback is null ? LoadFile(include) : Parser.Include(callback, include.Name, depth + 1);
        if (root is null && include.IsRequired)
            throw include.Origin.Error($"the required include \"{include.Name}\" does not exist.");
        return root;
    }

    private HoconRoot? LoadFile(HoconIncludeName include)
    {
        var file = Path.GetFullPath(include.Name, directory ?? Environment.CurrentDirectory);
        foreach (var extension in Extensions)
        {
            if (!File.Exists(file + extension))
                continue;
            try
            {
                return new HoconReader(File.ReadAllText(file + extension), file + extension, Path.GetDirectoryName(file), null, depth + 1).Read();
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                throw include.Origin.Error($"cannot read the include \"{include.Name}\": {error.Message}");
            }
        }

        return null;
    }

    private bool Opens(string word)
    {
        if (!scanner.StartsWith(word) || scanner.PeekAt(word.Length) != '(')
            return false;
        scanner.Advance(word.Length + 1);
        scanner.SkipSpace();
        return true;
    }
}
