namespace ActorBroker.Hocon;

/// <summary>Reads HOCON.</summary>
public static class HoconDocument
{
    /// <summary>The outermost object of a text, with everything that it includes and with all substitutions resolved.</summary>
    /// <exception cref="HoconException">The text is not HOCON, an include cannot be read, or a substitution cannot be resolved.</exception>
    public static HoconObject Parse(HoconSource source)
    {
        var parsed = new HoconReader(source, 0).Read();
        if (parsed.Substitutions.Count > 0)
            new HoconResolver(parsed.Fields).ResolveAll();
        return parsed.Fields;
    }

    /// <summary>The same for a text without a name, whose includes are files relative to the current directory.</summary>
    /// <exception cref="HoconException">The text is not HOCON, an include cannot be read, or a substitution cannot be resolved.</exception>
    public static HoconObject Parse(string text) => Parse(new HoconSource(text));
}
