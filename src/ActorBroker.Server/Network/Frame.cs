using ActorBroker.Network;

namespace ActorBroker.Server.Network;

/// <summary>One whole request inside a buffer; holds one reference to it.</summary>
internal readonly struct Frame(PooledBuffer buffer, int offset, int length)
{
    public PooledBuffer Buffer { get; } = buffer;

    public int Length { get; } = length;

    public ReadOnlyMemory<byte> Memory => Buffer.Memory.Slice(offset, Length);

    public void Release() => Buffer.Release();
}
