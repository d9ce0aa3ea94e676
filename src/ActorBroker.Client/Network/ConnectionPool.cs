namespace ActorBroker.Client;

/// <summary>Long polls and group joins would hold up everything behind them on one connection, so they have their own.</summary>
internal enum ConnectionPurpose
{
    General,
    Fetch,
    Coordinator,
}

/// <summary>At most one connection per node and purpose; lost ones are opened again when next asked for, with growing pauses.</summary>
internal sealed class ConnectionPool(ClientOptions options) : IDisposable
{
    private readonly Dictionary<(string Host, int Port, ConnectionPurpose Purpose), Slot> _slots = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _lock = new();

    /// <summary>A connection that works, opened if needed.</summary>
    /// <exception cref="KafkaException">The node cannot be reached.</exception>
    public Task<BrokerConnection> GetAsync(BrokerAddress address, ConnectionPurpose purpose, CancellationToken cancellation)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_stopping.IsCancellationRequested, this);
            var key = (address.Host, address.Port, purpose);
            if (!_slots.TryGetValue(key, out var slot))
            {
                _slots.Add(key, slot = new Slot());
            }

            if (slot.Opening is not { } opening || opening.IsFaulted || opening.IsCanceled || (opening.IsCompletedSuccessfully && !opening.Result.IsUsable))
            {
                slot.Opening = opening = OpenAsync(slot, address);
            }

            return opening.IsCompletedSuccessfully ? opening : opening.WaitAsync(cancellation);
        }
    }

    /// <summary>The connection if it is open now.</summary>
    public BrokerConnection? TryGet(BrokerAddress address, ConnectionPurpose purpose)
    {
        lock (_lock)
        {
            return _slots.TryGetValue((address.Host, address.Port, purpose), out var slot) && slot.Opening is { IsCompletedSuccessfully: true } opened && opened.Result.IsUsable
                ? opened.Result
                : null;
        }
    }

    public void Dispose()
    {
        _stopping.Cancel();
        lock (_lock)
        {
            foreach (var slot in _slots.Values)
            {
                _ = slot.Opening?.ContinueWith(
                    static opened => opened.Result.Dispose(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
            }

            _slots.Clear();
        }
    }

    private async Task<BrokerConnection> OpenAsync(Slot slot, BrokerAddress address)
    {
        // Leave the caller's lock before anything that may take time.
        await Task.Yield();
        if (slot.Failures > 0)
        {
            var waitMs = slot.NotBeforeTicks - Environment.TickCount64;
            if (waitMs > 0)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(waitMs), _stopping.Token).ConfigureAwait(false);
            }
        }

        try
        {
            var connection = await BrokerConnection.OpenAsync(address, options, _stopping.Token).ConfigureAwait(false);
            slot.Failures = 0;
            return connection;
        }
        catch (KafkaException)
        {
            slot.Failures++;
            slot.NotBeforeTicks = Environment.TickCount64 + (long)options.ReconnectPause(slot.Failures).TotalMilliseconds;
            throw;
        }
    }

    private sealed class Slot
    {
        public Task<BrokerConnection>? Opening { get; set; }

        public int Failures { get; set; }

        /// <summary>Milliseconds since the machine started.</summary>
        public long NotBeforeTicks { get; set; }
    }
}
