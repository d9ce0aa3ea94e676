using System.Runtime.CompilerServices;

namespace ActorBroker.Tests;

/// <summary>A test against Kafka's reference tables in ../shared/kafka, skipped where they are not beside the checkout.</summary>
public sealed class KafkaFactsAttribute : FactAttribute
{
    private static readonly string Folder = Path.GetFullPath(Path.Combine(Repository.Root, "..", "shared", "kafka"));

    public KafkaFactsAttribute()
    {
        if (!Directory.Exists(Folder))
            Skip = "Kafka's reference tables (../shared/kafka) are not beside this checkout.";
    }

    public static string PathOf(string file) => Path.Combine(Folder, file);
}

internal static class Repository
{
    public static string Root { get; } = Find();

    private static string Find([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", ".."));
}
