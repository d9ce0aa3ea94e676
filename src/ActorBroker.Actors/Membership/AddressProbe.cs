using System.Diagnostics;
using System.Net.Sockets;
using Akka.Actor;

namespace ActorBroker.Actors.Membership;

/// <summary>What an address says to a connection.</summary>
internal enum AddressState
{
    /// <summary>Nothing in time, or that there is no way to it.</summary>
    Silent,

    /// <summary>Somebody listens.</summary>
    Listens,

    /// <summary>The machine is there, and nobody listens.</summary>
    Refuses,
}

/// <summary>Connects to an address to see whether a process listens there. Nothing is sent.</summary>
internal static class AddressProbe
{
    /// <summary>A refusal comes at once; a busy machine may take a while to notice it.</summary>
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(1);

    /// <summary>A process that is being ended may still listen for a moment after its connections broke.</summary>
    private static readonly TimeSpan[] Pauses = [TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(30), TimeSpan.FromMilliseconds(40)];

    /// <summary>Whether the address refuses a connection, now or within some 100 ms.</summary>
    public static async Task<bool> IsRefusedAsync(Address address)
    {
        var began = Stopwatch.GetTimestamp();
        foreach (var pause in Pauses)
        {
            if (await LookAsync(address).ConfigureAwait(false) == AddressState.Refuses)
            {
                return true;
            }

            if (Stopwatch.GetElapsedTime(began) >= ConnectLimit)
            {
                return false; // silence: the next failed connection leads here again
            }

            await Task.Delay(pause).ConfigureAwait(false);
        }

        return await LookAsync(address).ConfigureAwait(false) == AddressState.Refuses;
    }

    public static async Task<AddressState> LookAsync(Address address)
    {
        if (address is not { Host: { } host, Port: { } port })
        {
            return AddressState.Silent;
        }

        using var limit = new CancellationTokenSource(ConnectLimit);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(host, port, limit.Token).ConfigureAwait(false);

            // Where nobody listens at a port of this machine, its own connections may get that port and meet themselves.
            return Equals(socket.LocalEndPoint, socket.RemoteEndPoint) ? AddressState.Refuses : AddressState.Listens;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode == SocketError.ConnectionRefused ? AddressState.Refuses : AddressState.Silent;
        }
        catch (OperationCanceledException)
        {
            return AddressState.Silent;
        }
    }
}
