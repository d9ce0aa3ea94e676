using ActorBroker.Metadata;
using ActorBroker.Model;

namespace ActorBroker.Actors.Controller;

/// <summary>
/// Gives out producer ids from the block that the controller gave this node, and asks for the next block when it is used up. All who wait
/// for a block wait for the same one, and hear together when there is none.
/// </summary>
/// <param name="nextBlock">Null when the controller gives none now.</param>
public sealed class ProducerIds(Func<Task<ProducerIdBlock?>> nextBlock)
{
    private readonly Lock gate = new();
    private Task<bool>? pending;
    private long next;
    private long end;

    /// <summary>An id that nobody else has been given, ever; null when there is none to be had now.</summary>
    public async ValueTask<ProducerId?> NextAsync()
    {
        while (true)
        {
            Task<bool> block;
            lock (gate)
            {
                if (next < end)
                {
                    return new ProducerId(next++);
                }

                block = pending ??= FetchAsync();
            }

            if (!await block.ConfigureAwait(false))
            {
                return null;
            }
        }
    }

    private async Task<bool> FetchAsync()
    {
        // Not under the lock of who starts it.
        await Task.Yield();
        ProducerIdBlock? block = null;
        try
        {
            block = await nextBlock().ConfigureAwait(false);
        }
        finally
        {
            lock (gate)
            {
                pending = null;
                if (block is not null)
                {
                    (next, end) = (block.First, block.First + block.Count);
                }
            }
        }

        return block is not null;
    }
}
