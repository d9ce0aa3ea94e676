using System.CommandLine;
using ActorBroker.Cli.Dump;

namespace ActorBroker.Cli;

/// <summary><c>dump-log</c>, with the options of kafka-dump-log: prints the files of a log directory, of ours or of Kafka's.</summary>
internal sealed class DumpLogCommand(CommandContext context)
{
    private readonly Option<bool> json = CommonOptions.Json();
    private readonly Option<string?> files = CommonOptions.Text("--files", "file,file", "The files, by their ending: .log .index .timeindex .txnindex .snapshot .checkpoint");
    private readonly Option<bool> printData = CommonOptions.Flag("--print-data-log", "Prints keys and values; without it only what describes them.");
    private readonly Option<bool> deepIteration = CommonOptions.Flag("--deep-iteration", "Prints each record, not only each batch.");
    private readonly Option<bool> skipMetadata = CommonOptions.Flag("--skip-record-metadata", "With --print-data-log: prints keys and values only.");
    private readonly Option<bool> offsetsDecoder = CommonOptions.Flag("--offsets-decoder", "Prints keys and values as what __consumer_offsets holds.");
    private readonly Option<int?> maxMessageSize = CommonOptions.Number("--max-message-size", "Largest batch that is read, in bytes; 5242880.");
    private readonly Option<long?> maxBytes = CommonOptions.LongNumber("--max-bytes", "bytes", "How much of a .log file is read.");

    public static Command Build(CommandContext context)
    {
        var self = new DumpLogCommand(context);
        var command = new Command("dump-log", "Prints the files of a log directory.")
        {
            self.files, self.printData, self.deepIteration, self.skipMetadata, self.offsetsDecoder, self.maxMessageSize, self.maxBytes, self.json,
        };
        command.SetAction(self.Run);
        return command;
    }

    private int Run(ParseResult arguments)
    {
        var names = CommonOptions.Required(arguments, files).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var settings = new DumpSettings
        {
            PrintsData = arguments.GetValue(printData) || arguments.GetValue(offsetsDecoder),
            PrintsRecords = arguments.GetValue(deepIteration) || arguments.GetValue(printData) || arguments.GetValue(offsetsDecoder),
            SkipsMetadata = arguments.GetValue(skipMetadata),
            DecodesOffsets = arguments.GetValue(offsetsDecoder),
            MaxBatchBytes = arguments.GetValue(maxMessageSize) ?? 5 * 1024 * 1024,
            MaxBytes = arguments.GetValue(maxBytes) ?? long.MaxValue,
            AsJson = arguments.GetValue(json),
        };
        var exit = ExitCode.Ok;
        foreach (var name in names)
        {
            if (!DumpFile(name, settings))
                exit = ExitCode.Failed;
        }

        return exit;
    }

    private bool DumpFile(string name, DumpSettings settings)
    {
        if (!File.Exists(name))
            throw new CommandException($"{name}: there is no such file.");
        if (!settings.AsJson)
            context.Line($"Dumping {name}");
        return Path.GetExtension(name) switch
        {
            ".log" => new LogDump(context, name, settings).Run(),
            ".index" or ".timeindex" or ".txnindex" => new IndexDump(context, name, settings).Run(),
            ".snapshot" => new ProducerSnapshotDump(context, name, settings).Run(),
            ".checkpoint" => Copy(name),
            _ when Path.GetFileName(name) is var file && file.EndsWith("-checkpoint", StringComparison.Ordinal) => Copy(name),
            var other => throw CommandException.Usage($"{name}: '{other}' is none of .log .index .timeindex .txnindex .snapshot .checkpoint"),
        };
    }

    private bool Copy(string name)
    {
        foreach (var line in File.ReadLines(name))
            context.Line(line);
        return true;
    }
}
