namespace ActorBroker.Hocon;

/// <summary>What one text says, with its substitutions still in it.</summary>
internal sealed record ParsedHocon(HoconObject Fields, IReadOnlyList<HoconSubstitution> Substitutions);

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

    /// <param name="source">The text.</param>
    /// <param name="includeDepth">How many texts include this one, each within the next.</param>
    public HoconReader(HoconSource source, int includeDepth)
    {
        scanner = new HoconScanner(source.Text, source.Name);
        include = new HoconInclude(scanner, source, includeDepth);
    }

    public ParsedHocon Read()
    {
        var fields = new HoconObject();
        scanner.SkipBlank();
        if (scanner.Peek == '{')
        {
            var origin = scanner.Origin;
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

        return new ParsedHocon(fields, substitutions);
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
        var previous = new HoconSubstitution([.. path], origin) { IsPrevious = true, IsOptional = true };
        substitutions.Add(previous);
        return new HoconValue([previous, new HoconList { value }], origin) { NeedsResolving = true };
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
                parts.Add(new HoconLiteral(space.ToString()) { IsWhitespace = true });
            parts.Add(next);
            resolves |= next is HoconSubstitution;
        }

        if (resolves)
            return new HoconValue(parts ?? [first], origin) { NeedsResolving = true };
        return new HoconValue(parts is null ? first : HoconResolver.Combine(parts, origin)!, origin);
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
                return ReadList();
            case '"':
                return new HoconLiteral(scanner.ReadQuoted());
            case '$' when scanner.PeekAt(1) == '{':
                return ReadSubstitution();
            default:
                return scanner.ReadUnquoted() switch
                {
                    "" => null,
                    "null" => HoconLiteral.Null,
                    var text => new HoconLiteral(text),
                };
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

    private HoconList ReadList()
    {
        var opened = Enter();
        var list = new HoconList();
        while (true)
        {
            scanner.SkipBlank();
            if (scanner.AtEnd)
                throw scanner.Unexpected($"the ']' that closes the list opened in line {opened.Line}");
            if (scanner.Peek == ']')
            {
                scanner.Advance();
                depth--;
                return list;
            }

            var value = ReadValue(scanner.Origin, null);
            list.Add(value);
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
        var substitution = new HoconSubstitution(elements, origin) { IsOptional = optional };
        substitutions.Add(substitution);
        return substitution;
    }

    private void ReadIncluded(HoconObject fields, HoconIncludeName name)
    {
        if (include.Load(name) is not { } included)
            return;
        foreach (var substitution in included.Substitutions)
        {
            substitution.Prefix = [.. path, .. substitution.Prefix];
            substitutions.Add(substitution);
        }

        foreach (var (key, value) in included.Fields.Items)
            HoconMerge.Assign(fields, key, value);
    }
}
