using System.Text;

namespace ActorBroker.Hocon;

/// <summary>
/// Writes values as HOCON that reads back the same, here and in other readers: whatever is not plain is in quotes, keys too, and every key stands in its own line.
/// </summary>
public static class HoconPrinter
{
    /// <summary>A string in double quotes.</summary>
    public static string Quote(string text)
    {
        var result = new StringBuilder(text.Length + 2).Append('"');
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' or '\\' => result.Append('\\').Append(c),
                '\n' => result.Append("\\n"),
                '\r' => result.Append("\\r"),
                '\t' => result.Append("\\t"),
                < ' ' => result.Append($"\\u{(int)c:x4}"),
                _ => result.Append(c),
            };
        }

        return result.Append('"').ToString();
    }

    internal static string Print(HoconObject fields)
    {
        var text = new StringBuilder();
        Write(text, fields, 0);
        return text.ToString();
    }

    internal static string Print(HoconValue value)
    {
        var text = new StringBuilder();
        Write(text, value, 0);
        return text.ToString();
    }

    private static void Write(StringBuilder text, HoconValue value, int indent)
    {
        if (value.Object is { } fields)
            Write(text, fields, indent);
        else if (value.List is { } list)
            Write(text, list, indent);
        else
            text.Append(value.Text is { } literal ? Literal(literal) : "null");
    }

    private static void Write(StringBuilder text, HoconObject fields, int indent)
    {
        text.Append("{\n");
        foreach (var (key, value) in fields.Items)
        {
            text.Append(' ', 2 * (indent + 1)).Append(HoconPath.Quote(key)).Append(" : ");
            Write(text, value, indent + 1);
            text.Append('\n');
        }

        text.Append(' ', 2 * indent).Append('}');
    }

    private static void Write(StringBuilder text, IReadOnlyList<HoconValue> list, int indent)
    {
        text.Append('[');
        for (var i = 0; i < list.Count; i++)
        {
            text.Append(i == 0 ? "" : ", ");
            Write(text, list[i], indent + 1);
        }

        text.Append(']');
    }

    private static string Literal(string text) =>
        text is not ("" or "null") && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') ? text : Quote(text);
}
