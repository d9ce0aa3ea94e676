using System.Net.Sockets;
using ActorBroker.Harness;
using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;

namespace ActorBroker.Server.Tests.Network;

public sealed class ShutdownTests
{
    [Fact]
    public async Task A_request_in_progress_is_answered_before_its_connection_closes()
    {
        var heartbeat = new HeldHandler(ApiKey.Heartbeat, allowsPipelining: false);
        await using var server = new TestServer(handlers: heartbeat);
        using var client = await server.ConnectAsync();
        await client.SendAsync(TestClient.Heartbeat(1), TestClient.Heartbeat(2));
        await heartbeat.ReachesAsync(1);

        var stopping = server.Host.StopAsync(TimeSpan.FromMinutes(1));
        heartbeat[0].Complete(new HeartbeatResponse());

        Assert.Equal(1, await client.ReceiveCorrelationIdAsync());
        await client.IsClosedByServerAsync();
        await stopping;
        Assert.Equal(1, heartbeat.Count);
    }

    [Fact]
    public async Task Idle_connections_are_closed_at_once()
    {
        await using var server = new TestServer();
        using var client = await server.ConnectAsync();
        await client.SendAsync(TestClient.Echo("hello", 1));
        await client.ReceiveEchoAsync();

        await server.Host.StopAsync(TimeSpan.FromMinutes(1));

        await client.IsClosedByServerAsync();
    }

    [Fact]
    public async Task After_the_deadline_the_rest_is_cut()
    {
        var produce = new HeldHandler(ApiKey.Produce, allowsPipelining: true);
        await using var server = new TestServer(handlers: produce);
        using var client = await server.ConnectAsync();
        await client.SendAsync(TestClient.Produce(1));
        await produce.ReachesAsync(1);
        var stopping = server.Host.StopAsync(TimeSpan.FromSeconds(30));

        await Eventually.Holds(
            () =>
            {
                server.Time.Advance(TimeSpan.FromSeconds(31));
                return stopping.IsCompleted;
            },
            "the host has stopped");

        await client.IsClosedByServerAsync();
        await server.Log.SaysAsync("1 connections had requests in progress");
        produce[0].Complete(new ProduceResponse());
    }

    [Fact]
    public async Task New_connections_are_not_accepted()
    {
        await using var server = new TestServer();
        await server.Host.StopAsync(TimeSpan.FromSeconds(1));

        await Assert.ThrowsAsync<SocketException>(() => server.ConnectAsync());
    }
}
