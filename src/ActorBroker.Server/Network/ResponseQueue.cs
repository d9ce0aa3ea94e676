namespace ActorBroker.Server.Network;

/// <summary>
/// The requests of a connection that are not answered on the wire yet, in the order in which they came. Not safe for several threads:
/// the connection's lock guards it.
/// </summary>
internal sealed class ResponseQueue(int capacity)
{
    private RequestContext?[] _ring = new RequestContext?[Math.Min(capacity, 4)];
    private int _head;

    /// <summary>Requests whose response has not been sent.</summary>
    public int Count { get; private set; }

    public bool IsFull => Count >= capacity;

    /// <summary>Whether the next response to send is there.</summary>
    public bool HasReady => Count > 0 && _ring[_head]!.IsReady;

    public void Enqueue(RequestContext context)
    {
        if (Count == _ring.Length)
        {
            var larger = new RequestContext?[Math.Min(capacity, 2 * _ring.Length)];
            for (var i = 0; i < Count; i++)
            {
                larger[i] = _ring[(_head + i) % _ring.Length];
            }

            _ring = larger;
            _head = 0;
        }

        _ring[(_head + Count) % _ring.Length] = context;
        Count++;
    }

    /// <summary>Copies the responses that can be sent now, in order, and leaves them in the queue; the result is their number.</summary>
    public int PeekReady(RequestContext?[] batch)
    {
        var ready = 0;
        while (ready < batch.Length && ready < Count && _ring[(_head + ready) % _ring.Length] is { IsReady: true } context)
        {
            batch[ready++] = context;
        }

        return ready;
    }

    /// <summary>Forgets the first so many.</summary>
    public void Remove(int count)
    {
        for (var i = 0; i < count; i++)
        {
            _ring[_head] = null;
            _head = (_head + 1) % _ring.Length;
        }

        Count -= count;
    }
}
