namespace Akka.Configuration.Hocon;

/// <summary>A string, number, boolean or null. HOCON keeps them as text until somebody asks for a type.</summary>
public class HoconLiteral : IHoconElement
{
    /// <summary>The text; null for HOCON's null.</summary>
    public string? Value { get; set; }

    /// <summary>Whether this is the white space between two parts of a concatenation.</summary>
    internal bool IsWhitespace { get; init; }

    internal static HoconLiteral Null() => new();

    public bool IsString() => true;

    public string? GetString() => Value;

    public bool IsArray() => false;

    public IList<HoconValue> GetArray() => throw new ConfigurationException("This is a single value, but a list was expected.");

    public override string ToString() => Value ?? "null";
}
