namespace ActorBroker.Hocon;

/// <summary>Where something was written.</summary>
/// <param name="Source">The name of the text; null when it has none.</param>
/// <param name="Line">Counted from 1.</param>
/// <param name="Column">Counted from 1.</param>
public readonly record struct HoconOrigin(string? Source, int Line, int Column)
{
    /// <summary>As <c>file:line:column</c>.</summary>
    public override string ToString() => $"{Source ?? "hocon"}:{Line}:{Column}";

    internal HoconException Error(string message) => new($"{this}: {message}");
}
