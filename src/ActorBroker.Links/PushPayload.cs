using System.Buffers;

namespace ActorBroker.Links;

/// <summary>The bytes of a push, shared by all followers that they go to: each use ends with <see cref="Dispose"/>, and the last one gives the memory back.</summary>
public sealed class PushPayload : IDisposable
{
    private readonly IMemoryOwner<byte> owner;
    private int uses;

    public PushPayload(IMemoryOwner<byte> owner, int length, int uses = 1)
    {
        this.owner = owner;
        this.uses = uses;
        Bytes = owner.Memory[..length];
    }

    public Memory<byte> Bytes { get; }

    /// <summary>Uses that have not ended; for tests.</summary>
    internal int Uses => Volatile.Read(ref uses);

    /// <summary>Pooled memory of that size, with one use.</summary>
    public static PushPayload Rent(int length) => new(MemoryPool<byte>.Shared.Rent(length), length);

    /// <summary>One more use.</summary>
    public void Retain() => Interlocked.Increment(ref uses);

    public void Dispose()
    {
        if (Interlocked.Decrement(ref uses) == 0)
        {
            owner.Dispose();
        }
    }
}
