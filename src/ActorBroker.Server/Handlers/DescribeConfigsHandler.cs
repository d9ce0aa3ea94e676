using ActorBroker.Metadata;
using ActorBroker.Model.Configs;
using ActorBroker.Model;
using ActorBroker.Protocol.Messages;
using ActorBroker.Protocol;
using ActorBroker.Server.Configs;
using ActorBroker.Server.Network;

namespace ActorBroker.Server.Handlers;

/// <summary>
/// DescribeConfigs, versions 0 to 4: settings of topics and of this broker with where each comes from (KIP-133), synonyms from 1
/// (KIP-226), types and documentation from 3 (KIP-569). A broker without a name means what was set for all of them at run time. Errors:
/// UNKNOWN_TOPIC_OR_PARTITION, INVALID_REQUEST, also for another broker, whose own settings only itself knows: clients ask it.
/// </summary>
public sealed class DescribeConfigsHandler(Broker broker) : AsyncApiHandler<DescribeConfigsRequest>(DescribeConfigsRequest.MinVersion, DescribeConfigsRequest.MaxVersion)
{
    // An empty list of names means all settings, as null does: so does Kafka.
    protected override ValueTask<IApiResponse?> HandleAsync(RequestContext context, DescribeConfigsRequest request) =>
        new(new DescribeConfigsResponse { Results = [.. request.Resources.Select(resource => Answer(resource, request, context.ApiVersion))] });

    private DescribeConfigsResponse.DescribeConfigsResult Answer(DescribeConfigsRequest.DescribeConfigsResource resource, DescribeConfigsRequest request, short version)
    {
        var result = new DescribeConfigsResponse.DescribeConfigsResult { ResourceType = resource.ResourceType, ResourceName = resource.ResourceName };
        var (error, message, settings) = Find((ConfigResourceType)resource.ResourceType, resource.ResourceName);
        result.ErrorCode = error;
        result.ErrorMessage = message;
        result.Configs = [.. settings
            .Where(setting => resource.ConfigurationKeys is not { Count: > 0 } keys || keys.Contains(setting.Name))
            .Select(setting => ToResult(setting, request, version))];
        return result;
    }

    private (ErrorCode Error, string? Message, IEnumerable<DescribedConfig> Settings) Find(ConfigResourceType type, string name)
    {
        var image = broker.Cluster.Image;
        switch (type)
        {
            case ConfigResourceType.Topic when TopicName.Problem(name) is { } problem:
                return (ErrorCode.InvalidTopicException, $"Topic name is invalid: {problem}", []);
            case ConfigResourceType.Topic when image.FindTopic(name) is null:
                return (ErrorCode.UnknownTopicOrPartition, $"The topic '{name}' does not exist.", []);
            case ConfigResourceType.Topic:
                return (ErrorCode.None, null, broker.Configs.OfTopic(image, image.ConfigOf(ConfigResource.Topic(name))));
            case ConfigResourceType.Broker when name == "":
                return (ErrorCode.None, null, ConfigView.OfAllBrokers(image));
            case ConfigResourceType.Broker when name == broker.NodeId.ToString():
                return (ErrorCode.None, null, broker.Configs.OfThisBroker(image));
            case ConfigResourceType.Broker:
                return (ErrorCode.InvalidRequest, $"Unexpected broker id, expected {broker.NodeId} or empty string, but received {name}", []);
            default:
                return (ErrorCode.InvalidRequest, $"Unsupported resource type: {(sbyte)type}", []);
        }
    }

    private static DescribeConfigsResponse.DescribeConfigsResourceResult ToResult(DescribedConfig setting, DescribeConfigsRequest request, short version) => new()
    {
        Name = setting.Name,
        Value = setting.Value,
        ReadOnly = setting.IsReadOnly,
        // From version 1 on the source says it.
        IsDefault = version == 0 && setting.Source is ConfigSource.Default or ConfigSource.StaticBroker,
        ConfigSource = (sbyte)setting.Source,
        IsSensitive = setting.IsSensitive,
        ConfigType = (sbyte)setting.Definition.Type,
        Documentation = request.IncludeDocumentation ? setting.Definition.Documentation : null,
        Synonyms = request.IncludeSynonyms
            ? [.. setting.Synonyms.Select(synonym => new DescribeConfigsResponse.DescribeConfigsSynonym
            {
                Name = synonym.Name,
                Value = synonym.Value,
                Source = (sbyte)synonym.Source,
            })]
            : [],
    };
}
