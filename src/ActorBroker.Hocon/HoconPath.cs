namespace ActorBroker.Hocon;

/// <summary>Dotted paths; an element in double quotes may itself hold dots.</summary>
internal static class HoconPath
{
    public static string Join(IEnumerable<string> elements) => string.Join('.', elements.Select(Quote));

    /// <summary>The element as it has to be written in a path. A word that could begin an include statement is quoted as well, since other readers take
    /// <c>includes</c> for one.</summary>
    public static string Quote(string element) => IsPlain(element) ? element : HoconPrinter.Quote(element);

    private static bool IsPlain(string element) =>
        element.Length > 0 && element.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') && !element.StartsWith("include", StringComparison.Ordinal);
}
