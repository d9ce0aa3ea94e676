using System.Globalization;
using System.Text;

namespace ActorBroker.Hocon;

/// <summary>The characters of a text: position, white space, comments, quoted and unquoted strings, paths.</summary>
internal sealed class HoconScanner
{
    private readonly string text;
    private readonly string? source;
    private int line = 1;
    private int lineStart;

    public HoconScanner(string text, string? source)
    {
        this.text = text;
        this.source = source;
        Position = text.StartsWith('\uFEFF') ? 1 : 0;
        lineStart = Position;
    }

    /// <summary>The index of the next character. Only to be set back within a line.</summary>
    public int Position { get; set; }

    public bool AtEnd => Position >= text.Length;

    /// <summary>The next character; NUL at the end.</summary>
    public char Peek => Position < text.Length ? text[Position] : '\0';

    public HoconOrigin Origin => new(source, line, Position - lineStart + 1);

    public char PeekAt(int ahead) => Position + ahead < text.Length ? text[Position + ahead] : '\0';

    public void Advance(int count = 1) => Position += count;

    public bool StartsWith(string word) => text.AsSpan(Position).StartsWith(word, StringComparison.Ordinal);

    public bool StartsWithWord(string word) => StartsWith(word) && PeekAt(word.Length) is ' ' or '\t' or '"';

    /// <summary>Skips white space within the line.</summary>
    public void SkipSpace()
    {
        while (Position < text.Length && IsSpace(text[Position]))
            Position++;
    }

    /// <summary>The same, returning it.</summary>
    public ReadOnlySpan<char> ReadSpace()
    {
        var start = Position;
        SkipSpace();
        return text.AsSpan(start, Position - start);
    }

    /// <summary>Skips white space within the line and a comment up to the line's end.</summary>
    public void SkipSpaceAndComment()
    {
        SkipSpace();
        if (IsComment(Position))
        {
            var end = text.IndexOf('\n', Position);
            Position = end < 0 ? text.Length : end;
        }
    }

    /// <summary>Skips white space, line ends and comments.</summary>
    public void SkipBlank()
    {
        while (true)
        {
            SkipSpaceAndComment();
            if (Peek != '\n' || AtEnd)
                return;
            NewLine();
        }
    }

    /// <summary>Text without quotes, up to the next character that means something, without white space at its end; empty when there is none here.</summary>
    public string ReadUnquoted()
    {
        var start = Position;
        var end = start;
        for (var i = start; i < text.Length; i++)
        {
            var c = text[i];
            if (IsSpace(c))
                continue;
            if (!IsUnquoted(c, i) || IsComment(i))
                break;
            end = i + 1;
        }

        Position = end;
        return text[start..end];
    }

    /// <summary>A string in double quotes, or in three of them.</summary>
    public string ReadQuoted() => StartsWith("\"\"\"") ? ReadTripleQuoted() : ReadSingleQuoted();

    /// <summary>The elements of a path: a key, or what a substitution names.</summary>
    public List<string> ReadPath()
    {
        var elements = new List<string>(2);
        while (true)
        {
            SkipSpace();
            elements.Add(ReadPathElement());
            SkipSpace();
            if (Peek != '.')
                return elements;
            Position++;
        }
    }

    /// <summary>The error that something else was expected here.</summary>
    public HoconException Unexpected(string expected, string? hint = null)
    {
        var found = AtEnd ? "the end of the text" : Peek == '\n' ? "the end of the line" : $"'{Peek}'";
        return Origin.Error($"expected {expected}, found {found}.{hint}");
    }

    /// <summary>What to do about a character that unquoted text must not hold.</summary>
    public string? QuoteHint() =>
        !AtEnd && Peek is ':' or '=' or '`' or '^' or '?' or '!' or '@' or '*' or '&' or '\\' or '+' or '$' or '"'
            ? $" Text with '{Peek}' in it has to be in double quotes." : null;

    private string ReadPathElement()
    {
        string? element = null;
        while (!AtEnd)
        {
            if (Peek == '"')
            {
                element += ReadQuoted();
                continue;
            }

            var start = Position;
            var end = start;
            for (var i = start; i < text.Length && (IsSpace(text[i]) || (IsKey(text[i]) && !IsComment(i))); i++)
                end = IsSpace(text[i]) ? end : i + 1;
            if (end == start)
                break;
            element += text[start..end];
            Position = end;
        }

        return element ?? throw Unexpected("a key", Peek == '.' ? " A path must not start with a dot, end with one or hold two in a row." : null);
    }

    private string ReadSingleQuoted()
    {
        var origin = Origin;
        var start = ++Position;
        var end = text.AsSpan(start).IndexOfAny('"', '\\', '\n');
        if (end >= 0 && text[start + end] == '"')
        {
            Position = start + end + 1;
            return text.Substring(start, end);
        }

        var value = new StringBuilder();
        while (Peek != '"' || AtEnd)
        {
            if (AtEnd || Peek == '\n')
                throw origin.Error("expected the closing double quote in the same line; text of several lines stands between triple quotes (\"\"\").");
            value.Append(Peek == '\\' ? ReadEscape() : text[Position++]);
        }

        Position++;
        return value.ToString();
    }

    private char ReadEscape()
    {
        var escaped = PeekAt(1);
        if (escaped == 'u')
        {
            if (Position + 6 <= text.Length && ushort.TryParse(text.AsSpan(Position + 2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code))
            {
                Position += 6;
                return (char)code;
            }

            throw Origin.Error("expected four hexadecimal digits after \\u.");
        }

        var c = escaped switch
        {
            '"' or '\\' or '/' => escaped,
            'b' => '\b',
            'f' => '\f',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            _ => throw Origin.Error($"expected one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX, found '\\{escaped}'."),
        };
        Position += 2;
        return c;
    }

    private string ReadTripleQuoted()
    {
        var origin = Origin;
        var start = Position += 3;
        var end = text.IndexOf("\"\"\"", start, StringComparison.Ordinal);
        if (end < 0)
            throw origin.Error("expected the closing triple quotes (\"\"\") of the text that starts here.");
        // Further quotes belong to the text: the last three close it.
        while (end + 3 < text.Length && text[end + 3] == '"')
            end++;
        while (Position < end)
        {
            if (Peek == '\n')
                NewLine();
            else
                Position++;
        }

        Position = end + 3;
        return text[start..end];
    }

    private void NewLine()
    {
        Position++;
        line++;
        lineStart = Position;
    }

    private bool IsComment(int index) =>
        index < text.Length && (text[index] == '#' || (text[index] == '/' && index + 1 < text.Length && text[index + 1] == '/'));

    private bool IsUnquoted(char c, int index) => c switch
    {
        '\n' or '$' or '"' or '{' or '}' or '[' or ']' or ':' or '=' or ',' or '#' or '`' or '^' or '?' or '!' or '@' or '*' or '&' or '\\' => false,
        '+' => index + 1 >= text.Length || text[index + 1] != '=',
        _ => true,
    };

    private static bool IsKey(char c) => c switch
    {
        '\n' or '$' or '"' or '{' or '}' or '[' or ']' or ':' or '=' or ',' or '+' or '#' or '`' or '^' or '?' or '!' or '@' or '*' or '&' or '\\' or '.' => false,
        _ => true,
    };

    private static bool IsSpace(char c) => c is ' ' or '\t' or '\r' || (c > 127 && c != '\n' && (char.IsWhiteSpace(c) || c == '\uFEFF'));
}
