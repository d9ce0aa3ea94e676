using System.Runtime.InteropServices;

namespace ActorBroker.Network;

/// <summary>
/// Whole pages straight from the system where that is possible: freeing them lowers the memory of the process at once, and pages that
/// were never written cost nothing. (malloc keeps freed blocks of such sizes.)
/// </summary>
internal static unsafe partial class NativePages
{
    private const int ReadWrite = 0x1 | 0x2;
    private const int PrivateAnonymous = 0x02 | 0x20;

    /// <exception cref="OutOfMemoryException">The system gives no more.</exception>
    public static byte* Allocate(int bytes)
    {
        if (!OperatingSystem.IsLinux())
        {
            return (byte*)NativeMemory.Alloc((nuint)bytes);
        }

        var address = MemoryMap(null, (nuint)bytes, ReadWrite, PrivateAnonymous, -1, 0);
        return (nint)address == -1
            ? throw new OutOfMemoryException($"the system gives no {bytes} bytes for a request: {Marshal.GetLastPInvokeErrorMessage()}")
            : (byte*)address;
    }

    public static void Free(byte* address, int bytes)
    {
        if (OperatingSystem.IsLinux())
        {
            MemoryUnmap(address, (nuint)bytes);
        }
        else
        {
            NativeMemory.Free(address);
        }
    }

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial void* MemoryMap(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    private static partial int MemoryUnmap(void* address, nuint length);
}
