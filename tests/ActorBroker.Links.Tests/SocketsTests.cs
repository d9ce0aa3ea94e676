using System.Net;
using System.Net.Sockets;
using ActorBroker.Harness;

namespace ActorBroker.Links.Tests;

public sealed class SocketsTests
{
    [Fact]
    public void A_socket_that_was_connected_waits_in_the_system_itself()
    {
        const int doesNotWait = 0x800;
        using var listener = new RawListener();
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);

        Sockets.Connect(socket, listener.Address.Host, listener.Address.Port, Eventually.Deadline);

        if (OperatingSystem.IsLinux())
        {
            var flags = File.ReadLines($"/proc/self/fdinfo/{socket.SafeHandle.DangerousGetHandle()}").First(static line => line.StartsWith("flags:", StringComparison.Ordinal));
            Assert.Equal(0, Convert.ToInt32(flags["flags:".Length..].Trim(), 8) & doesNotWait);
        }
    }

    [Fact]
    public void A_connection_that_nobody_answers_is_given_up()
    {
        using var full = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        full.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        full.Listen(1);
        var port = ((IPEndPoint)full.LocalEndPoint!).Port;
        List<Socket> waiting = [];
        try
        {
            // The system drops what comes when so many wait to be accepted.
            Assert.ThrowsAny<Exception>(() =>
            {
                for (var i = 0; i < 8; i++)
                {
                    waiting.Add(new Socket(SocketType.Stream, ProtocolType.Tcp));
                    Sockets.Connect(waiting[^1], "127.0.0.1", port, TimeSpan.FromMilliseconds(300));
                }
            });
        }
        finally
        {
            waiting.ForEach(static socket => socket.Dispose());
        }
    }
}
