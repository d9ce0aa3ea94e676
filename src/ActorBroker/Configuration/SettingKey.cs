namespace ActorBroker.Configuration;

/// <summary>The type of a setting in HOCON.</summary>
internal enum SettingKind
{
    Integer,
    Boolean,

    /// <summary>Read as milliseconds.</summary>
    Duration,

    /// <summary>Read as bytes.</summary>
    Size,

    /// <summary>Text or null.</summary>
    Text,
    List,

    /// <summary>A topic setting, checked by <see cref="ActorBroker.Model.Configs.TopicConfigs"/>.</summary>
    Topic,
}

/// <summary>A Kafka property that sets the same.</summary>
/// <param name="Factor">What its value is multiplied with to be in milliseconds or bytes.</param>
internal sealed record KafkaName(string Name, long Factor = 1);

/// <summary>One key below <c>actorbroker</c>.</summary>
/// <param name="Name">The key's path, without the root.</param>
internal sealed record SettingKey(string Name, SettingKind Kind)
{
    public const string Root = "actorbroker";

    /// <summary>The smallest legal number.</summary>
    public long Min { get; init; } = long.MinValue;

    /// <summary>The largest legal number.</summary>
    public long Max { get; init; } = long.MaxValue;

    /// <summary>The Kafka properties that set it; where several are given, the first of these counts.</summary>
    public KafkaName[] Kafka { get; init; } = [];

    public string FullName => $"{Root}.{Name}";
}
