using System.Globalization;
using ActorBroker.Model.Options;

namespace ActorBroker.Model.Configs;

/// <summary>The broker settings that can be changed at run time (KIP-226), for one broker or for all: those that Kafka lets change and that code here reads anew.</summary>
public static partial class BrokerConfigs
{
    /// <summary>No code reads this one: it is accepted from old tools.</summary>
    private const string MessageFormatVersion = TopicConfigNames.MessageFormatVersion;

    private static readonly Dictionary<string, Dynamic> Dynamics = new List<Dynamic>
    {
        new(new("max.connections", ConfigType.Int, null, "") { Min = 1 },
            (options, value) => options with { Limits = options.Limits with { MaxConnections = Int(value) } }),
        new(new("max.connections.per.ip", ConfigType.Int, null, "") { Min = 0 },
            (options, value) => options with { Limits = options.Limits with { MaxConnectionsPerIp = Int(value) } }),
        new(new("log.cleaner.dedupe.buffer.size", ConfigType.Long, null, "") { Min = 1_024 },
            (options, value) => WithCleaner(options, options.Storage.Cleaner with { OffsetMapBytes = Long(value) })),
        new(new("log.cleaner.backoff.ms", ConfigType.Long, null, "") { Min = 1, Max = int.MaxValue },
            (options, value) => WithCleaner(options, options.Storage.Cleaner with { BackoffMs = Int(value) })),
        new(new("replica.alter.log.dirs.io.max.bytes.per.second", ConfigType.Long, null, "") { Min = 1 },
            (options, value) => options with { Storage = options.Storage with { Mover = options.Storage.Mover with { MaxBytesPerSecond = Long(value) } } }),
        new(new(LeaderThrottledRate, ConfigType.Long, null, "") { Min = 0 },
            (options, value) => WithReplication(options, options.Cluster.Replication with { LeaderThrottledBytesPerSecond = Long(value) })),
        new(new(FollowerThrottledRate, ConfigType.Long, null, "") { Min = 0 },
            (options, value) => WithReplication(options, options.Cluster.Replication with { FollowerThrottledBytesPerSecond = Long(value) })),
    }
        .Concat(TopicConfigs.All.Where(topic => topic.Synonyms.Length > 0 && topic.Name != MessageFormatVersion).Select(ForTopics))
        .ToDictionary(dynamic => dynamic.Definition.Name);

    /// <summary>Whether a setting of this Kafka name can be changed at run time.</summary>
    public static bool IsDynamic(string name) => Dynamics.ContainsKey(name);

    /// <summary>Whether the setting is a list, to which values can be appended.</summary>
    public static bool IsList(string name) => Dynamics.TryGetValue(name, out var dynamic) && dynamic.Definition.Type == ConfigType.List;

    /// <summary>Null when the setting may be changed to this value at run time, else what is in the way.</summary>
    public static string? DynamicProblem(string name, string? value) =>
        Dynamics.TryGetValue(name, out var dynamic) ? dynamic.Definition.Problem(value)
        : IsKnown(name) ? $"Cannot update these configs dynamically: Set({name}). Change the node's configuration (to {value ?? "its default"}) and restart it."
        : $"Unknown broker config name: {name}";

    /// <summary>The options with settings made at run time; what is not one of those is passed over, since an older or newer node may have set it.</summary>
    public static BrokerOptions With(BrokerOptions options, IEnumerable<KeyValuePair<string, string>> settings)
    {
        foreach (var (name, value) in settings)
        {
            if (Dynamics.TryGetValue(name, out var dynamic) && dynamic.Definition.Problem(value) is null)
                options = dynamic.Apply(options, value);
        }

        return options;
    }

    /// <summary>The topic settings for which settings made at run time supply another default, by their topic names.</summary>
    public static Dictionary<string, string> TopicDefaults(IReadOnlyDictionary<string, string> settings)
    {
        var defaults = new Dictionary<string, string>();
        foreach (var topic in TopicConfigs.All)
        {
            if (topic.Synonyms.Length > 0 && settings.TryGetValue(topic.Synonyms[0].Name, out var value) && IsDynamic(topic.Synonyms[0].Name))
                defaults[topic.Name] = value;
        }

        return defaults;
    }

    /// <summary>The broker setting of the same meaning supplies the topics' default.</summary>
    private static Dynamic ForTopics(ConfigDefinition topic) => new(
        topic with { Name = topic.Synonyms[0].Name },
        (options, value) => options with
        {
            Topics = options.Topics with { Defaults = new Dictionary<string, string>(options.Topics.Defaults) { [topic.Name] = value } },
        });

    private static BrokerOptions WithCleaner(BrokerOptions options, CleanerOptions cleaner) => options with { Storage = options.Storage with { Cleaner = cleaner } };

    private static BrokerOptions WithReplication(BrokerOptions options, ReplicationOptions replication) =>
        options with { Cluster = options.Cluster with { Replication = replication } };

    private static int Int(string value) => (int)Long(value);

    private static long Long(string value) => long.Parse(value.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);

    /// <param name="Definition">Under its Kafka name; what is legal.</param>
    /// <param name="Apply">The options with a legal value.</param>
    private sealed record Dynamic(ConfigDefinition Definition, Func<BrokerOptions, string, BrokerOptions> Apply);
}
