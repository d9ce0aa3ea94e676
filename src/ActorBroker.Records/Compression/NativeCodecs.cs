using System.Runtime.InteropServices;

namespace ActorBroker.Records;

/// <summary>Finds the compression libraries of the operating system.</summary>
internal static class NativeCodecs
{
    /// <summary>Loads the first library of these names that exists; 0 when there is none.</summary>
    internal static nint Load(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (NativeLibrary.TryLoad(name, out var handle))
                return handle;
        }
        return 0;
    }

    /// <summary>The address of an exported function; 0 when the library or the function is missing.</summary>
    internal static nint Find(nint library, string function) =>
        library != 0 && NativeLibrary.TryGetExport(library, function, out var address) ? address : 0;
}
