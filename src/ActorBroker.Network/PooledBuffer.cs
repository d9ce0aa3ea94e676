using System.Buffers;
using ActorBroker.Model;

namespace ActorBroker.Network;

/// <summary>
/// Memory outside the garbage collector's heap that requests are received into and that lives while somebody holds a reference.
/// Using it after the last release is an error that is noticed, not silent corruption.
/// </summary>
public sealed unsafe class PooledBuffer : MemoryManager<byte>, IReferenceCounted
{
    private readonly BufferPool _pool;
    private readonly byte* _address;
    private int _references;

    internal PooledBuffer(BufferPool pool, byte* address, int capacity, int sizeClass)
    {
        _pool = pool;
        _address = address;
        Capacity = capacity;
        SizeClass = sizeClass;
    }

    /// <summary>Bytes.</summary>
    public int Capacity { get; }

    internal int SizeClass { get; }

    internal byte* Address => _address;

    /// <summary>Whether the caller, who holds a reference, is the only one.</summary>
    public bool IsExclusive => Volatile.Read(ref _references) == 1;

    public void Retain()
    {
        if (Interlocked.Increment(ref _references) <= 1)
        {
            throw new ObjectDisposedException(nameof(PooledBuffer), "a network buffer was retained after its last release");
        }
    }

    public void Release()
    {
        var left = Interlocked.Decrement(ref _references);
        if (left == 0)
        {
            _pool.Return(this);
        }
        else if (left < 0)
        {
            throw new ObjectDisposedException(nameof(PooledBuffer), "a network buffer was released more often than retained");
        }
    }

    public override Span<byte> GetSpan()
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _references) <= 0, this);
        return new Span<byte>(_address, Capacity);
    }

    /// <summary>The memory does not move; pinning takes no reference.</summary>
    public override MemoryHandle Pin(int elementIndex = 0)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _references) <= 0, this);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)elementIndex, (uint)Capacity, nameof(elementIndex));
        return new MemoryHandle(_address + elementIndex);
    }

    public override void Unpin()
    {
    }

    internal void BeginUse() => Volatile.Write(ref _references, 1);

    protected override void Dispose(bool disposing)
    {
    }
}
