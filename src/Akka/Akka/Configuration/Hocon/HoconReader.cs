namespace Akka.Configuration.Hocon;

/// <summary>
/// The parser: one pass over the text, from fields to values. Substitutions stay in the tree; the caller resolves them.
/// Grammar: the HOCON specification of lightbend/config.
/// </summary>
internal sealed class HoconReader
{
    /// <summary>Deepest nesting of objects and lists; deeper text is an error instead of a stack overflow.</summary>
    public const int MaxDepth = 200;

    private readonly HoconScanner scanner;
    private readonly HoconInclude include;
    private readonly List<HoconSubstitution> substitutions = [];
    private readonly List<string> path = [];
    private int depth;

    public HoconReader(string text, string? source, string? directory, Func<string, HoconRoot>? includeCallback, int includeDepth)
    {
        scanner = new HoconScanner(text, source);
        include = new HoconInclude(scanner, directory, includeCallback, includeDepth);
    }

    public HoconRoot Read()
    {
        var fields = new HoconObject();
        var origin = scanner.Origin;
        scanner.SkipBlank();
        if (scanner.Peek == '{')
        {
            origin = scanner.Origin;
            scanner.Advance();
            ReadFields(fields, origin);
            scanner.SkipBlank();
            if (!scanner.AtEnd)
                throw scanner.Unexpected("the end of the text after the closing '}'");
        }
        else if (scanner.Peek == '[')
        {
            throw scanner.Unexpected("an object; a configuration cannot be a list");
        }
        else
        {
            ReadFields(fields, null);
        }

        return new HoconRoot(new HoconValue(fields, origin), substitutions);
    }

    private void ReadFields(HoconObject fields, HoconOrigin? opened)
    {
        while (true)
        {
            scanner.SkipBlank();
            if (scanner.AtEnd)
            {
                if (opened is { } brace)
                    throw scanner.Unexpected($"the '}}' that closes the object opened in line {brace.Line}");
                return;
            }

            if (scanner.Peek == '}')
            {
                if (opened is null)
                    throw scanner.Unexpected("a key; there is no open object that this would close");
                scanner.Advance();
                return;
            }

            if (include.TryRead(out var name))
                ReadIncluded(fields, name);
            else
                ReadField(fields);
            ReadSeparator('}');
        }
    }

    private void ReadSeparator(char close)
    {
        scanner.SkipSpaceAndComment();
        if (scanner.Peek == '\n')
            scanner.SkipBlank();
        else if (!scanner.AtEnd && scanner.Peek != ',' && scanner.Peek != close)
            throw scanner.Unexpected($"a comma, a new line or '{close}' after the value", scanner.QuoteHint());
        if (scanner.Peek == ',')
            scanner.Advance();
    }

    private void ReadField(HoconObject fields)
    {
        var origin = scanner.Origin;
        var key = scanner.ReadPath();
        scanner.SkipSpace();
        var appends = false;
        switch (scanner.Peek)
        {
            case '{':
                break;
            case '=' or ':':
                scanner.Advance();
                break;
            case '+' when scanner.PeekAt(1) == '=':
                scanner.Advance(2);
                appends = true;
                break;
            default:
                throw scanner.Unexpected($"'=', ':', '+=' or '{{' after the key '{HoconPath.Join(key)}'");
        }

        scanner.SkipBlank();
        path.AddRange(key);
        var value = ReadValue(origin, key);
        path.RemoveRange(path.Count - key.Count, key.Count);
        for (var i = 0; i < key.Count - 1; i++)
            fields = HoconMerge.Descend(fields, key[i], origin);
        HoconMerge.Assign(fields, key[^1], appends ? Appending(value, origin) : value);
    }

    private HoconValue Appending(HoconValue value, HoconOrigin origin)
    {
        var previous = new HoconSubstitution(HoconPath.Join(path)) { IsPrevious = true, IsOptional = true, Origin = origin };
        substitutions.Add(previous);
        return new HoconValue([previous, new HoconArray { value }], origin) { NeedsResolving = true };
    }

