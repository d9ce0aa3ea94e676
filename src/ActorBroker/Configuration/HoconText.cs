using ActorBroker.Hocon;

namespace ActorBroker.Configuration;

/// <summary>HOCON out of values that were given as plain text.</summary>
internal static class HoconText
{
    /// <summary>A value from a command line or the environment: lists, objects and quoted text as HOCON, everything else as the text that it is.</summary>
    public static string Value(string text, SettingKind? kind)
    {
        var trimmed = text.Trim();
        if (trimmed is "null" || (trimmed.Length > 0 && trimmed[0] is '[' or '{' or '"') || trimmed.StartsWith("${", StringComparison.Ordinal))
            return trimmed;
        return kind == SettingKind.List
            ? "[" + string.Join(", ", trimmed.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(HoconPrinter.Quote)) + "]"
            : HoconPrinter.Quote(trimmed);
    }
}
