using System.Text;

namespace ActorBroker.Configuration;

/// <summary>Writes pieces of HOCON.</summary>
internal static class HoconText
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

    /// <summary>A value from a command line or the environment: lists, objects and quoted text as HOCON, everything else as the text that it is.</summary>
    public static string Value(string text, SettingKind? kind)
    {
        var trimmed = text.Trim();
        if (trimmed is "null" || (trimmed.Length > 0 && trimmed[0] is '[' or '{' or '"') || trimmed.StartsWith("${", StringComparison.Ordinal))
            return trimmed;
        return kind == SettingKind.List
            ? "[" + string.Join(", ", trimmed.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(Quote)) + "]"
            : Quote(trimmed);
    }
}
