using System.CommandLine;
using System.Globalization;
using System.Text.RegularExpressions;
using ActorBroker.Client;
using ActorBroker.Model;
using ActorBroker.Protocol;

namespace ActorBroker.Cli;

/// <summary><c>topics</c>, with the options of kafka-topics.</summary>
internal sealed class TopicsCommand(CommandContext context)
{
    private readonly Option<string> bootstrap = CommonOptions.Bootstrap();
    private readonly Option<bool> json = CommonOptions.Json();
    private readonly Option<bool> create = CommonOptions.Flag("--create", "Creates a topic.");
    private readonly Option<bool> list = CommonOptions.Flag("--list", "Lists the names of topics.");
    private readonly Option<bool> describe = CommonOptions.Flag("--describe", "Shows topics with their partitions.");
    private readonly Option<bool> delete = CommonOptions.Flag("--delete", "Deletes topics.");
    private readonly Option<bool> alter = CommonOptions.Flag("--alter", "Raises the number of partitions.");
    private readonly Option<string?> topic = CommonOptions.Text("--topic", "topic", "The topic; with --list, --describe, --delete and --alter a regular expression.");
    private readonly Option<string?> topicId = CommonOptions.Text("--topic-id", "uuid", "With --describe: the topic's id.");
    private readonly Option<int?> partitions = CommonOptions.Number("--partitions", "Number of partitions; with --alter the new total.");
    private readonly Option<int?> replicationFactor = CommonOptions.Number("--replication-factor", "Replicas of each partition.");
    private readonly Option<string?> assignment = CommonOptions.Text("--replica-assignment", "b:b,b:b", "Brokers of each partition, instead of numbers.");
    private readonly Option<string[]> configs = CommonOptions.Texts("--config", "key=value", "With --create: a setting of the topic.");
    private readonly Option<bool> ifExists = CommonOptions.Flag("--if-exists", "With --delete, --alter and --describe: a missing topic is no failure.");
    private readonly Option<bool> ifNotExists = CommonOptions.Flag("--if-not-exists", "With --create: an existing topic is no failure.");
    private readonly Option<bool> excludeInternal = CommonOptions.Flag("--exclude-internal", "With --list and --describe: leaves out internal topics.");
    private readonly Option<bool> underReplicated = CommonOptions.Flag("--under-replicated-partitions", "With --describe: only partitions with fewer in-sync replicas than replicas.");
    private readonly Option<bool> unavailable = CommonOptions.Flag("--unavailable-partitions", "With --describe: only partitions without a leader.");
    private readonly Option<bool> withOverrides = CommonOptions.Flag("--topics-with-overrides", "With --describe: only topics with settings of their own.");

