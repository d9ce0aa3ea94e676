using System.CommandLine;
using System.Globalization;
using System.Xml;
using ActorBroker.Client;
using ActorBroker.Model;
using ActorBroker.Protocol;

namespace ActorBroker.Cli;

/// <summary>The options of <c>groups --reset-offsets</c>.</summary>
internal sealed class OffsetResetOptions
{
    public readonly Option<string[]> Topic = CommonOptions.Texts("--topic", "topic[:p,p]", "With --reset-offsets and --delete-offsets: a topic, or some of its partitions.");
    public readonly Option<bool> AllTopics = CommonOptions.Flag("--all-topics", "With --reset-offsets: all topics of which the group has offsets.");
    public readonly Option<bool> DryRun = CommonOptions.Flag("--dry-run", "With --reset-offsets: shows what would be done; the default.");
    public readonly Option<bool> Execute = CommonOptions.Flag("--execute", "With --reset-offsets: does it.");
    public readonly Option<bool> Export = CommonOptions.Flag("--export", "With --reset-offsets: prints the new offsets as CSV.");
    public readonly Option<bool> ToEarliest = CommonOptions.Flag("--to-earliest", "To the first record.");
    public readonly Option<bool> ToLatest = CommonOptions.Flag("--to-latest", "To the end.");
    public readonly Option<bool> ToCurrent = CommonOptions.Flag("--to-current", "To the committed offset, or the end where there is none.");
    public readonly Option<long?> ToOffset = CommonOptions.LongNumber("--to-offset", "offset", "To this offset.");
    public readonly Option<long?> ShiftBy = CommonOptions.LongNumber("--shift-by", "n", "By so many records; negative goes back.");
    public readonly Option<string?> ToDatetime = CommonOptions.Text("--to-datetime", "YYYY-MM-DDTHH:mm:SS.sss", "To the first record at or after a time.");
    public readonly Option<string?> ByDuration = CommonOptions.Text("--by-duration", "PnDTnHnMnS", "To the first record that is not older than this.");
    public readonly Option<string?> FromFile = CommonOptions.Text("--from-file", "file", "To the offsets of a CSV file: [group,]topic,partition,offset.");

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[Topic, AllTopics, ToEarliest, ToLatest, ToCurrent, ToOffset, ShiftBy, ToDatetime, ByDuration, FromFile, DryRun, Execute, Export])
            command.Options.Add(option);
    }

    public string[] Topics(ParseResult arguments) => arguments.GetRequiredValue(Topic);
}

/// <summary>Sets the offsets of groups that have no members.</summary>
internal sealed class OffsetReset(CommandContext context, KafkaAdmin admin, OffsetResetOptions options, ParseResult arguments)
{
    public async Task<int> RunAsync(IReadOnlyList<string> groups, bool json, CancellationToken cancellation)
    {
        var execute = arguments.GetValue(options.Execute);
        if (execute && arguments.GetValue(options.DryRun))
            throw CommandException.Usage("--dry-run and --execute exclude each other.");
        if (!execute && !arguments.GetValue(options.DryRun))
            context.Error.WriteLine("WARN: No action will be performed as the --execute option is missing.");

        var planned = new List<(string Group, TopicPartition Partition, long Offset)>();
        foreach (var group in groups)
        {
            var description = (await admin.DescribeGroupsAsync([group], cancellation)).Single();
            if (description.Members.Count > 0)
                throw new CommandException($"offsets of group '{group}' can only be reset while it has no members; it is {description.State}.");
            planned.AddRange((await PlanAsync(group, cancellation)).OrderBy(one => one.Key.Topic, StringComparer.Ordinal).ThenBy(one => one.Key.Partition).Select(one => (group, one.Key, one.Value)));
        }

        if (execute)
            await CommitAsync(planned, cancellation);
        Print(planned, groups.Count, json);
        return ExitCode.Ok;
    }

    /// <summary>The partitions that <c>--topic</c> options name: <c>topic</c> or <c>topic:0,1</c>.</summary>
    public static async Task<IReadOnlyCollection<TopicPartition>> PartitionsAsync(KafkaAdmin admin, string[] topics, CancellationToken cancellation)
    {
        var partitions = new List<TopicPartition>();
        foreach (var text in topics)
        {
            var colon = text.IndexOf(':');
            var name = colon < 0 ? text : text[..colon];
            var topic = (await admin.DescribeTopicsAsync([name], cancellation)).Single();
            if (topic.Error != ErrorCode.None)
                throw new KafkaException(topic.Error, $"topic '{name}'");
            partitions.AddRange(colon < 0
                ? topic.Partitions.Select(partition => new TopicPartition(name, partition.Partition))
                : text[(colon + 1)..].Split(',').Select(partition => new TopicPartition(name, int.Parse(partition, NumberStyles.None, CultureInfo.InvariantCulture))));
        }

        return partitions;
    }

    private async Task<Dictionary<TopicPartition, long>> PlanAsync(string group, CancellationToken cancellation)
    {
        var committed = (await admin.ListGroupOffsetsAsync(group, cancellation: cancellation)).Where(one => one.Offset >= 0).ToDictionary(one => one.Partition, one => one.Offset);
        if (arguments.GetValue(options.FromFile) is { } file)
            return FromFile(file, group);
        var topics = options.Topics(arguments);
        if (topics.Length > 0 == arguments.GetValue(options.AllTopics))
            throw CommandException.Usage("--reset-offsets needs either --topic or --all-topics.");
        var partitions = topics.Length > 0 ? await PartitionsAsync(admin, topics, cancellation) : committed.Keys;
        return await MoveAsync(partitions, committed, cancellation);
    }

