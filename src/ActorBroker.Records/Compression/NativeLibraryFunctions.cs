using System.Runtime.InteropServices;

namespace ActorBroker.Records;

/// <summary>The functions of a compression library of the operating system.</summary>
internal sealed class NativeLibraryFunctions
{
    private readonly nint _handle;

    /// <summary>Loads the first library of these names that exists.</summary>
    internal NativeLibraryFunctions(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (NativeLibrary.TryLoad(name, out _handle))
                break;
        }
    }

    internal bool IsLoaded => _handle != 0;

    /// <summary>Whether every function that was asked for exists.</summary>
    internal bool IsComplete { get; private set; } = true;

    /// <summary>The address of an exported function; 0 when it is missing.</summary>
    internal nint this[string function]
    {
        get
        {
            nint address = 0;
            IsComplete = IsComplete && IsLoaded && NativeLibrary.TryGetExport(_handle, function, out address);
            return address;
        }
    }
}
