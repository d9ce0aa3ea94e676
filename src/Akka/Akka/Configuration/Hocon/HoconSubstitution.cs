namespace Akka.Configuration.Hocon;

/// <summary>A reference to another value, <c>${path}</c> or <c>${?path}</c>.</summary>
public class HoconSubstitution : IHoconElement, IMightBeAHoconObject
{
    protected HoconSubstitution()
    {
        Path = "";
    }

    public HoconSubstitution(string path)
    {
        Path = path;
    }

    /// <summary>The path that is looked up, dotted, from the root.</summary>
    public string Path { get; set; }

    /// <summary>What was found; null before that, and when an optional substitution found nothing.</summary>
    public HoconValue? ResolvedValue { get; set; }

    /// <summary>Whether finding nothing is fine: <c>${?path}</c>.</summary>
    internal bool IsOptional { get; init; }

    /// <summary>Whether this stands for the value that was written at the same path before: the left side of <c>+=</c>.</summary>
    internal bool IsPrevious { get; init; }

    /// <summary>The path's elements.</summary>
    internal List<string> Elements { get; init; } = [];

    /// <summary>Where the file was included that holds this substitution: looked up below it first, then from the root.</summary>
    internal List<string>? Prefix { get; set; }

    internal HoconOrigin Origin { get; init; }

    public bool IsString() => ResolvedValue?.IsString() ?? false;

    public string? GetString() => ResolvedValue?.GetString();

    public bool IsArray() => ResolvedValue?.IsArray() ?? false;

    public IList<HoconValue> GetArray() => ResolvedValue?.GetArray() ?? [];

    public bool IsObject() => ResolvedValue?.IsObject() ?? false;

    public HoconObject? GetObject() => ResolvedValue?.GetObject();

    public override string ToString() => IsOptional ? $"${{?{Path}}}" : $"${{{Path}}}";
}
