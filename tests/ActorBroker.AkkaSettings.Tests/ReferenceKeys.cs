using System.Reflection;
using Akka.Configuration;
using AkkaValue = Akka.Configuration.Hocon.HoconValue;

namespace ActorBroker.AkkaSettings.Tests;

/// <summary>The keys that Akka.NET's packages know: those of the reference configurations embedded in them.</summary>
internal static class ReferenceKeys
{
    private const string Sharding = "akka.cluster.sharding.distributed-data.";

    private static readonly string[] Assemblies =
        ["Akka", "Akka.Remote", "Akka.Cluster", "Akka.Cluster.Tools", "Akka.Cluster.Sharding", "Akka.DistributedData", "Akka.Coordination"];

    /// <summary>Sections whose keys are names that a user chooses.</summary>
    private static readonly string[] OpenSections =
        ["akka.actor.serializers", "akka.actor.serialization-bindings", "akka.actor.serialization-identifiers", "akka.actor.deployment", "akka.remote.adapters"];

    private static readonly Lazy<HashSet<string>> Known = new(Read);

    public static IReadOnlySet<string> All => Known.Value;

    /// <summary>The key as a reference names it: of an open section the section, of sharding's own replicator the one whose settings it takes over.</summary>
    public static string Of(string key)
    {
        if (OpenSections.FirstOrDefault(section => key.StartsWith(section + ".", StringComparison.Ordinal)) is { } open)
            return open;
        return key.StartsWith(Sharding, StringComparison.Ordinal) && !All.Contains(key) ? "akka.cluster.distributed-data." + key[Sharding.Length..] : key;
    }

    private static HashSet<string> Read()
    {
        var keys = new HashSet<string>();
        foreach (var assembly in Assemblies.Select(Assembly.Load))
        {
            foreach (var resource in assembly.GetManifestResourceNames().Where(name => name.EndsWith(".conf", StringComparison.Ordinal)))
                Collect(keys, "", ConfigurationFactory.FromResource(resource, assembly).Root);
        }

        return keys;
    }

    private static void Collect(HashSet<string> keys, string path, AkkaValue value)
    {
        if (path.Length > 0)
            keys.Add(path);
        foreach (var (name, child) in value.GetObject()?.Items ?? [])
            Collect(keys, path.Length == 0 ? name : $"{path}.{name}", child);
    }
}
