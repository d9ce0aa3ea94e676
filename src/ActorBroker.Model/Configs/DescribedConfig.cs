namespace ActorBroker.Model.Configs;

/// <summary>One of the values that a setting could have had; the first in a list is the one that counts.</summary>
public sealed record ConfigSynonym(string Name, string? Value, ConfigSource Source);

/// <summary>A setting as DescribeConfigs reports it.</summary>
/// <param name="IsReadOnly">Whether it can only be changed in the configuration file.</param>
public sealed record DescribedConfig(
    ConfigDefinition Definition, string? Value, ConfigSource Source, bool IsReadOnly, IReadOnlyList<ConfigSynonym> Synonyms)
{
    public string Name => Definition.Name;

    /// <summary>Whether the value must not be shown; it is null then.</summary>
    public bool IsSensitive => Definition.Type == ConfigType.Password;

    /// <summary>All settings of a topic.</summary>
    /// <param name="overrides">The topic's own settings.</param>
    /// <param name="brokerDefaults">Topic settings for which the broker's configuration supplies another default.</param>
    /// <param name="ownDefaults">Those for which settings made for this broker at run time do.</param>
    /// <param name="commonDefaults">Those for which settings made for all brokers at run time do.</param>
    public static IEnumerable<DescribedConfig> OfTopic(
        IReadOnlyDictionary<string, string> overrides,
        IReadOnlyDictionary<string, string> brokerDefaults,
        IReadOnlyDictionary<string, string> ownDefaults,
        IReadOnlyDictionary<string, string> commonDefaults)
    {
        foreach (var definition in TopicConfigs.All)
        {
            var synonyms = new List<ConfigSynonym>(3);
            var synonym = definition.Synonyms.Length > 0 ? definition.Synonyms[0].Name : definition.Name;
            if (overrides.TryGetValue(definition.Name, out var own))
                synonyms.Add(new(definition.Name, own, ConfigSource.DynamicTopic));
            if (ownDefaults.TryGetValue(definition.Name, out var dynamic))
                synonyms.Add(new(synonym, dynamic, ConfigSource.DynamicBroker));
            if (commonDefaults.TryGetValue(definition.Name, out var common))
                synonyms.Add(new(synonym, common, ConfigSource.DynamicDefaultBroker));
            if (brokerDefaults.TryGetValue(definition.Name, out var supplied))
                synonyms.Add(new(synonym, supplied, ConfigSource.StaticBroker));
            synonyms.Add(new(synonym, definition.Default, ConfigSource.Default));
            yield return new(definition, synonyms[0].Value, synonyms[0].Source, IsReadOnly: false, synonyms);
        }
    }
}