    public static Command Build(CommandContext context)
    {
        var self = new TopicsCommand(context);
        var command = new Command("topics", "Creates, lists, describes, alters and deletes topics.")
        {
            self.create, self.list, self.describe, self.alter, self.delete, self.topic, self.topicId, self.partitions, self.replicationFactor, self.assignment,
            self.configs, self.ifExists, self.ifNotExists, self.excludeInternal, self.underReplicated, self.unavailable, self.withOverrides, self.bootstrap, self.json,
        };
        command.SetAction(self.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellation)
    {
        var action = CommonOptions.Single(arguments, create, list, describe, alter, delete);
        if (action == create || action == delete || action == alter)
            CommonOptions.Required(arguments, topic);
        await using var admin = CommonOptions.Admin(arguments, bootstrap);
        await (action == create ? CreateAsync(admin, arguments, cancellation)
            : action == list ? ListAsync(admin, arguments, cancellation)
            : action == describe ? DescribeAsync(admin, arguments, cancellation)
            : action == alter ? AlterAsync(admin, arguments, cancellation)
            : DeleteAsync(admin, arguments, cancellation));
        return ExitCode.Ok;
    }

    private async Task CreateAsync(KafkaAdmin admin, ParseResult arguments, CancellationToken cancellation)
    {
        var name = CommonOptions.Required(arguments, topic);
        var assigned = Assignments(arguments);
        if (assigned is not null && (arguments.GetValue(partitions) ?? arguments.GetValue(replicationFactor)) is not null)
            throw CommandException.Usage("--replica-assignment does not go together with --partitions or --replication-factor.");
        var wanted = new NewTopic(name, arguments.GetValue(partitions) ?? -1, (short)(arguments.GetValue(replicationFactor) ?? -1))
        {
            ReplicaAssignments = assigned,
            Configs = arguments.GetRequiredValue(configs).Select(config => CommonOptions.Assignment(config, "--config"))
                .ToDictionary(config => config.Key, config => (string?)config.Value),
        };
        var result = (await admin.CreateTopicsAsync([wanted], cancellation: cancellation)).Single();
        if (result.Error == ErrorCode.TopicAlreadyExists && arguments.GetValue(ifNotExists))
            return;
        result.ThrowIfFailed();
        if (arguments.GetValue(json))
            context.Json(new { Topic = name, Id = new TopicId(result.Item.TopicId).ToString(), result.Item.Partitions, result.Item.ReplicationFactor });
        else
            context.Line($"Created topic {name}.");
    }

    private async Task ListAsync(KafkaAdmin admin, ParseResult arguments, CancellationToken cancellation)
    {
        var names = (await MatchingAsync(admin, arguments, cancellation)).Select(found => found.Name).ToArray();
        if (arguments.GetValue(json))
            context.Json(names);
        else
            Array.ForEach(names, context.Line);
    }

    private async Task DescribeAsync(KafkaAdmin admin, ParseResult arguments, CancellationToken cancellation)
    {
        var found = await MatchingAsync(admin, arguments, cancellation);
        if (found.Count == 0)
        {
            if (arguments.GetValue(topic) is { } wanted && !arguments.GetValue(ifExists))
                throw new CommandException($"there is no topic that matches '{wanted}'.");
            return;
        }

        var settings = (await admin.DescribeConfigsAsync(found.Select(one => ConfigResource.Topic(one.Name)), cancellation: cancellation))
            .ToDictionary(one => one.Resource.Name, one => one.Entries.Where(entry => entry.Source == ConfigSource.TopicConfig).OrderBy(entry => entry.Name, StringComparer.Ordinal).ToArray());
        var described = found
            .Select(one => new { Topic = one, Configs = settings.GetValueOrDefault(one.Name, []), Partitions = one.Partitions.OrderBy(partition => partition.Partition).Where(Shown).ToArray() })
            .Where(one => (!arguments.GetValue(withOverrides) || one.Configs.Length > 0) && (one.Partitions.Length > 0 || one.Topic.Partitions.Count == 0))
            .ToArray();

        if (arguments.GetValue(json))
        {
            context.Json(described.Select(one => new
            {
                Topic = one.Topic.Name,
                Id = new TopicId(one.Topic.TopicId).ToString(),
                one.Topic.IsInternal,
                Configs = one.Configs.ToDictionary(entry => entry.Name, entry => entry.Value),
                Partitions = one.Partitions.Select(partition => new { partition.Partition, partition.Leader, partition.LeaderEpoch, partition.Replicas, partition.Isr, partition.OfflineReplicas }),
            }));
            return;
        }

        foreach (var one in described)
        {
            var replicas = one.Topic.Partitions.Count == 0 ? 0 : one.Topic.Partitions[0].Replicas.Count;
            context.Line($"Topic: {one.Topic.Name}  TopicId: {new TopicId(one.Topic.TopicId)}  PartitionCount: {one.Topic.Partitions.Count}  ReplicationFactor: {replicas}  "
                + $"Configs: {string.Join(',', one.Configs.Select(entry => $"{entry.Name}={entry.Value}"))}");
            context.Table(
                ["#PARTITION", "#LEADER", "#EPOCH", "REPLICAS", "ISR", "OFFLINE"],
                one.Partitions.Select(partition => (string[])
                [
                    Text(partition.Partition), partition.Leader < 0 ? "none" : Text(partition.Leader), Text(partition.LeaderEpoch),
                    Join(partition.Replicas), Join(partition.Isr), Join(partition.OfflineReplicas),
                ]));
        }

        bool Shown(PartitionDescription partition) =>
            (!arguments.GetValue(underReplicated) || partition.Isr.Count < partition.Replicas.Count) && (!arguments.GetValue(unavailable) || partition.Leader < 0);
    }

    private async Task AlterAsync(KafkaAdmin admin, ParseResult arguments, CancellationToken cancellation)
    {
        var total = arguments.GetValue(partitions) ?? throw CommandException.Usage("--alter needs --partitions; settings are changed with the command configs.");
        if (arguments.GetRequiredValue(configs).Length > 0)
            throw CommandException.Usage("--alter does not take --config; settings are changed with the command configs.");
        if (Assignments(arguments) is { } assigned && assigned.Count != total)
            throw CommandException.Usage($"--replica-assignment names the replicas of {assigned.Count} partition(s), --partitions says {total}: name all, the existing ones too, which stay where they are.");
        var found = await MatchingAsync(admin, arguments, cancellation);
        if (found.Count == 0)
            await NamesAsync(admin, arguments, cancellation);
        foreach (var result in await admin.CreatePartitionsAsync([.. found.Select(topic => new NewPartitions(topic.Name, total) { ReplicaAssignments = Added(topic) })], cancellation: cancellation))
            result.ThrowIfFailed();

        IReadOnlyList<IReadOnlyList<int>>? Added(TopicDescription topic) => Assignments(arguments)?.OrderBy(one => one.Key).Skip(topic.Partitions.Count).Select(one => one.Value).ToArray();
    }

    private async Task DeleteAsync(KafkaAdmin admin, ParseResult arguments, CancellationToken cancellation)
    {
        var names = await NamesAsync(admin, arguments, cancellation);
        if (names.Length == 0)
            return;
        foreach (var result in await admin.DeleteTopicsAsync(names, cancellation))
            result.ThrowIfFailed();
        if (arguments.GetValue(json))
            context.Json(new { Deleted = names });
    }

    private async Task<string[]> NamesAsync(KafkaAdmin admin, ParseResult arguments, CancellationToken cancellation)
    {
        var names = (await MatchingAsync(admin, arguments, cancellation)).Select(found => found.Name).ToArray();
        return names.Length > 0 || arguments.GetValue(ifExists) ? names : throw new CommandException($"there is no topic that matches '{arguments.GetValue(topic)}'.");
    }

    private async Task<IReadOnlyList<TopicDescription>> MatchingAsync(KafkaAdmin admin, ParseResult arguments, CancellationToken cancellation)
    {
        var all = await admin.ListTopicsAsync(includeInternal: !arguments.GetValue(excludeInternal), cancellation);
        if (arguments.GetValue(topicId) is { } id)
            return [.. all.Where(one => new TopicId(one.TopicId).ToString() == id)];
        if (arguments.GetValue(topic) is not { } pattern)
            return all;
        var expression = new Regex($"^(?:{pattern})$", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
        return [.. all.Where(one => one.Name == pattern || expression.IsMatch(one.Name))];
    }

    private Dictionary<int, IReadOnlyList<int>>? Assignments(ParseResult arguments)
    {
        if (arguments.GetValue(assignment) is not { } text)
            return null;
        var result = new Dictionary<int, IReadOnlyList<int>>();
        foreach (var replicas in text.Split(','))
            result.Add(result.Count, [.. replicas.Split(':').Select(broker => Broker(broker, text))]);
        return result;
    }

    private static int Broker(string broker, string assignment) => int.TryParse(broker, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
        ? id
        : throw CommandException.Usage($"--replica-assignment: expected broker ids as in 1:2,2:3, found \"{broker}\" in \"{assignment}\".");

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Join(IEnumerable<int> numbers) => string.Join(',', numbers);
}
