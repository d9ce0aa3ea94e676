using System.Diagnostics.CodeAnalysis;
using Akka.Configuration.Hocon;

namespace Akka.Configuration;

/// <summary>
/// Immutable configuration: values by dotted path, with a chain of fallbacks for what is not in it. A value that is HOCON's null counts as not there.
/// </summary>
public partial class Config
{
    /// <summary>A configuration without any key.</summary>
    public static readonly Config Empty = new();

    private readonly HoconValue root;
    private HoconValue? merged;

    public Config()
    {
        root = new HoconValue(new HoconObject(), default);
        Substitutions = [];
    }

    public Config(HoconRoot root)
    {
        this.root = root.Value;
        Substitutions = root.Substitutions;
    }

    /// <summary><paramref name="source"/> with <paramref name="fallback"/> behind it and its own fallbacks.</summary>
    public Config(Config source, Config? fallback)
    {
        root = source.root;
        Substitutions = source.Substitutions;
        Fallback = source.Fallback is null || fallback is null ? source.Fallback ?? fallback : new Config(source.Fallback, fallback);
    }

    /// <summary>Where to look for what is not in this one.</summary>
    public Config? Fallback { get; }

    /// <summary>Whether there is nothing to read, here and in the fallbacks.</summary>
    public virtual bool IsEmpty => root.IsEmpty && (Fallback is null || Fallback.IsEmpty);

    /// <summary>The object that holds everything, fallbacks included.</summary>
    public HoconValue Root => Fallback is null ? root : merged ??= HoconMerge.Over(Fallback.Root, root);

    /// <summary>The substitutions that the text had.</summary>
    public IEnumerable<HoconSubstitution> Substitutions { get; set; }

    /// <summary>Reads HOCON.</summary>
    public static implicit operator Config(string str) => ConfigurationFactory.ParseString(str);

    /// <summary><paramref name="config"/> with the HOCON text <paramref name="fallback"/> behind it.</summary>
    public static Config operator +(Config config, string fallback) => config.WithFallback(ConfigurationFactory.ParseString(fallback));

    /// <summary>The HOCON text <paramref name="configHocon"/> with <paramref name="fallbackConfig"/> behind it.</summary>
    public static Config operator +(string configHocon, Config fallbackConfig) => ConfigurationFactory.ParseString(configHocon).WithFallback(fallbackConfig);

    /// <summary>This configuration, where <paramref name="fallback"/> answers for what is missing. Objects in both are merged.</summary>
    /// <exception cref="ArgumentException"><paramref name="fallback"/> is this configuration itself.</exception>
    public virtual Config WithFallback(Config? fallback)
    {
        if (ReferenceEquals(fallback, this))
            throw new ArgumentException("A configuration cannot be its own fallback.", nameof(fallback));
        if (fallback.IsNullOrEmpty())
            return this;
        return IsEmpty ? fallback : Copy(fallback);
    }

    /// <summary>Whether there is a value, other than null, at the path.</summary>
    public virtual bool HasPath(string path) => Find(path) is not null;

    /// <summary>The section at the path; null when there is none.</summary>
    /// <exception cref="ConfigurationException">There is a value, but it is no object.</exception>
    public virtual Config? GetConfig(string path)
    {
        if (Find(path) is not { } value)
            return null;
        return value.IsObject() ? new Config(new HoconRoot(value)) : throw Failure(path, value.Origin.Error("expected an object, found a single value or a list."));
    }

    /// <summary>The value at the path; null when there is none.</summary>
    public HoconValue? GetValue(string path) => Find(path);

    /// <summary>The keys of the outermost object and their values, fallbacks included.</summary>
    public virtual IEnumerable<KeyValuePair<string, HoconValue>> AsEnumerable() =>
        Root.GetObject() is { } fields ? fields.Items : Enumerable.Empty<KeyValuePair<string, HoconValue>>();

    public override string ToString() => ToString(true);

    /// <summary>As HOCON.</summary>
    public string ToString(bool includeFallback) => (includeFallback ? Root : root).ToString();

    protected Config Copy(Config? fallback = null) => new(this, fallback);

    private HoconValue? Find(string path)
    {
        var elements = HoconPath.Split(path);
        var found = Find(elements, out var decided);
        return found is null || found.IsNull ? null : decided ? found : MergedFrom(elements, found);
    }

    /// <summary>The first value in the chain; <paramref name="decided"/> when no fallback can add to it.</summary>
    private HoconValue? Find(string[] elements, out bool decided)
    {
        for (var layer = this; layer is not null; layer = layer.Fallback)
        {
            if (layer.FindHere(elements) is { } value)
            {
                decided = layer.Fallback is null || value.SoleObject is null;
                return value;
            }
        }

        decided = true;
        return null;
    }

    private HoconValue MergedFrom(string[] elements, HoconValue top)
    {
        List<HoconValue>? layers = null;
        for (var layer = this; layer is not null; layer = layer.Fallback)
        {
            if (layer.FindHere(elements) is not { } value || ReferenceEquals(value, top))
                continue;
            if (value.SoleObject is null)
                break;
            (layers ??= []).Add(value);
        }

        if (layers is null)
            return top;
        var merged = layers[^1];
        for (var i = layers.Count - 2; i >= 0; i--)
            merged = HoconMerge.Over(merged, layers[i]);
        return HoconMerge.Over(merged, top);
    }

    private HoconValue? FindHere(string[] elements)
    {
        var value = root;
        foreach (var element in elements)
        {
            if (value.GetObject() is not { } fields || !fields.Items.TryGetValue(element, out var next))
                return null;
            value = next;
        }

        return value;
    }

    [return: NotNullIfNotNull(nameof(@default))]
    private T? Read<T>(string path, T? @default, Func<HoconValue, T?> read)
    {
        if (Find(path) is not { } value)
            return @default;
        try
        {
            return read(value) ?? @default;
        }
        catch (ConfigurationException error)
        {
            throw Failure(path, error);
        }
    }

    private static ConfigurationException Failure(string path, ConfigurationException error) => new($"{path}: {error.Message}", error);
}
