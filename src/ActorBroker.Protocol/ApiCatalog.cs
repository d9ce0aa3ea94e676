namespace ActorBroker.Protocol;

/// <summary>Where Kafka offers an API.</summary>
[Flags]
public enum ApiListeners
{
    None = 0,
    ZkBroker = 1,
    Broker = 2,
    Controller = 4,
}

/// <summary>What the schemas say about one API.</summary>
/// <param name="Key">The number on the wire.</param>
/// <param name="Name">Kafka's name, for example <c>CreateTopics</c>.</param>
/// <param name="MinVersion">The oldest version that has a schema.</param>
/// <param name="MaxVersion">The newest version that has a schema.</param>
/// <param name="MaxStableVersion">The newest version that Kafka advertises without its unstable APIs; below <paramref name="MinVersion"/> when there is none.</param>
/// <param name="FirstFlexibleRequest">The first request version with tagged fields; <see cref="short.MaxValue"/> when there is none.</param>
/// <param name="FirstFlexibleResponse">The same for the response.</param>
/// <param name="Listeners">Where Kafka offers it.</param>
public readonly record struct ApiInfo(
    ApiKey Key,
    string Name,
    short MinVersion,
    short MaxVersion,
    short MaxStableVersion,
    short FirstFlexibleRequest,
    short FirstFlexibleResponse,
    ApiListeners Listeners)
{
    public bool Supports(short version) => version >= MinVersion && version <= MaxVersion;
}

/// <summary>Every API that has a schema. Most of it is generated from <c>Schemas/Apis</c>.</summary>
public static partial class ApiCatalog
{
    /// <summary>All keys that have a schema, ascending.</summary>
    public static IEnumerable<ApiKey> Keys
    {
        get
        {
            for (short key = 0; key <= HighestKey; key++)
            {
                if (TryGet((ApiKey)key, out _))
                {
                    yield return (ApiKey)key;
                }
            }
        }
    }

    /// <summary>What the schemas say about an API.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The key has no schema.</exception>
    public static ApiInfo Get(ApiKey key) =>
        TryGet(key, out var info) ? info : throw new ArgumentOutOfRangeException(nameof(key), key, "no such API");
}
