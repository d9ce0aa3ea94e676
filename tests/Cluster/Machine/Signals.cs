using System.Runtime.InteropServices;

namespace ActorBroker.Faults.Machine;

/// <summary>Signals of Linux, sent by process id.</summary>
internal static partial class Signals
{
    public const int Kill = 9;
    public const int Terminate = 15;

    /// <summary>SIGUSR1, on which a broker prints its tree of actors.</summary>
    public const int PrintTree = 10;
    public const int Continue = 18;
    public const int Stop = 19;

    /// <summary>Sends a signal; false when there is no such process.</summary>
    public static bool Send(int processId, int signal) => SendSignal(processId, signal) == 0;

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int processId, int signal);
}
