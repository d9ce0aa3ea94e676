#nullable disable
using System.Collections.Immutable;
using Akka.Configuration;
using Akka.Configuration.Hocon;

namespace Akka.Cluster;

/// <summary>Compares the settings that nodes of one cluster must have in common.</summary>
internal static class JoinCompatibility
{
    /// <summary>The values below the keys that are compared, by full key. What is not set is left out. An extension that starts later adds its defaults.</summary>
    public static ImmutableSortedDictionary<string, string> Describe(Cluster cluster)
    {
        Config config = cluster.System.Settings.Config;
        var settings = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var key in cluster.Settings.CompatibilityKeys)
            if (config.HasPath(key)) Add(settings, key, config.GetValue(key));
        return settings.ToImmutable();
    }

    /// <summary>
    /// What differs, for people; null if nothing does. A setting that only one side has belongs to an extension that the other one does not run, or has not started yet.
    /// </summary>
    public static string Difference(ImmutableSortedDictionary<string, string> here, ImmutableSortedDictionary<string, string> there)
    {
        List<string> differences = [];
        foreach ((var key, var value) in here)
            if (there.TryGetValue(key, out var other) && other != value) differences.Add($"{key} is [{other}] there and [{value}] in the cluster");
        return differences.Count == 0 ? null : string.Join("; ", differences);
    }

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
