using System.Globalization;
using System.Text;

namespace ActorBroker.Configuration;

/// <summary>One line of a properties file.</summary>
/// <param name="Line">From 1; of the first line where the property continues over several.</param>
internal sealed record Property(string Name, string Value, int Line);

/// <summary>Java's properties format: <c>#</c> and <c>!</c> comments, <c>=</c>, <c>:</c> or white space after the name, a backslash that continues a line or escapes a character.</summary>
internal static class PropertiesFile
{
    public static IReadOnlyList<Property> Parse(string text)
    {
        var properties = new List<Property>();
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            var first = i + 1;
            var line = lines[i].TrimStart(' ', '\t', '\f');
            if (line.Length == 0 || line[0] is '#' or '!')
                continue;
            while (ContinuesInNext(line) && i + 1 < lines.Length)
                line = line[..^1] + lines[++i].TrimStart(' ', '\t', '\f');
            properties.Add(Split(line, first));
        }

        return properties;
    }

    private static bool ContinuesInNext(string line)
    {
        var backslashes = line.Length - line.TrimEnd('\\').Length;
        return backslashes % 2 == 1;
    }

    private static Property Split(string line, int number)
    {
        var end = 0;
        while (end < line.Length && line[end] is not ('=' or ':' or ' ' or '\t' or '\f'))
            end += line[end] == '\\' ? 2 : 1;
        end = Math.Min(end, line.Length);
        var rest = line[end..].TrimStart(' ', '\t', '\f');
        if (rest.Length > 0 && rest[0] is '=' or ':')
            rest = rest[1..].TrimStart(' ', '\t', '\f');
        return new Property(Unescape(line[..end]), Unescape(rest).TrimEnd(), number);
    }

    private static string Unescape(string text)
    {
        if (!text.Contains('\\'))
            return text;
        var result = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\' || i + 1 == text.Length)
            {
                result.Append(text[i] == '\\' ? "" : text[i].ToString());
                continue;
            }

            var c = text[++i];
            if (c == 'u' && i + 4 < text.Length && ushort.TryParse(text.AsSpan(i + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code))
            {
                result.Append((char)code);
                i += 4;
                continue;
            }

            result.Append(c switch { 't' => '\t', 'n' => '\n', 'r' => '\r', 'f' => '\f', _ => c });
        }

        return result.ToString();
    }
}
