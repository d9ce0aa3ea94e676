#nullable disable
using System.Collections.Immutable;
using Akka.Configuration;
using Akka.Configuration.Hocon;

namespace Akka.Cluster;

/// <summary>Compares the settings that nodes of one cluster must have in common.</summary>
internal static class JoinCompatibility
{
    /// <summary>The values below some keys, by full key. What is not set is left out.</summary>
    public static ImmutableSortedDictionary<string, string> Describe(Config config, IEnumerable<string> keys)
    {
        var settings = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var key in keys)
            if (config.HasPath(key)) Add(settings, key, config.GetValue(key));
        return settings.ToImmutable();
    }

    /// <summary>What differs, for people; null if nothing does.</summary>
    public static string Difference(ImmutableSortedDictionary<string, string> here, ImmutableSortedDictionary<string, string> there)
    {
        List<string> differences = [];
        foreach (var key in here.Keys.Union(there.Keys).Order(StringComparer.Ordinal))
            if (Value(here, key) != Value(there, key)) differences.Add($"{key} is {Value(there, key)} there and {Value(here, key)} in the cluster");
        return differences.Count == 0 ? null : string.Join("; ", differences);
    }

    private static string Value(ImmutableSortedDictionary<string, string> settings, string key) =>
        settings.TryGetValue(key, out var value) ? $"[{value}]" : "not set";

    private static void Add(ImmutableSortedDictionary<string, string>.Builder settings, string key, HoconValue value)
    {
        if (!value.IsObject())
        {
            settings[key] = value.IsArray() ? string.Join(",", value.GetStringList()) : value.GetString();
            return;
        }

        foreach ((var name, HoconValue item) in value.GetObject().Items) Add(settings, $"{key}.{name}", item);
    }
}
