namespace Akka.Configuration.Hocon;

/// <summary>Reads HOCON text.</summary>
public class Parser
{
    /// <summary>Set while an include callback runs: what is parsed then is part of the including text, which resolves its substitutions.</summary>
    [ThreadStatic]
    private static IncludeScope? scope;

    /// <summary>Reads a text. Without a callback an include names a file; with one, the callback gets the name and returns null when there is no such thing.</summary>
    /// <exception cref="ConfigurationException">The text is not HOCON, or a substitution cannot be resolved; the message starts with file, line and column.</exception>
    public static HoconRoot Parse(string text, Func<string, HoconRoot>? includeCallback) =>
        scope is { } including
            ? new HoconReader(text, including.Name, null, includeCallback, including.Depth).Read()
            : Resolved(new HoconReader(text, null, null, includeCallback, 0).Read());

    /// <summary>Reads a text that has a name of its own for messages.</summary>
    internal static HoconRoot ParseNamed(string text, string name, Func<string, HoconRoot>? includeCallback) =>
        Resolved(new HoconReader(text, name, null, includeCallback, 0).Read());

    /// <summary>Asks a callback for an included text, whose messages will carry <paramref name="name"/>.</summary>
    internal static HoconRoot? Include(Func<string, HoconRoot> callback, string name, int depth)
    {
        var outer = scope;
        scope = new IncludeScope(name, depth);
        try
        {
            return callback(name);
        }
        finally
        {
            scope = outer;
        }
    }

    private static HoconRoot Resolved(HoconRoot root)
    {
        if (((List<HoconSubstitution>)root.Substitutions).Count > 0)
            new HoconResolver(root.Value.SoleObject!).ResolveAll();
        return root;
    }

    private sealed record IncludeScope(string Name, int Depth);
}
