using System.Text;

namespace Akka.Configuration.Hocon;

/// <summary>Writes values as HOCON that reads back the same.</summary>
internal static class HoconPrinter
{
    public static string Print(IHoconElement element, int indent = 0)
    {
        var text = new StringBuilder();
        Write(text, element, indent);
        return text.ToString();
    }

    public static string Print(HoconValue value, int indent)
    {
        var text = new StringBuilder();
        Write(text, value, indent);
        return text.ToString();
    }

    public static string Quote(string value)
    {
        var text = new StringBuilder(value.Length + 2).Append('"');
        foreach (var c in value)
        {
            _ = c switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                < ' ' => text.Append($"\\u{(int)c:x4}"),
                _ => text.Append(c),
            };
        }

        return text.Append('"').ToString();
    }

    private static void Write(StringBuilder text, HoconValue value, int indent)
    {
        if (value.PartCount == 0)
            text.Append("null");
        for (var i = 0; i < value.PartCount; i++)
            Write(text, value.Part(i), indent);
    }

    private static void Write(StringBuilder text, IHoconElement element, int indent)
    {
        switch (element)
        {
            case HoconLiteral { IsWhitespace: true } space:
                text.Append(space.Value);
                break;
            case HoconLiteral { Value: { } value }:
                text.Append(IsPlain(value) ? value : Quote(value));
                break;
            case HoconArray array:
                text.Append('[');
                for (var i = 0; i < array.Count; i++)
                {
                    text.Append(i == 0 ? "" : ", ");
                    Write(text, array[i], indent + 1);
                }

                text.Append(']');
                break;
            case HoconObject fields:
                text.Append("{\n");
                foreach (var (key, value) in fields.Items)
                {
                    text.Append(' ', 2 * (indent + 1)).Append(HoconPath.Quote(key)).Append(" : ");
                    Write(text, value, indent + 1);
                    text.Append('\n');
                }

                text.Append(' ', 2 * indent).Append('}');
                break;
            default:
                text.Append(element);
                break;
        }
    }

    private static bool IsPlain(string value) =>
        value is not ("" or "null") && value.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
}
