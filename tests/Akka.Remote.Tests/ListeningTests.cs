using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Threading.Channels;
using Akka.Actor;
using Akka.Event;

namespace Akka.Remote.Tests;

/// <summary>Who gets a port, and what is said to who does not.</summary>
public sealed class ListeningTests
{
    [Fact]
    public async Task A_port_is_one_systems_only()
    {
        await using var left = Node.Start("left");

        var refused = Assert.Throws<RemoteTransportException>(() => Node.Start("right", At(left.Address.Port!.Value)));

        Assert.Equal(SocketError.AddressAlreadyInUse, Assert.IsType<SocketException>(refused.InnerException).SocketErrorCode);
        Assert.Contains($"127.0.0.1:{left.Address.Port}", refused.Message);
    }

    [Fact]
    public async Task A_system_starts_at_the_port_of_one_that_stopped_while_its_connections_wait_to_be_forgotten()
    {
        var port = FreePorts.One();
        await using (Node.Start("right", At(port)))
        {
        }

        LeaveAConnectionBehind(port);
        Assert.Contains(TcpState.TimeWait, StatesOf(port));
        await using var second = Node.Start("right", At(port));

        Assert.Equal(port, second.Address.Port);
        Assert.Contains(TcpState.TimeWait, StatesOf(port));
    }

    [Fact]
    public void A_host_without_an_address_is_named()
    {
        var refused = Assert.Throws<RemoteTransportException>(() => Node.Start("left", "akka.remote.dot-netty.tcp.hostname = nosuch.invalid"));

        Assert.IsType<SocketException>(refused.InnerException);
        Assert.Contains("nosuch.invalid", refused.Message);
    }

    [Fact]
    public async Task A_quarantine_says_who_wants_it_and_why()
    {
        await using var left = Node.Start("left");
        await using var right = Node.Start("right");
        right.System.ActorOf(Props.Create(() => new Echo()), "echo");
        IActorRef echo = await left.Find(right, "/user/echo");
        var warnings = Channel.CreateUnbounded<object>();
        left.System.EventStream.Subscribe(left.System.ActorOf(Props.Create(() => new Collector(warnings.Writer))), typeof(Warning));
        Task<bool> died = echo.WatchAsync();

        await right.Transport.Shutdown();

        await died.WaitAsync(Node.Patience);
        string text;
        do text = ((Warning)await TalkingTests.Next(warnings)).Message.ToString()!;
        while (!text.StartsWith("Quarantined", StringComparison.Ordinal));
        Assert.Contains("has sent no heartbeat for too long", text);
    }

    /// <summary>The side of the port closes first, so that it is the one that waits.</summary>
    private static void LeaveAConnectionBehind(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        listener.Start();
        using var client = new TcpClient("127.0.0.1", port);
        listener.AcceptTcpClient().Dispose();
        Assert.Equal(-1, client.GetStream().ReadByte());
    }

    private static string At(int port) => $"akka.remote.dot-netty.tcp.port = {port}";

    private static IEnumerable<TcpState> StatesOf(int port) =>
        IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpConnections().Where(connection => connection.LocalEndPoint.Port == port).Select(static connection => connection.State);
}
