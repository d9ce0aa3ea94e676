using ActorBroker.Metadata;
using ActorBroker.Model;

namespace ActorBroker.Actors.Controller;

/// <summary>Gives out producer ids from the block that the controller gave this node, and asks for the next block when it is used up.</summary>
public sealed class ProducerIds(Func<Task<ProducerIdBlock>> nextBlock) : IDisposable
{
    private readonly SemaphoreSlim gate = new(1);
    private long next;
    private long end;

    /// <summary>An id that nobody else has been given, ever.</summary>
    public async ValueTask<ProducerId> NextAsync()
    {
        await gate.WaitAsync().ConfigureAwait(false);
        try
        {
            if (next == end)
            {
                var block = await nextBlock().ConfigureAwait(false);
                (next, end) = (block.First, block.First + block.Count);
            }

            return new ProducerId(next++);
        }
        finally
        {
            gate.Release();
        }
    }

    public void Dispose() => gate.Dispose();
}