    /// <summary>One value: all parts up to a comma, a bracket, a comment or the end of the line.</summary>
    private HoconValue ReadValue(HoconOrigin origin, List<string>? key)
    {
        var first = ReadPart();
        if (first is null)
            throw scanner.Unexpected(key is null ? "a value" : $"a value for '{HoconPath.Join(key)}'", scanner.QuoteHint());

        List<IHoconElement>? parts = null;
        var resolves = first is HoconSubstitution;
        while (true)
        {
            var space = scanner.ReadSpace();
            var next = ReadPart();
            if (next is null)
                break;
            parts ??= [first];
            if (space.Length > 0)
                parts.Add(new HoconLiteral { Value = space.ToString(), IsWhitespace = true });
            parts.Add(next);
            resolves |= next is HoconSubstitution;
        }

        if (resolves)
            return new HoconValue(parts ?? [first], origin) { NeedsResolving = true };
        if (parts is null)
            return new HoconValue(first is HoconLiteral literal && literal.Value == "null" && scanner.LastPartWasUnquoted ? HoconLiteral.Null() : first, origin);
        return new HoconValue(HoconResolver.Combine(parts, origin)!, origin);
    }

    private IHoconElement? ReadPart()
    {
        if (scanner.AtEnd)
            return null;
        switch (scanner.Peek)
        {
            case '{':
                return ReadObject();
            case '[':
                return ReadArray();
            case '"':
                return new HoconLiteral { Value = scanner.ReadQuoted() };
            case '$' when scanner.PeekAt(1) == '{':
                return ReadSubstitution();
            default:
                return scanner.ReadUnquoted() is { Length: > 0 } text ? new HoconLiteral { Value = text } : null;
        }
    }

    private HoconObject ReadObject()
    {
        var origin = Enter();
        var fields = new HoconObject();
        ReadFields(fields, origin);
        depth--;
        return fields;
    }

    private HoconArray ReadArray()
    {
        var opened = Enter();
        var array = new HoconArray();
        while (true)
        {
            scanner.SkipBlank();
            if (scanner.AtEnd)
                throw scanner.Unexpected($"the ']' that closes the list opened in line {opened.Line}");
            if (scanner.Peek == ']')
            {
                scanner.Advance();
                depth--;
                return array;
            }

            var value = ReadValue(scanner.Origin, null);
            array.Add(value);
            ReadSeparator(']');
        }
    }

    private HoconOrigin Enter()
    {
        var origin = scanner.Origin;
        if (++depth > MaxDepth)
            throw origin.Error($"nested deeper than {MaxDepth} levels.");
        scanner.Advance();
        return origin;
    }

    private HoconSubstitution ReadSubstitution()
    {
        var origin = scanner.Origin;
        scanner.Advance(2);
        var optional = scanner.Peek == '?';
        if (optional)
            scanner.Advance();
        var elements = scanner.ReadPath();
        scanner.SkipSpace();
        if (scanner.Peek != '}')
            throw scanner.Unexpected("'}' at the end of the substitution");
        scanner.Advance();
        var substitution = new HoconSubstitution(HoconPath.Join(elements)) { Elements = elements, IsOptional = optional, Origin = origin };
        substitutions.Add(substitution);
        return substitution;
    }

    private void ReadIncluded(HoconObject fields, HoconIncludeName name)
    {
        if (include.Load(name) is not { } root)
            return;
        if (root.Value.GetObject() is not { } included)
            throw name.Origin.Error($"\"{name.Name}\" is not an object; only objects can be included.");
        foreach (var substitution in root.Substitutions)
        {
            if (path.Count > 0)
                substitution.Prefix = [.. path, .. substitution.Prefix ?? []];
            substitutions.Add(substitution);
        }

        foreach (var (key, value) in included.Items)
            HoconMerge.Assign(fields, key, value);
    }
}
