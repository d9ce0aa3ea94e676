namespace ActorBroker.Server.Network;

/// <summary>
/// Where the runtime continues after a socket became ready. By default it hands over to a pool thread; a broker whose handlers never block saves
/// that switch for every request (docs/decisions/0001-own-socket-transport.md).
/// </summary>
public static class SocketCompletions
{
    private const string Variable = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    /// <summary>
    /// Continues on the polling threads, of which there is then one per processor. Works before the process's first socket; what the
    /// environment says already stays.
    /// </summary>
    public static void RunOnPollingThreads()
    {
        if (Environment.GetEnvironmentVariable(Variable) is null)
        {
            Environment.SetEnvironmentVariable(Variable, "1");
        }
    }
}
