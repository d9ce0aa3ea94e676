namespace Akka.Configuration.Hocon;

/// <summary>One part of a value: a literal, an array, an object or a substitution.</summary>
public interface IHoconElement
{
    /// <summary>Whether this is a literal.</summary>
    bool IsString();

    /// <summary>The text of a literal; null for HOCON's null.</summary>
    string? GetString();

    /// <summary>Whether this is an array.</summary>
    bool IsArray();

    /// <summary>The elements of an array.</summary>
    IList<HoconValue> GetArray();
}

/// <summary>What can turn out to be an object once substitutions are resolved.</summary>
public interface IMightBeAHoconObject
{
    /// <summary>Whether this is an object.</summary>
    bool IsObject();

    /// <summary>The object; null when this is none.</summary>
    HoconObject? GetObject();
}
