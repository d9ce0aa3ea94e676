using System.CommandLine;
using System.Globalization;
using System.Text.RegularExpressions;
using ActorBroker.Client;
using ActorBroker.Model;
using ActorBroker.Protocol;

namespace ActorBroker.Cli;

/// <summary><c>consume</c>, with the options of kafka-console-consumer: one line for each record.</summary>
internal sealed class ConsumeCommand(CommandContext context)
{
    private readonly Option<string> bootstrap = CommonOptions.Bootstrap();
    private readonly Option<bool> json = CommonOptions.Flag("--json", "Prints each record as a line of JSON.");
    private readonly Option<string?> topic = CommonOptions.Text("--topic", "topic", "The topic.");
    private readonly Option<string?> include = CommonOptions.Text("--include", "regex", "Topics by a regular expression, instead of --topic.");
    private readonly Option<string?> group = CommonOptions.Text("--group", "group", "Consumes as a member of this group and commits. Without it, by itself and without committing.");
    private readonly Option<bool> fromBeginning = CommonOptions.Flag("--from-beginning", "Starts at the first record where the group has no offset yet.");
    private readonly Option<int?> partition = CommonOptions.Number("--partition", "Only this partition.");
    private readonly Option<string?> offset = CommonOptions.Text("--offset", "offset|earliest|latest", "Where to start, with --partition; latest.");
    private readonly Option<long?> maxMessages = CommonOptions.LongNumber("--max-messages", "n", "Ends after so many records.");
    private readonly Option<long?> timeout = CommonOptions.LongNumber("--timeout-ms", "ms", "Ends when no record came for so long.");
    private readonly Option<string?> isolation = CommonOptions.Text("--isolation-level", "level", "read_committed or read_uncommitted, the default.");
    private readonly Option<string[]> properties = CommonOptions.Texts("--property", "key=value", $"What is printed of a record: {string.Join(", ", RecordFormat.Properties)}.");

    public static Command Build(CommandContext context)
    {
        var self = new ConsumeCommand(context);
        var command = new Command("consume", "Prints the records of topics as they come.")
        {
            self.topic, self.include, self.group, self.fromBeginning, self.partition, self.offset, self.maxMessages, self.timeout, self.isolation, self.properties, self.bootstrap, self.json,
        };
        command.SetAction(self.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellation)
    {
        if (arguments.GetValue(topic) is null == arguments.GetValue(include) is null)
            throw CommandException.Usage("exactly one of --topic and --include is needed.");
        if (arguments.GetValue(offset) is not null && arguments.GetValue(partition) is null)
            throw CommandException.Usage("--offset needs --partition.");
        if (arguments.GetValue(fromBeginning) && arguments.GetValue(offset) is not null)
            throw CommandException.Usage("--from-beginning and --offset exclude each other.");
        if (arguments.GetValue(partition) is not null && arguments.GetValue(group) is not null)
            throw CommandException.Usage("--partition and --group exclude each other: a group shares out the partitions itself.");

        var format = new RecordFormat(new ConsoleProperties(arguments.GetRequiredValue(properties), RecordFormat.Properties));
        await using var consumer = new KafkaConsumer(Options(arguments));
        await StartAsync(consumer, arguments, cancellation);
        var count = await PrintAsync(consumer, format, arguments, cancellation);
        await context.Out.FlushAsync(CancellationToken.None);
        await context.Error.WriteLineAsync($"Processed a total of {count} messages");
        return ExitCode.Ok;
    }

    private ConsumerOptions Options(ParseResult arguments) => new()
    {
        BootstrapServers = arguments.GetRequiredValue(bootstrap),
        ClientId = "actorbroker-cli",
        BootstrapTimeoutMs = CommonOptions.BootstrapTimeoutMs,
        ConnectTimeoutMs = CommonOptions.ConnectTimeoutMs,
        GroupId = arguments.GetValue(group),
        EnableAutoCommit = arguments.GetValue(group) is not null,
        AutoOffsetReset = arguments.GetValue(fromBeginning) || arguments.GetValue(offset) == "earliest" ? AutoOffsetReset.Earliest : AutoOffsetReset.Latest,
        ReadCommitted = arguments.GetValue(isolation) switch
        {
            null or "read_uncommitted" => false,
            "read_committed" => true,
            var other => throw CommandException.Usage($"--isolation-level: expected read_committed or read_uncommitted, found \"{other}\"."),
        },
    };

    private async Task StartAsync(KafkaConsumer consumer, ParseResult arguments, CancellationToken cancellation)
    {
        var topics = arguments.GetValue(topic) is { } one ? [one] : await MatchingAsync(arguments, cancellation);
        if (arguments.GetValue(group) is not null)
        {
            await consumer.SubscribeAsync(topics);
            return;
        }

        if (arguments.GetValue(partition) is { } number)
        {
            var assigned = new TopicPartition(topics[0], number);
            if (arguments.GetValue(offset) is { } start && start is not ("earliest" or "latest"))
            {
                if (!long.TryParse(start, NumberStyles.None, CultureInfo.InvariantCulture, out var position))
                    throw CommandException.Usage($"--offset: expected a number, earliest or latest, found \"{start}\".");
                consumer.Assign(new Dictionary<TopicPartition, long> { [assigned] = position });
                return;
            }

            consumer.Assign([assigned]);
            return;
        }

        var partitions = new List<TopicPartition>();
        foreach (var name in topics)
            partitions.AddRange((await consumer.PartitionsOfAsync(name, cancellation)).Select(found => new TopicPartition(name, found.Partition)));
        consumer.Assign(partitions);
    }

    private async Task<string[]> MatchingAsync(ParseResult arguments, CancellationToken cancellation)
    {
        var pattern = arguments.GetValue(include)!;
        var expression = new Regex($"^(?:{pattern})$", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
        await using var admin = CommonOptions.Admin(arguments, bootstrap);
        var names = (await admin.ListTopicsAsync(cancellation: cancellation)).Select(found => found.Name).Where(name => expression.IsMatch(name)).ToArray();
        return names.Length > 0 ? names : throw new KafkaException(ErrorCode.UnknownTopicOrPartition, $"no topic matches '{pattern}'");
    }

    private async Task<long> PrintAsync(KafkaConsumer consumer, RecordFormat format, ParseResult arguments, CancellationToken cancellation)
    {
        var count = 0L;
        var limit = arguments.GetValue(maxMessages) ?? long.MaxValue;
        var patience = arguments.GetValue(timeout) is { } ms and >= 0 ? TimeSpan.FromMilliseconds(ms) : (TimeSpan?)null;
        try
        {
            while (count < limit)
            {
                // What is there is written in large pieces; before waiting for more, everything is shown.
                var record = await consumer.ConsumeAsync(TimeSpan.Zero, cancellation);
                if (record is null)
                {
                    await context.Out.FlushAsync(cancellation);
                    record = patience is { } wait ? await consumer.ConsumeAsync(wait, cancellation) : await consumer.ConsumeAsync(cancellation);
                }

                if (record is null)
                    return count;
                count++;
                if (arguments.GetValue(json))
                    context.JsonLine(RecordFormat.Describe(record));
                else
                    context.Out.Write(format.Text(record));
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Ctrl+C is how one ends a consumer.
        }

        return count;
    }
}
