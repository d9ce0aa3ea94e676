using System.Buffers;

namespace ActorBroker.Links.Tests;

/// <summary>Bytes of a push that the test keeps one use of: so both a use that is never given back and one that is given back twice are noticed.</summary>
internal sealed class TestPayload(byte[] bytes) : IMemoryOwner<byte>
{
    public Memory<byte> Memory => bytes;

    /// <summary>With one use for the link.</summary>
    public static PushPayload Of(byte[] bytes) => new(new TestPayload(bytes), bytes.Length, uses: 2);

    public void Dispose()
    {
    }
}
