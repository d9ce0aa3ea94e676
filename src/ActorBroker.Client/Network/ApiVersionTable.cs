using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;

namespace ActorBroker.Client;

/// <summary>The versions that one node understands.</summary>
internal sealed class ApiVersionTable(ApiVersionsResponse response)
{
    private readonly Dictionary<ApiKey, (short Min, short Max)> _ranges =
        response.ApiKeys.ToDictionary(api => (ApiKey)api.ApiKey, api => (api.MinVersion, api.MaxVersion));

    public IEnumerable<(ApiKey Key, short Min, short Max)> All => _ranges.Select(range => (range.Key, range.Value.Min, range.Value.Max));

    public bool Has(ApiKey key) => _ranges.ContainsKey(key);

    /// <summary>The newest version that both sides know, not above <paramref name="cap"/>.</summary>
    /// <exception cref="KafkaException">There is none: <see cref="ErrorCode.UnsupportedVersion"/>.</exception>
    public short Choose(ApiKey key, short cap = short.MaxValue)
    {
        var info = ApiCatalog.Get(key);
        if (_ranges.TryGetValue(key, out var range))
        {
            var version = Math.Min(Math.Min(cap, range.Max), Math.Max(info.MinVersion, info.MaxStableVersion));
            if (version >= Math.Max(range.Min, info.MinVersion))
            {
                return version;
            }
        }

        throw new KafkaException(ErrorCode.UnsupportedVersion, $"the broker has no version of {info.Name} that this client knows");
    }
}
