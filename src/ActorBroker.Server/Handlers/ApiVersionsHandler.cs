using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;
using ActorBroker.Server.Network;

namespace ActorBroker.Server.Handlers;

/// <summary>A feature of the cluster (KIP-584): the levels that this node supports and the one that the cluster decided on.</summary>
public sealed record ClusterFeature(string Name, short MinLevel, short MaxLevel, short FinalizedLevel);

/// <summary>All features, and the number of the metadata change that decided on them; -1 when there was none.</summary>
public sealed record ClusterFeatures(long Epoch, IReadOnlyList<ClusterFeature> Features)
{
    public static ClusterFeatures None { get; } = new(-1, []);
}

/// <summary>
/// ApiVersions, versions 0 to 4 (KIP-35, KIP-511, KIP-584): the APIs that the listener really has, and what the client calls itself.
/// Errors: INVALID_REQUEST for an empty or odd client software name or version; UNSUPPORTED_VERSION (in version 0, answered by the
/// connection) with ApiVersions' own range. Features from level 0 are left out below version 4, because older clients cannot read them.
/// </summary>
public sealed class ApiVersionsHandler(Func<ClusterFeatures>? features = null) : ApiHandler<ApiVersionsRequest>(0, 4)
{
    private const short FirstVersionWithClientName = 3;
    private const short FirstVersionWithLevelZero = 4;

    /// <summary>What a client gets that asks with a version from the future.</summary>
    public static ApiVersionsResponse UnsupportedVersion(IApiHandler handler) =>
        new() { ErrorCode = ErrorCode.UnsupportedVersion, ApiKeys = [Range(handler)] };

    protected override void Handle(RequestContext context, ApiVersionsRequest request)
    {
        if (context.ApiVersion >= FirstVersionWithClientName)
        {
            if (!IsSoftwareName(request.ClientSoftwareName) || !IsSoftwareName(request.ClientSoftwareVersion))
            {
                context.Complete(new ApiVersionsResponse { ErrorCode = ErrorCode.InvalidRequest });
                return;
            }

            context.Connection.ClientSoftwareName = request.ClientSoftwareName;
            context.Connection.ClientSoftwareVersion = request.ClientSoftwareVersion;
        }

        var response = new ApiVersionsResponse { ApiKeys = [.. context.Handlers.Handlers.Select(Range)] };
        if (context.ApiVersion >= FirstVersionWithClientName)
        {
            AddFeatures(response, context.ApiVersion, features?.Invoke() ?? ClusterFeatures.None);
        }

        context.Complete(response);
    }

    private static ApiVersionsResponse.ApiVersion Range(IApiHandler handler) =>
        new() { ApiKey = (short)handler.ApiKey, MinVersion = handler.MinVersion, MaxVersion = handler.MaxVersion };

    private static void AddFeatures(ApiVersionsResponse response, short version, ClusterFeatures current)
    {
        response.FinalizedFeaturesEpoch = current.Epoch;
        foreach (var feature in current.Features)
        {
            if (feature.MinLevel > 0 || version >= FirstVersionWithLevelZero)
            {
                response.SupportedFeatures.Add(new() { Name = feature.Name, MinVersion = feature.MinLevel, MaxVersion = feature.MaxLevel });
            }

            if (feature.FinalizedLevel > 0)
            {
                response.FinalizedFeatures.Add(
                    new() { Name = feature.Name, MinVersionLevel = feature.FinalizedLevel, MaxVersionLevel = feature.FinalizedLevel });
            }
        }
    }

    /// <summary>Letters and digits, with dots and hyphens between them (KIP-511).</summary>
    private static bool IsSoftwareName(string name)
    {
        if (name.Length == 0 || !char.IsAsciiLetterOrDigit(name[0]) || !char.IsAsciiLetterOrDigit(name[^1]))
        {
            return false;
        }

        foreach (var c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '-'))
            {
                return false;
            }
        }

        return true;
    }
}
