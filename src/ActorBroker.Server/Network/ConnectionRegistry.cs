using System.Diagnostics.CodeAnalysis;
using System.Net;
using ActorBroker.Model.Options;

namespace ActorBroker.Server.Network;

/// <summary>All open connections of the node, and who may open more.</summary>
/// <param name="current">The limits as they are now: they may be changed at run time. They hold for new connections.</param>
internal sealed class ConnectionRegistry(Func<LimitOptions> current)
{
    private readonly Lock _lock = new();
    private readonly HashSet<KafkaConnection> _open = [];
    private readonly Dictionary<IPAddress, int> _byAddress = [];
    private readonly Dictionary<IPAddress, int> _overrides = ResolveOverrides(current());
    private TaskCompletionSource? _empty;
    private int _admitted;
    private long _lastId;

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _open.Count;
            }
        }
    }

    public long NextId() => Interlocked.Increment(ref _lastId);

    /// <summary>Counts a connection; false, with the limit and its setting, when there are already as many as allowed.</summary>
    public bool TryAdmit(IPAddress address, out int limit, [NotNullWhen(false)] out string? setting)
    {
        var limits = current();
        lock (_lock)
        {
            var fromAddress = _byAddress.GetValueOrDefault(address);
            limit = limits.MaxConnections;
            if (_admitted >= limit)
            {
                setting = "max.connections";
                return false;
            }

            limit = _overrides.GetValueOrDefault(address, limits.MaxConnectionsPerIp);
            if (fromAddress >= limit)
            {
                setting = "max.connections.per.ip";
                return false;
            }

            _admitted++;
            _byAddress[address] = fromAddress + 1;
            setting = null;
            return true;
        }
    }

    /// <summary>Undoes <see cref="TryAdmit"/>.</summary>
    public void Dismiss(IPAddress address)
    {
        lock (_lock)
        {
            _admitted--;
            if (--_byAddress[address] == 0)
            {
                _byAddress.Remove(address);
            }
        }
    }

    public void Add(KafkaConnection connection)
    {
        lock (_lock)
        {
            _open.Add(connection);
        }
    }

    public void Remove(KafkaConnection connection)
    {
        TaskCompletionSource? empty = null;
        lock (_lock)
        {
            _open.Remove(connection);
            if (_open.Count == 0)
            {
                empty = _empty;
            }
        }

        empty?.TrySetResult();
    }

    public List<KafkaConnection> Snapshot()
    {
        lock (_lock)
        {
            return [.. _open];
        }
    }

    /// <summary>Completes when no connection is open; after the last <see cref="Add"/>.</summary>
    public Task WhenEmptyAsync()
    {
        lock (_lock)
        {
            if (_open.Count == 0)
            {
                return Task.CompletedTask;
            }

            _empty ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _empty.Task;
        }
    }

    private static Dictionary<IPAddress, int> ResolveOverrides(LimitOptions limits)
    {
        var resolved = new Dictionary<IPAddress, int>();
        foreach (var (host, limit) in limits.MaxConnectionsPerIpOverrides)
        {
            foreach (var address in IPAddress.TryParse(host, out var literal) ? [literal] : Dns.GetHostAddresses(host))
            {
                resolved[address] = limit;
            }
        }

        return resolved;
    }
}
