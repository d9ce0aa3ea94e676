using System.Text;
using ActorBroker.Client;

namespace ActorBroker.Cli;

/// <summary>How <c>consume</c> prints a record; the properties are those of kafka-console-consumer.</summary>
internal sealed class RecordFormat(ConsoleProperties properties)
{
    public static readonly string[] Properties =
    [
        "print.timestamp", "print.partition", "print.offset", "print.epoch", "print.headers", "print.key", "print.value",
        "key.separator", "line.separator", "headers.separator", "null.literal",
    ];

    private readonly bool printsTimestamp = properties.Flag("print.timestamp");
    private readonly bool printsPartition = properties.Flag("print.partition");
    private readonly bool printsOffset = properties.Flag("print.offset");
    private readonly bool printsEpoch = properties.Flag("print.epoch");
    private readonly bool printsHeaders = properties.Flag("print.headers");
    private readonly bool printsKey = properties.Flag("print.key");
    private readonly bool printsValue = properties.Flag("print.value", otherwise: true);
    private readonly string keySeparator = properties.Text("key.separator", "\t");
    private readonly string lineSeparator = properties.Text("line.separator", "\n");
    private readonly string headersSeparator = properties.Text("headers.separator", ",");
    private readonly string nullLiteral = properties.Text("null.literal", "null");

    /// <summary>A record for JSON.</summary>
    public static object Describe(ConsumeResult record) => new
    {
        record.Partition.Topic,
        record.Partition.Partition,
        record.Offset,
        Timestamp = record.TimestampMs,
        record.TimestampType,
        Headers = record.Headers.Select(header => new { header.Key, Value = header.Value is { } value ? Encoding.UTF8.GetString(value.Span) : null }),
        Key = record.KeyText,
        Value = record.ValueText,
    };

    /// <summary>The enabled parts, in the order of kafka-console-consumer, with the end of the line.</summary>
    public string Text(ConsumeResult record)
    {
        var parts = new List<string>(7);
        if (printsTimestamp)
            parts.Add(record.TimestampMs < 0 ? "NO_TIMESTAMP" : $"{record.TimestampType}:{record.TimestampMs}");
        if (printsPartition)
            parts.Add($"Partition:{record.Partition.Partition}");
        if (printsOffset)
            parts.Add($"Offset:{record.Offset}");
        if (printsEpoch)
            parts.Add($"Epoch:{(record.LeaderEpoch < 0 ? "NOT_PRESENT" : record.LeaderEpoch)}");
        if (printsHeaders)
        {
            parts.Add(record.Headers.Count == 0 ? "NO_HEADERS"
                : string.Join(headersSeparator, record.Headers.Select(header => $"{header.Key}:{(header.Value is { } value ? Encoding.UTF8.GetString(value.Span) : nullLiteral)}")));
        }

        if (printsKey)
            parts.Add(record.KeyText ?? nullLiteral);
        if (printsValue)
            parts.Add(record.ValueText ?? nullLiteral);
        return string.Join(keySeparator, parts) + lineSeparator;
    }
}
