using System.Net.Sockets;

namespace ActorBroker.Server.Network;

/// <summary>Finds advertised addresses that lead nowhere before a client does.</summary>
internal static class AdvertisedCheck
{
    /// <summary>Connects to the advertised address; null when that works, otherwise the reason why not.</summary>
    public static async Task<string?> FindProblemAsync(BoundListener listener, TimeSpan timeout, CancellationToken stopping)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        limited.CancelAfter(timeout);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(listener.AdvertisedHost, listener.AdvertisedPort, limited.Token).ConfigureAwait(false);
            return null;
        }
        catch (OperationCanceledException)
        {
            return stopping.IsCancellationRequested ? null : $"no answer within {timeout.TotalSeconds:0.#} s";
        }
        catch (SocketException exception)
        {
            return exception.Message;
        }
    }
}
