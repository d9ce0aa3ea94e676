using System.Diagnostics.CodeAnalysis;

namespace ActorBroker.Hocon;

/// <summary>What an include statement names.</summary>
internal sealed record HoconIncludeName(string Name, bool IsRequired, HoconOrigin Origin);

/// <summary>
/// The include statement: <c>include "name"</c>, <c>include file("name")</c>, each also within <c>required(...)</c>.
/// What does not exist is skipped unless it is required.
/// </summary>
internal sealed class HoconInclude(HoconScanner scanner, HoconSource source, int depth)
{
    /// <summary>Longest chain of includes; a longer one is taken for a file that includes itself.</summary>
    private const int MaxDepth = 50;

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

    /// <summary>What the statement names, its substitutions not yet resolved; null when there is no such thing.</summary>
    public ParsedHocon? Load(HoconIncludeName include)
    {
        if (depth >= MaxDepth)
            throw include.Origin.Error($"more than {MaxDepth} includes within each other; does \"{include.Name}\" include itself?");
        if (Find(include) is { } included)
            return new HoconReader(included, depth + 1).Read();
        return include.IsRequired ? throw include.Origin.Error($"the required include \"{include.Name}\" does not exist.") : null;
    }

    private HoconSource? Find(HoconIncludeName include)
    {
        try
        {
            return source.Find(include.Name);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw include.Origin.Error($"cannot read the include \"{include.Name}\": {error.Message}");
        }
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
