using System.CommandLine;
using System.Globalization;
using System.Text;
using ActorBroker.Client;

namespace ActorBroker.Cli;

/// <summary><c>configs</c>, with the options of kafka-configs.</summary>
internal sealed class ConfigsCommand(CommandContext context)
{
    private readonly Option<string> bootstrap = CommonOptions.Bootstrap();
    private readonly Option<bool> json = CommonOptions.Json();
    private readonly Option<bool> describe = CommonOptions.Flag("--describe", "Shows settings.");
    private readonly Option<bool> alter = CommonOptions.Flag("--alter", "Changes settings.");
    private readonly Option<bool> all = CommonOptions.Flag("--all", "With --describe: defaults as well.");
    private readonly Option<string?> entityType = CommonOptions.Text("--entity-type", "topics|brokers|groups", "Whose settings.");
    private readonly Option<string?> entityName = CommonOptions.Text("--entity-name", "name", "The topic, the node id or the group; without it all of them.");
    private readonly Option<string?> topic = CommonOptions.Text("--topic", "topic", "Short for --entity-type topics --entity-name.");
    private readonly Option<string?> broker = CommonOptions.Text("--broker", "id", "Short for --entity-type brokers --entity-name.");
    private readonly Option<string?> group = CommonOptions.Text("--group", "group", "Short for --entity-type groups --entity-name.");
    private readonly Option<string?> addConfig = CommonOptions.Text("--add-config", "k=v,k=[v,v]", "With --alter: settings to set; a value with commas stands in square brackets.");
    private readonly Option<string?> deleteConfig = CommonOptions.Text("--delete-config", "k,k", "With --alter: settings to put back to their default.");

