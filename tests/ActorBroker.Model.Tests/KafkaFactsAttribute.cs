using System.Runtime.CompilerServices;

namespace ActorBroker.Model.Tests;

/// <summary>A test against Kafka's reference tables in ../shared/kafka, skipped where they are not beside the checkout.</summary>
public sealed class KafkaFactsAttribute : FactAttribute
{
    private static readonly string Folder = Find();

    public KafkaFactsAttribute()
    {
        if (!Directory.Exists(Folder))
            Skip = "Kafka's reference tables (../shared/kafka) are not beside this checkout.";
    }

    public static string PathOf(string file) => Path.Combine(Folder, file);

    private static string Find([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "..", "shared", "kafka"));
}
