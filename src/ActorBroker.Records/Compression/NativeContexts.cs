namespace ActorBroker.Records;

/// <summary>Keeps a few contexts of a native codec for reuse; they are too dear to make for every batch, and too large to keep one a thread.</summary>
internal sealed unsafe class NativeContexts(nint create, nint free)
{
    private readonly nint[] _idle = new nint[Math.Clamp(Environment.ProcessorCount, 2, 16)];

    internal bool IsAvailable => create != 0 && free != 0;

    /// <summary>A context for the caller alone; 0 when the library has no memory.</summary>
    internal nint Take()
    {
        for (var i = 0; i < _idle.Length; i++)
        {
            if (_idle[i] != 0 && Interlocked.Exchange(ref _idle[i], 0) is var context && context != 0)
                return context;
        }
        return ((delegate* unmanaged[Cdecl]<nint>)create)();
    }

    internal void GiveBack(nint context)
    {
        for (var i = 0; i < _idle.Length; i++)
        {
            if (_idle[i] == 0 && Interlocked.CompareExchange(ref _idle[i], context, 0) == 0)
                return;
        }
        ((delegate* unmanaged[Cdecl]<nint, nuint>)free)(context);
    }
}