    public static Command Build(CommandContext context)
    {
        var self = new ConfigsCommand(context);
        var command = new Command("configs", "Shows and changes the settings of topics, brokers and groups.")
        {
            self.describe, self.alter, self.entityType, self.entityName, self.topic, self.broker, self.group, self.all, self.addConfig, self.deleteConfig, self.bootstrap, self.json,
        };
        command.SetAction(self.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellation)
    {
        var action = CommonOptions.Single(arguments, describe, alter);
        var (type, name) = Entity(arguments);
        await using var admin = CommonOptions.Admin(arguments, bootstrap);
        if (action == describe)
            await DescribeAsync(admin, arguments, type, name, cancellation);
        else
            await AlterAsync(admin, arguments, type, name ?? throw CommandException.Usage("--alter needs --entity-name."), cancellation);
        return ExitCode.Ok;
    }

    private (ConfigResourceType Type, string? Name) Entity(ParseResult arguments)
    {
        (ConfigResourceType, string?)[] given =
        [
            .. arguments.GetValue(topic) is { } named ? [(ConfigResourceType.Topic, named)] : Array.Empty<(ConfigResourceType, string?)>(),
            .. arguments.GetValue(broker) is { } node ? [(ConfigResourceType.Broker, node)] : Array.Empty<(ConfigResourceType, string?)>(),
            .. arguments.GetValue(group) is { } id ? [(ConfigResourceType.Group, id)] : Array.Empty<(ConfigResourceType, string?)>(),
        ];
        if (arguments.GetValue(entityType) is { } type)
            given = [.. given, (TypeOf(type), arguments.GetValue(entityName))];
        return given.Length == 1 ? given[0] : throw CommandException.Usage("exactly one of --entity-type, --topic, --broker and --group is needed.");
    }

    private static ConfigResourceType TypeOf(string text) => text switch
    {
        "topics" => ConfigResourceType.Topic,
        "brokers" => ConfigResourceType.Broker,
        "groups" => ConfigResourceType.Group,
        _ => throw CommandException.Usage($"--entity-type: expected topics, brokers or groups, found \"{text}\"."),
    };

    private async Task DescribeAsync(KafkaAdmin admin, ParseResult arguments, ConfigResourceType type, string? name, CancellationToken cancellation)
    {
        var described = new List<ConfigDescription>();
        foreach (var description in await admin.DescribeConfigsAsync(await ResourcesAsync(admin, type, name, cancellation), cancellation: cancellation))
        {
            new OperationResult<ConfigResource>(description.Resource, description.Error, description.Message).ThrowIfFailed();
            described.Add(description with { Entries = [.. description.Entries.Where(entry => arguments.GetValue(all) || IsDynamic(entry)).OrderBy(entry => entry.Name, StringComparer.Ordinal)] });
        }

        if (arguments.GetValue(json))
        {
            context.Json(described.Select(description => new
            {
                description.Resource.Type,
                description.Resource.Name,
                Configs = description.Entries.Select(entry => new { entry.Name, entry.Value, entry.Source, entry.IsReadOnly, entry.IsSensitive, entry.Synonyms }),
            }));
            return;
        }

        foreach (var description in described)
        {
            context.Line($"{(arguments.GetValue(all) ? "All" : "Dynamic")} configs for {Word(type)} {description.Resource.Name} are:");
            if (description.Entries.Count > 0)
            {
                context.Table(
                    ["  NAME", "VALUE", "SOURCE"],
                    description.Entries.Select(entry => (string[])["  " + entry.Name, entry.IsSensitive ? "(hidden)" : entry.Value ?? "null", Source(entry.Source)]));
            }
        }
    }

    private async Task AlterAsync(KafkaAdmin admin, ParseResult arguments, ConfigResourceType type, string name, CancellationToken cancellation)
    {
        var changes = ParseAssignments(arguments.GetValue(addConfig) ?? "").Select(config => new ConfigChange(config.Key, ConfigOperation.Set, config.Value))
            .Concat((arguments.GetValue(deleteConfig) ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(key => new ConfigChange(key, ConfigOperation.Delete)))
            .ToArray();
        if (changes.Length == 0)
            throw CommandException.Usage("--alter needs --add-config or --delete-config.");
        var resource = new ConfigResource(type, name);
        var result = await admin.AlterConfigsAsync(new Dictionary<ConfigResource, IReadOnlyList<ConfigChange>> { [resource] = changes }, cancellation: cancellation);
        result.Single().ThrowIfFailed();
        if (!arguments.GetValue(json))
            context.Line($"Completed updating config for {Word(type)} {name}.");
    }

    /// <summary>Reads <c>k=v,k=[v,v]</c>.</summary>
    internal static IReadOnlyList<KeyValuePair<string, string>> ParseAssignments(string text)
    {
        var pieces = new List<string>();
        var piece = new StringBuilder();
        var depth = 0;
        foreach (var c in text)
        {
            depth += c == '[' ? 1 : c == ']' ? -1 : 0;
            if (c == ',' && depth == 0)
            {
                pieces.Add(piece.ToString());
                piece.Clear();
            }
            else if (c is not ('[' or ']'))
            {
                piece.Append(c);
            }
        }

        pieces.Add(piece.ToString());
        if (depth != 0)
            throw CommandException.Usage("--add-config: a square bracket is not closed.");
        return [.. pieces.Where(one => one.Trim().Length > 0).Select(one => CommonOptions.Assignment(one.Trim(), "--add-config"))];
    }

    private static async Task<IReadOnlyList<ConfigResource>> ResourcesAsync(KafkaAdmin admin, ConfigResourceType type, string? name, CancellationToken cancellation)
    {
        if (name is not null)
            return [new ConfigResource(type, name)];
        return type switch
        {
            ConfigResourceType.Topic => [.. (await admin.ListTopicsAsync(includeInternal: true, cancellation)).Select(topic => ConfigResource.Topic(topic.Name))],
            ConfigResourceType.Broker => [.. (await admin.DescribeClusterAsync(cancellation)).Brokers.Select(broker => ConfigResource.Broker(broker.NodeId))],
            _ => [.. (await admin.ListGroupsAsync(cancellation: cancellation)).Select(group => new ConfigResource(ConfigResourceType.Group, group.GroupId))],
        };
    }

    private static bool IsDynamic(ConfigEntry entry) =>
        entry.Source is not (ConfigSource.DefaultConfig or ConfigSource.StaticBrokerConfig or ConfigSource.Unknown);

    private static string Word(ConfigResourceType type) => type.ToString().ToLower(CultureInfo.InvariantCulture);

    private static string Source(ConfigSource source) => source switch
    {
        ConfigSource.TopicConfig => "topic",
        ConfigSource.DynamicBrokerConfig => "broker (dynamic)",
        ConfigSource.DynamicDefaultBrokerConfig => "cluster (dynamic)",
        ConfigSource.StaticBrokerConfig => "broker (file)",
        ConfigSource.DefaultConfig => "default",
        ConfigSource.GroupConfig => "group",
        _ => source.ToString(),
    };
}
