namespace ActorBroker.Hocon;

/// <summary>Named values, in the order in which they were written first.</summary>
public sealed class HoconObject : IHoconElement
{
    /// <summary>The values by key. A key is one element of a path, without quotes.</summary>
    public IReadOnlyDictionary<string, HoconValue> Items => Fields;

    /// <summary>The same, while the parser makes it.</summary>
    internal Dictionary<string, HoconValue> Fields { get; } = [];

    /// <summary>As HOCON that reads back the same.</summary>
    public override string ToString() => HoconPrinter.Print(this);
}
