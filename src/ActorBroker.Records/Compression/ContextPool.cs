namespace ActorBroker.Records;

/// <summary>Keeps a few contexts of a codec for reuse; they are too dear to make for every batch, and too large to keep one a thread.</summary>
/// <param name="create">Makes a context in unmanaged memory; 0 when there is none left.</param>
internal sealed class ContextPool(Func<nint> create, Action<nint> free)
{
    private readonly nint[] _idle = new nint[Math.Clamp(Environment.ProcessorCount, 2, 16)];

    /// <summary>A context for the caller alone.</summary>
    /// <exception cref="OutOfMemoryException">There is no memory for another one.</exception>
    internal nint Take()
    {
        for (var i = 0; i < _idle.Length; i++)
        {
            if (_idle[i] != 0 && Interlocked.Exchange(ref _idle[i], 0) is var context && context != 0)
                return context;
        }
        var made = create();
        return made != 0 ? made : throw new OutOfMemoryException("no memory for a context of a compression codec");
    }

    internal void GiveBack(nint context)
    {
        for (var i = 0; i < _idle.Length; i++)
        {
            if (_idle[i] == 0 && Interlocked.CompareExchange(ref _idle[i], context, 0) == 0)
                return;
        }
        free(context);
    }
}
