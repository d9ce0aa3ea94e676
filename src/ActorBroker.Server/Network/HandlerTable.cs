using System.Diagnostics.CodeAnalysis;
using ActorBroker.Protocol;

namespace ActorBroker.Server.Network;

/// <summary>The handlers of a listener by API key; immutable.</summary>
public sealed class HandlerTable
{
    private readonly IApiHandler?[] _byKey;

    /// <exception cref="ArgumentException">Two handlers for one API, or one whose versions have no schema.</exception>
    public HandlerTable(IEnumerable<IApiHandler> handlers)
    {
        var ordered = handlers.OrderBy(handler => handler.ApiKey).ToArray();
        _byKey = new IApiHandler?[ordered.Length == 0 ? 0 : (int)ordered[^1].ApiKey + 1];
        foreach (var handler in ordered)
        {
            var info = ApiCatalog.Get(handler.ApiKey);
            if (!info.Supports(handler.MinVersion) || !info.Supports(handler.MaxVersion) || handler.MinVersion > handler.MaxVersion)
            {
                throw new ArgumentException(
                    $"{info.Name} has schemas for versions {info.MinVersion} to {info.MaxVersion}, not for {handler.MinVersion} to {handler.MaxVersion}",
                    nameof(handlers));
            }

            ref var place = ref _byKey[(int)handler.ApiKey];
            place = place is null ? handler : throw new ArgumentException($"{info.Name} has two handlers", nameof(handlers));
        }

        Handlers = ordered;
    }

    /// <summary>All handlers, by ascending API key.</summary>
    public IReadOnlyList<IApiHandler> Handlers { get; }

    /// <summary>The handler of an API, whatever the version.</summary>
    public bool TryGet(ApiKey key, [NotNullWhen(true)] out IApiHandler? handler)
    {
        handler = (uint)key < (uint)_byKey.Length ? _byKey[(int)key] : null;
        return handler is not null;
    }
}
