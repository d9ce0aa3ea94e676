using System.Globalization;
using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;

namespace ActorBroker.Client;

public sealed partial class KafkaAdmin
{
    /// <summary>The settings of topics and brokers, all of them or only those named.</summary>
    public async Task<IReadOnlyList<ConfigDescription>> DescribeConfigsAsync(
        IEnumerable<ConfigResource> resources, IReadOnlyCollection<string>? names = null, bool includeDocumentation = false, CancellationToken cancellation = default)
    {
        var found = new List<ConfigDescription>();
        foreach (var group in resources.GroupBy(ResponsibleBroker))
        {
            var request = new DescribeConfigsRequest
            {
                IncludeSynonyms = true,
                Resources = [.. group.Select(resource => new DescribeConfigsRequest.DescribeConfigsResource
                {
                    ResourceType = (sbyte)resource.Type,
                    ResourceName = resource.Name,
                    ConfigurationKeys = names is null ? null : [.. names],
                })],
            };
            var response = await _cluster.RetryAsync(
                async token =>
                {
                    var connection = await ConnectResponsibleAsync(group.Key, token).ConfigureAwait(false);
                    var version = connection.Versions.Choose(ApiKey.DescribeConfigs);
                    request.IncludeDocumentation = includeDocumentation && version >= 3;
                    return await connection.SendAsync<DescribeConfigsResponse>(request, version, token).ConfigureAwait(false);
                },
                cancellation).ConfigureAwait(false);
            found.AddRange(response.Results.Select(result => new ConfigDescription(
                new ConfigResource((ConfigResourceType)result.ResourceType, result.ResourceName), result.ErrorCode, result.ErrorMessage, [.. result.Configs.Select(ToEntry)])));
        }

        return found;
    }

    /// <summary>Changes single settings and leaves the others as they are (KIP-339).</summary>
    public async Task<IReadOnlyList<OperationResult<ConfigResource>>> AlterConfigsAsync(
        IReadOnlyDictionary<ConfigResource, IReadOnlyList<ConfigChange>> changes, bool validateOnly = false, CancellationToken cancellation = default)
    {
        var results = new List<OperationResult<ConfigResource>>();
        foreach (var group in changes.GroupBy(change => ResponsibleBroker(change.Key)))
        {
            var request = new IncrementalAlterConfigsRequest
            {
                ValidateOnly = validateOnly,
                Resources = [.. group.Select(change => new IncrementalAlterConfigsRequest.AlterConfigsResource
                {
                    ResourceType = (sbyte)change.Key.Type,
                    ResourceName = change.Key.Name,
                    Configs = [.. change.Value.Select(config => new IncrementalAlterConfigsRequest.AlterableConfig
                    {
                        Name = config.Name,
                        ConfigOperation = (sbyte)config.Operation,
                        Value = config.Value,
                    })],
                })],
            };
            var response = await _cluster.RetryAsync(
                async token =>
                {
                    var connection = await ConnectResponsibleAsync(group.Key, token).ConfigureAwait(false);
                    return await connection.SendAsync<IncrementalAlterConfigsResponse>(request, token).ConfigureAwait(false);
                },
                cancellation).ConfigureAwait(false);
            results.AddRange(response.Responses.Select(result => new OperationResult<ConfigResource>(
                new ConfigResource((ConfigResourceType)result.ResourceType, result.ResourceName), result.ErrorCode, result.ErrorMessage)));
        }

        return results;
    }

    /// <summary>Settings of one broker are known to that broker only; everything else may be asked anywhere (null).</summary>
    private static int? ResponsibleBroker(ConfigResource resource) =>
        resource.Type is ConfigResourceType.Broker or ConfigResourceType.BrokerLogger && int.TryParse(resource.Name, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : null;

    private Task<BrokerConnection> ConnectResponsibleAsync(int? broker, CancellationToken cancellation) =>
        broker is { } id ? _cluster.ConnectAsync(id, ConnectionPurpose.General, cancellation) : _cluster.ConnectControllerAsync(cancellation);

    private static ConfigEntry ToEntry(DescribeConfigsResponse.DescribeConfigsResourceResult config) => new(
        config.Name,
        config.Value,
        config.ConfigSource >= 0 ? (ConfigSource)config.ConfigSource : config.IsDefault ? ConfigSource.DefaultConfig : ConfigSource.Unknown,
        config.ReadOnly,
        config.IsSensitive,
        [.. config.Synonyms.Select(synonym => new ConfigSynonym(synonym.Name, synonym.Value, (ConfigSource)synonym.Source))],
        config.Documentation);
}
