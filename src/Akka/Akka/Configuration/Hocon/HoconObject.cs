namespace Akka.Configuration.Hocon;

/// <summary>Named values, in the order in which they were written first.</summary>
public class HoconObject : IHoconElement
{
    /// <summary>The values by key. A key is one element of a path, without quotes.</summary>
    public Dictionary<string, HoconValue> Items { get; } = [];

    /// <summary>The same as plain dictionaries, lists and strings.</summary>
    public IDictionary<string, object?> Unwrapped => Items.ToDictionary(item => item.Key, item => Unwrap(item.Value));

    public bool IsString() => false;

    public string GetString() => throw new ConfigurationException("This is an object, but a single value was expected.");

    public bool IsArray() => false;

    public IList<HoconValue> GetArray() => throw new ConfigurationException("This is an object, but a list was expected.");

    /// <summary>The value under a key; null when there is none.</summary>
    public HoconValue? GetKey(string key) => Items.GetValueOrDefault(key);

    /// <summary>The value under a key, made when there is none.</summary>
    public HoconValue GetOrCreateKey(string key)
    {
        if (!Items.TryGetValue(key, out var value))
            Items.Add(key, value = new HoconValue());
        return value;
    }

    /// <summary>Puts the values of <paramref name="other"/> over the ones here; where both are objects, key by key.</summary>
    public void Merge(HoconObject other)
    {
        foreach (var (key, value) in other.Items)
            Items[key] = HoconMerge.Over(Items.GetValueOrDefault(key), value);
    }

    public override string ToString() => ToString(0);

    /// <summary>HOCON, indented by <paramref name="indent"/> levels.</summary>
    public string ToString(int indent) => HoconPrinter.Print(this, indent);

    private static object? Unwrap(HoconValue value) =>
        value.GetObject() is { } fields ? fields.Unwrapped
        : value.IsArray() ? value.GetArray().Select(Unwrap).ToList()
        : value.GetString();
}