    private async Task<Dictionary<TopicPartition, long>> MoveAsync(IReadOnlyCollection<TopicPartition> partitions, Dictionary<TopicPartition, long> committed, CancellationToken cancellation)
    {
        var first = await OffsetsAsync(partitions, OffsetSpec.Earliest, cancellation);
        var end = await OffsetsAsync(partitions, OffsetSpec.Latest, cancellation);
        var scenario = Scenario();
        if (scenario == options.ToEarliest)
            return first;
        if (scenario == options.ToLatest)
            return end;
        if (scenario == options.ToDatetime || scenario == options.ByDuration)
        {
            var found = await OffsetsAsync(partitions, OffsetSpec.ForTimestamp(Timestamp()), cancellation);
            return partitions.ToDictionary(one => one, one => found.TryGetValue(one, out var offset) && offset >= 0 ? offset : end[one]);
        }

        return partitions.ToDictionary(one => one, one =>
        {
            var wanted = scenario == options.ToOffset ? arguments.GetValue(options.ToOffset)!.Value
                : scenario == options.ToCurrent ? committed.GetValueOrDefault(one, end[one])
                : committed.TryGetValue(one, out var current) ? current + arguments.GetValue(options.ShiftBy)!.Value
                : throw new CommandException($"{one}: cannot shift, there is no committed offset.");
            var offset = Math.Clamp(wanted, first[one], end[one]);
            if (offset != wanted)
                context.Error.WriteLine($"WARN: New offset ({wanted}) of {one} is {(wanted < offset ? "lower than earliest" : "higher than latest")} offset. Value will be set to {offset}");
            return offset;
        });
    }

    private Option Scenario()
    {
        Option[] all = [options.ToEarliest, options.ToLatest, options.ToCurrent, options.ToOffset, options.ShiftBy, options.ToDatetime, options.ByDuration];
        var given = all.Where(option => arguments.GetResult(option) is { Implicit: false }).ToArray();
        return given.Length == 1 ? given[0] : throw CommandException.Usage($"--reset-offsets needs one of {string.Join(", ", all.Select(option => option.Name))}, --from-file.");
    }

    private long Timestamp()
    {
        if (arguments.GetValue(options.ByDuration) is { } duration)
            return (DateTimeOffset.UtcNow - XmlConvert.ToTimeSpan(duration)).ToUnixTimeMilliseconds();
        return DateTimeOffset.Parse(arguments.GetValue(options.ToDatetime)!, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal).ToUnixTimeMilliseconds();
    }

    private async Task<Dictionary<TopicPartition, long>> OffsetsAsync(IReadOnlyCollection<TopicPartition> partitions, OffsetSpec spec, CancellationToken cancellation)
    {
        var found = await admin.ListOffsetsAsync(partitions.ToDictionary(one => one, _ => spec), cancellation: cancellation);
        return found.ToDictionary(one => one.Partition, one => one.Error == ErrorCode.None ? one.Offset : throw new KafkaException(one.Error, one.Partition.ToString()));
    }

    private static Dictionary<TopicPartition, long> FromFile(string file, string group)
    {
        var offsets = new Dictionary<TopicPartition, long>();
        foreach (var line in File.ReadLines(file).Where(line => line.Trim().Length > 0))
        {
            var cells = line.Split(',', StringSplitOptions.TrimEntries);
            if (cells.Length is not (3 or 4)
                || !int.TryParse(cells[^2], NumberStyles.None, CultureInfo.InvariantCulture, out var partition)
                || !long.TryParse(cells[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var offset))
                throw new CommandException($"{file}: expected [group,]topic,partition,offset, found \"{line}\".");
            if (cells.Length == 3 || cells[0].Trim('"') == group)
                offsets[new TopicPartition(cells[^3].Trim('"'), partition)] = offset;
        }

        return offsets;
    }

    private async Task CommitAsync(List<(string Group, TopicPartition Partition, long Offset)> planned, CancellationToken cancellation)
    {
        foreach (var group in planned.GroupBy(one => one.Group))
        {
            var offsets = group.ToDictionary(one => one.Partition, one => new OffsetAndMetadata(one.Offset));
            foreach (var result in await admin.AlterGroupOffsetsAsync(group.Key, offsets, cancellation))
                result.ThrowIfFailed();
        }
    }

    private void Print(List<(string Group, TopicPartition Partition, long Offset)> planned, int groups, bool json)
    {
        if (json)
            context.Json(planned.Select(one => new { one.Group, one.Partition.Topic, one.Partition.Partition, NewOffset = one.Offset }));
        else if (arguments.GetValue(options.Export))
            planned.ForEach(one => context.Line($"{(groups > 1 ? $"\"{one.Group}\"," : "")}\"{one.Partition.Topic}\",{one.Partition.Partition},{one.Offset}"));
        else
            context.Table(["GROUP", "TOPIC", "#PARTITION", "#NEW-OFFSET"], planned.Select(one => (string[])[one.Group, one.Partition.Topic, $"{one.Partition.Partition}", $"{one.Offset}"]));
    }
}
