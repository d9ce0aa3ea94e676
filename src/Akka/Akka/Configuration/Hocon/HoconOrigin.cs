namespace Akka.Configuration.Hocon;

/// <summary>Where something was written: the name of the text (null when it has none), line and column from 1; line 0 means "not from a text".</summary>
internal readonly record struct HoconOrigin(string? Source, int Line, int Column)
{
    public override string ToString() => Line == 0 ? "" : $"{Source ?? "hocon"}:{Line}:{Column}";

    public ConfigurationException Error(string message) => new(Line == 0 ? message : $"{this}: {message}");
}
