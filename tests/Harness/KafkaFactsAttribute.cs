namespace ActorBroker.Harness;

/// <summary>A test against Kafka's reference tables in ../shared/kafka, skipped where they are not beside the checkout.</summary>
public sealed class KafkaFactsAttribute : FactAttribute
{
    private static readonly string Folder = Path.GetFullPath(Path.Combine(Checkout.Root, "..", "shared", "kafka"));

    public KafkaFactsAttribute()
    {
        if (!Directory.Exists(Folder))
            Skip = "Kafka's reference tables (../shared/kafka) are not beside this checkout.";
    }

    /// <summary>The rows of a table, without its head line.</summary>
    public static IEnumerable<string[]> Rows(string file) => File.ReadLines(Path.Combine(Folder, file)).Skip(1).Select(line => line.Split('\t'));
}
