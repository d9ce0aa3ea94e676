using System.Numerics;

namespace ActorBroker.Network;

/// <summary>
/// Buffers for requests in sizes of powers of two. It bounds the bytes in use: at the limit, <see cref="RentAsync"/> waits in turn for others
/// to finish. Free buffers are kept for reuse up to a bound, last used first; <see cref="Trim"/> gives the system back what was not needed since the last call.
/// </summary>
public sealed unsafe class BufferPool : IDisposable
{
    private readonly Lock _lock = new();
    private readonly SizeClassShelf[] _shelves;
    private readonly LinkedList<Waiter> _waiters = new();
    private readonly int _smallestShift;
    private readonly long _limitBytes;
    private readonly long _retainedLimitBytes;
    private readonly bool _poison;
    private long _usedBytes;
    private long _retainedBytes;
    private int _buffersInUse;
    private int _largeInUse;
    private bool _disposed;

    /// <param name="smallestBytes">Size of the smallest buffer, rounded up to a power of two.</param>
    /// <param name="limitBytes">Bytes in use at which renting waits.</param>
    /// <param name="retainedLimitBytes">Free bytes that are kept.</param>
    /// <param name="poison">For tests: overwrites buffers when they are given back, so that late readers fail.</param>
    public BufferPool(int smallestBytes, long limitBytes, long retainedLimitBytes, bool poison = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(smallestBytes, 64);
        _smallestShift = BitOperations.Log2(BitOperations.RoundUpToPowerOf2((uint)smallestBytes));
        _limitBytes = limitBytes;
        _retainedLimitBytes = retainedLimitBytes;
        _poison = poison;
        _shelves = new SizeClassShelf[32 - _smallestShift];
        for (var i = 0; i < _shelves.Length; i++)
        {
            _shelves[i] = new SizeClassShelf();
        }
    }

    /// <summary>Bytes of the smallest buffer.</summary>
    public int SmallestBytes => 1 << _smallestShift;

    /// <summary>Bytes of buffers that somebody holds.</summary>
    public long UsedBytes => Interlocked.Read(ref _usedBytes);

    /// <summary>Bytes of free buffers that are kept for reuse.</summary>
    public long RetainedBytes => Interlocked.Read(ref _retainedBytes);

    /// <summary>Buffers that somebody holds; not 0 when all connections are closed: a leak.</summary>
    public int BuffersInUse => Volatile.Read(ref _buffersInUse);

    /// <summary>Connections that wait for memory.</summary>
    public int Waiting
    {
        get
        {
            lock (_lock)
            {
                return _waiters.Count;
            }
        }
    }

    /// <summary>
    /// A buffer of at least <paramref name="bytes"/>, with one reference; waits while the limit is reached. A buffer larger than the
    /// smallest size is also given when no other such buffer is in use, so that every request can go on some time.
    /// </summary>
    public ValueTask<PooledBuffer> RentAsync(int bytes)
    {
        lock (_lock)
        {
            if (_waiters.Count == 0 && Fits(SizeClassOf(bytes)))
            {
                return new ValueTask<PooledBuffer>(Take(SizeClassOf(bytes)));
            }

            var waiter = new Waiter(SizeClassOf(bytes));
            _waiters.AddLast(waiter);
            return new ValueTask<PooledBuffer>(waiter.Task);
        }
    }

    /// <summary>A buffer of the smallest size in spite of the limit: for a request that began to arrive, which must not wait for others that may be waiting for it.</summary>
    public PooledBuffer RentSmallest()
    {
        lock (_lock)
        {
            return Take(0);
        }
    }

    /// <summary>Frees the buffers that were not needed since the last call.</summary>
    public void Trim()
    {
        lock (_lock)
        {
            foreach (var shelf in _shelves)
            {
                for (var unneeded = shelf.LeastFree; unneeded > 0; unneeded--)
                {
                    Free(shelf.PopOldest());
                }

                shelf.LeastFree = shelf.Count;
            }
        }
    }

    /// <summary>Frees everything that is not in use; what is in use is freed when it is released.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            foreach (var shelf in _shelves)
            {
                while (shelf.Count > 0)
                {
                    Free(shelf.PopOldest());
                }
            }
        }
    }

    internal void Return(PooledBuffer buffer)
    {
        if (_poison)
        {
            new Span<byte>(buffer.Address, buffer.Capacity).Fill(0xDB);
        }

        lock (_lock)
        {
            _usedBytes -= buffer.Capacity;
            _buffersInUse--;
            _largeInUse -= buffer.SizeClass > 0 ? 1 : 0;
            _retainedBytes += buffer.Capacity;
            if (_disposed || _retainedBytes > _retainedLimitBytes)
            {
                Free(buffer);
            }
            else
            {
                _shelves[buffer.SizeClass].Push(buffer);
            }

            while (_waiters.First is { } first && Fits(first.Value.SizeClass))
            {
                _waiters.RemoveFirst();
                first.Value.SetResult(Take(first.Value.SizeClass));
            }
        }
    }

    private int SizeClassOf(int bytes) => bytes <= SmallestBytes ? 0 : BitOperations.Log2((uint)bytes - 1) + 1 - _smallestShift;

    private int CapacityOf(int sizeClass) => (int)Math.Min(int.MaxValue, 1L << (_smallestShift + sizeClass));

    private bool Fits(int sizeClass) =>
        _usedBytes + CapacityOf(sizeClass) <= _limitBytes || _buffersInUse == 0 || (sizeClass > 0 && _largeInUse == 0);

    private PooledBuffer Take(int sizeClass)
    {
        var capacity = CapacityOf(sizeClass);
        PooledBuffer buffer;
        if (_shelves[sizeClass].TryPopNewest(out var free))
        {
            buffer = free;
            _retainedBytes -= capacity;
        }
        else
        {
            buffer = new PooledBuffer(this, NativePages.Allocate(capacity), capacity, sizeClass);
        }

        _usedBytes += capacity;
        _buffersInUse++;
        _largeInUse += sizeClass > 0 ? 1 : 0;
        buffer.BeginUse();
        return buffer;
    }

    private void Free(PooledBuffer buffer)
    {
        _retainedBytes -= buffer.Capacity;
        NativePages.Free(buffer.Address, buffer.Capacity);
    }

    private sealed class Waiter(int sizeClass) : TaskCompletionSource<PooledBuffer>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public int SizeClass { get; } = sizeClass;
    }

    /// <summary>Free buffers of one size. The oldest is at the front, so that trimming takes what has cooled down.</summary>
    private sealed class SizeClassShelf
    {
        private readonly List<PooledBuffer> _free = [];

        public int Count => _free.Count;

        /// <summary>The smallest number of free buffers since the last trim: so many were never needed.</summary>
        public int LeastFree { get; set; }

        public void Push(PooledBuffer buffer) => _free.Add(buffer);

        public bool TryPopNewest([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out PooledBuffer? buffer)
        {
            if (_free.Count == 0)
            {
                buffer = null;
                return false;
            }

            buffer = _free[^1];
            _free.RemoveAt(_free.Count - 1);
            LeastFree = Math.Min(LeastFree, _free.Count);
            return true;
        }

        public PooledBuffer PopOldest()
        {
            var oldest = _free[0];
            _free.RemoveAt(0);
            return oldest;
        }
    }
}
