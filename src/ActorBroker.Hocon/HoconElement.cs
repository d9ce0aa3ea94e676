namespace ActorBroker.Hocon;

/// <summary>One part of a value: a literal, a list, an object or, before it is resolved, a substitution.</summary>
internal interface IHoconElement;

/// <summary>A string, number, boolean or null. HOCON keeps them as text until somebody asks for a type.</summary>
/// <param name="Text">Null for HOCON's null.</param>
internal sealed record HoconLiteral(string? Text) : IHoconElement
{
    public static HoconLiteral Null { get; } = new((string?)null);

    /// <summary>Whether this is the white space between two parts of a concatenation.</summary>
    public bool IsWhitespace { get; init; }
}

/// <summary>A list of values.</summary>
internal sealed class HoconList : List<HoconValue>, IHoconElement;

/// <summary>A reference to another value, <c>${path}</c> or <c>${?path}</c>.</summary>
/// <param name="Elements">The path that is looked up, from the root.</param>
internal sealed record HoconSubstitution(IReadOnlyList<string> Elements, HoconOrigin Origin) : IHoconElement
{
    /// <summary>Whether finding nothing is fine: <c>${?path}</c>.</summary>
    public bool IsOptional { get; init; }

    /// <summary>Whether this stands for the value that was written at the same path before: the left side of <c>+=</c>.</summary>
    public bool IsPrevious { get; init; }

    /// <summary>Where the file was included that holds this substitution: looked up below it first, then from the root.</summary>
    public IReadOnlyList<string> Prefix { get; set; } = [];

    public override string ToString() => $"${{{(IsOptional ? "?" : "")}{HoconPath.Join(Elements)}}}";
}
