using System.CommandLine;
using System.Text;
using ActorBroker.Client;
using ActorBroker.Records;

namespace ActorBroker.Cli;

/// <summary><c>produce</c>, with the options of kafka-console-producer: one record for each line of standard input.</summary>
internal sealed class ProduceCommand(CommandContext context)
{
    private static readonly string[] Properties =
        ["parse.key", "key.separator", "parse.headers", "headers.delimiter", "headers.separator", "headers.key.separator", "ignore.error", "null.marker"];

    private readonly Option<string> bootstrap = CommonOptions.Bootstrap();
    private readonly Option<bool> json = CommonOptions.Flag("--json", "Prints partition and offset of each record as a line of JSON.");
    private readonly Option<string?> topic = CommonOptions.Text("--topic", "topic", "The topic.");
    private readonly Option<int?> partition = CommonOptions.Number("--partition", "The partition; without it the key decides, or whichever is being filled.");
    private readonly Option<string[]> properties = CommonOptions.Texts("--property", "key=value", $"How lines are read: {string.Join(", ", Properties)}.");
    private readonly Option<string?> compression = new("--compression-codec", "--compression-type") { Description = "none, gzip, snappy, lz4 or zstd; gzip when given without a value.", HelpName = "codec", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string?> acks = new("--request-required-acks", "--acks") { Description = "Who must have a record: all (-1), 1 or 0.", HelpName = "acks" };
    private readonly Option<int?> batchSize = CommonOptions.Number("--batch-size", "Bytes of a batch; 16384.");
    private readonly Option<long?> linger = CommonOptions.LongNumber("--timeout", "ms", "How long a batch waits for more records; 1000.");
    private readonly Option<long?> maxBlock = CommonOptions.LongNumber("--max-block-ms", "ms", "How long to wait for room or metadata; 60000.");
    private readonly Option<int?> requestTimeout = CommonOptions.Number("--request-timeout-ms", "How long a request may wait for its answer; 30000.");
    private readonly Option<bool> sync = CommonOptions.Flag("--sync", "Waits for each record before the next one is read.");

    public static Command Build(CommandContext context)
    {
        var self = new ProduceCommand(context);
        var command = new Command("produce", "Produces the lines of standard input.")
        {
            self.topic, self.partition, self.properties, self.compression, self.acks, self.batchSize, self.linger, self.maxBlock, self.requestTimeout, self.sync, self.bootstrap, self.json,
        };
        command.SetAction(self.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellation)
    {
        var name = CommonOptions.Required(arguments, topic);
        var lines = new LineParser(new ConsoleProperties(arguments.GetRequiredValue(properties), Properties));
        var failures = 0;
        await using var producer = new KafkaProducer(Options(arguments));
        using var input = new StreamReader(context.In, new UTF8Encoding(false));
        while (true)
        {
            if (context.InputIsTerminal)
                await context.Error.WriteAsync(">");
            if (await input.ReadLineAsync(cancellation) is not { } line)
                break;
            var record = lines.Parse(line, name, arguments.GetValue(partition));
            if (arguments.GetValue(sync))
                Report(new DeliveryReport(await producer.ProduceAsync(record, cancellation), null));
            else
                await producer.EnqueueAsync(record, Report, cancellation);
        }

        await producer.FlushAsync(cancellation);
        return failures == 0 ? ExitCode.Ok : ExitCode.Failed;

        void Report(DeliveryReport report)
        {
            if (report.Error is { } error)
            {
                if (Interlocked.Increment(ref failures) <= 10)
                    context.Error.WriteLine($"actorbroker: a record was not delivered: {error.Message}");
            }
            else if (arguments.GetValue(json))
            {
                lock (context)
                    context.JsonLine(new { report.Metadata!.Partition.Topic, report.Metadata.Partition.Partition, report.Metadata.Offset, Timestamp = report.Metadata.TimestampMs });
            }
        }
    }

    private ProducerOptions Options(ParseResult arguments) => new()
    {
        BootstrapServers = arguments.GetRequiredValue(bootstrap),
        ClientId = "actorbroker-cli",
        Acks = arguments.GetValue(acks) switch
        {
            null or "all" or "-1" => Acks.All,
            "1" => Acks.Leader,
            "0" => Acks.None,
            var other => throw CommandException.Usage($"--request-required-acks: expected all, -1, 1 or 0, found \"{other}\"."),
        },
        Compression = arguments.GetResult(compression) is null ? CompressionCodec.None
            : Enum.TryParse<CompressionCodec>(arguments.GetValue(compression) ?? "gzip", ignoreCase: true, out var codec) ? codec
            : throw CommandException.Usage($"--compression-codec: expected none, gzip, snappy, lz4 or zstd, found \"{arguments.GetValue(compression)}\"."),
        BatchSizeBytes = arguments.GetValue(batchSize) ?? 16_384,
        LingerMs = (int)(arguments.GetValue(linger) ?? (context.InputIsTerminal ? 0 : 1_000)),
        MaxBlockMs = (int)(arguments.GetValue(maxBlock) ?? 60_000),
        RequestTimeoutMs = arguments.GetValue(requestTimeout) ?? 30_000,
        BootstrapTimeoutMs = (int)(arguments.GetValue(maxBlock) ?? CommonOptions.BootstrapTimeoutMs),
        ConnectTimeoutMs = CommonOptions.ConnectTimeoutMs,
    };

    /// <summary>Reads <c>[headers TAB][key TAB]value</c>.</summary>
    internal sealed class LineParser(ConsoleProperties properties)
    {
        private readonly bool parsesKey = properties.Flag("parse.key");
        private readonly bool parsesHeaders = properties.Flag("parse.headers");
        private readonly bool ignoresErrors = properties.Flag("ignore.error");
        private readonly string keySeparator = properties.Text("key.separator", "\t");
        private readonly string headersDelimiter = properties.Text("headers.delimiter", "\t");
        private readonly string headersSeparator = properties.Text("headers.separator", ",");
        private readonly string headersKeySeparator = properties.Text("headers.key.separator", ":");
        private readonly string? nullMarker = properties.Optional("null.marker");
        private int number;

        public ProducerRecord Parse(string line, string topic, int? partition)
        {
            number++;
            RecordHeader[]? headers = null;
            if (parsesHeaders && Cut(ref line, headersDelimiter, "headers.delimiter") is { } headerText && headerText != nullMarker)
                headers = [.. headerText.Split(headersSeparator).Select(Header)];
            var key = parsesKey ? Cut(ref line, keySeparator, "key.separator") : null;
            return new ProducerRecord(topic, Bytes(key), Bytes(line), partition, Headers: headers);
        }

        private string? Cut(ref string line, string separator, string property)
        {
            var at = line.IndexOf(separator, StringComparison.Ordinal);
            if (at < 0)
                return ignoresErrors ? null : throw new CommandException($"line {number}: there is no {property} in \"{line}\".");
            var head = line[..at];
            line = line[(at + separator.Length)..];
            return head;
        }

        private RecordHeader Header(string text)
        {
            var at = text.IndexOf(headersKeySeparator, StringComparison.Ordinal);
            if (at < 0 && !ignoresErrors)
                throw new CommandException($"line {number}: there is no headers.key.separator in the header \"{text}\".");
            return at < 0 ? new RecordHeader(text, null) : new RecordHeader(text[..at], Bytes(text[(at + headersKeySeparator.Length)..]));
        }

        // The cast keeps null from becoming an empty array, which a null byte[] would turn into.
        private ReadOnlyMemory<byte>? Bytes(string? text) => text is null || text == nullMarker ? null : (ReadOnlyMemory<byte>?)Encoding.UTF8.GetBytes(text);
    }
}
