using System.Net;
using System.Net.Sockets;
using ActorBroker.Harness;
using ActorBroker.Model.Options;
using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;
using ActorBroker.Server.Network;

namespace ActorBroker.Server.Tests.Network;

public sealed class ConnectionLimitTests
{
    [Fact]
    public async Task An_idle_connection_is_closed()
    {
        await using var server = new TestServer(new LimitOptions { ConnectionsMaxIdleMs = 60_000 });
        using var client = await server.ConnectAsync();
        await client.SendAsync(TestClient.Echo("hello", 1));
        await client.ReceiveEchoAsync();

        server.Time.Advance(TimeSpan.FromSeconds(61));

        await client.IsClosedByServerAsync();
        await server.Log.SaysAsync("connections.max.idle.ms");
    }

    [Fact]
    public async Task A_connection_whose_request_is_in_progress_is_not_idle()
    {
        var heartbeat = new HeldHandler(ApiKey.Heartbeat, allowsPipelining: false);
        await using var server = new TestServer(new LimitOptions { ConnectionsMaxIdleMs = 60_000 }, handlers: heartbeat);
        using var client = await server.ConnectAsync();
        await client.SendAsync(TestClient.Heartbeat(1));
        await heartbeat.ReachesAsync(1);

        server.Time.Advance(TimeSpan.FromMinutes(5));
        heartbeat[0].Complete(new HeartbeatResponse());

        Assert.Equal(1, await client.ReceiveCorrelationIdAsync());
    }

    [Fact]
    public async Task Idle_connections_hold_no_request_memory()
    {
        await using var server = new TestServer();
        var clients = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => server.ConnectAsync()));
        foreach (var client in clients)
        {
            await client.SendAsync(TestClient.Echo("hello", 1));
            await client.ReceiveEchoAsync();
        }

        await Eventually.Holds(() => server.Buffers.BuffersInUse == 0, "no buffer is in use");
        Assert.Equal(200, server.Host.ConnectionCount);
        Array.ForEach(clients, client => client.Dispose());
        await Eventually.Holds(() => server.Host.ConnectionCount == 0, "all connections are gone");
    }

    [Fact]
    public async Task Connections_above_the_limit_per_address_are_refused_until_one_closes()
    {
        await using var server = new TestServer(new LimitOptions { MaxConnectionsPerIp = 2 });
        using var first = await server.ConnectAsync();
        var second = await server.ConnectAsync();
        await Eventually.Holds(() => server.Host.ConnectionCount == 2, "two are in");

        using (var third = await server.ConnectAsync())
        {
            await third.IsClosedByServerAsync();
        }

        await server.Log.SaysAsync("max.connections.per.ip");
        second.Dispose();
        await Eventually.Holds(() => server.Host.ConnectionCount == 1, "one is gone");
        using var fourth = await server.ConnectAsync();
        await fourth.SendAsync(TestClient.Echo("in", 1));
        Assert.Equal("in", await fourth.ReceiveEchoAsync());
    }

    [Fact]
    public async Task Connections_above_the_total_limit_are_refused()
    {
        await using var server = new TestServer(new LimitOptions { MaxConnections = 1 });
        using var first = await server.ConnectAsync();
        await Eventually.Holds(() => server.Host.ConnectionCount == 1, "one is in");

        using var second = await server.ConnectAsync();

        await second.IsClosedByServerAsync();
        await server.Log.SaysAsync("as many as max.connections allows");
    }

    [Fact]
    public async Task An_override_replaces_the_limit_for_its_address()
    {
        var limits = new LimitOptions { MaxConnectionsPerIp = 10, MaxConnectionsPerIpOverrides = new Dictionary<string, int> { ["127.0.0.1"] = 0 } };
        await using var server = new TestServer(limits);

        using var client = await server.ConnectAsync();

        await client.IsClosedByServerAsync();
    }

    [Fact]
    public async Task When_request_memory_is_used_up_connections_wait_their_turn()
    {
        var produce = new HeldHandler(ApiKey.Produce, allowsPipelining: true);
        await using var server = new TestServer(receiveBufferBytes: 1024, bufferLimitBytes: 20_000, handlers: produce);
        using var first = await server.ConnectAsync();
        using var second = await server.ConnectAsync();
        await first.SendAsync(TestClient.Produce(1, bytes: 15_000));
        await produce.ReachesAsync(1);

        await second.SendAsync(TestClient.Produce(2, bytes: 15_000));

        await Eventually.Holds(() => server.Buffers.Waiting == 1, "the second waits for memory");
        Assert.Equal(1, produce.Count);
        produce[0].Complete(new ProduceResponse());
        await produce.ReachesAsync(2);
        produce[1].Complete(new ProduceResponse());
        Assert.Equal(2, await second.ReceiveCorrelationIdAsync());
    }

    [Fact]
    public void A_port_in_use_is_named_with_its_listener()
    {
        using var other = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        other.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        other.Listen();
        var port = ((IPEndPoint)other.LocalEndPoint!).Port;

        var exception = Assert.Throws<ListenerException>(() => new TestServer(listener: new ListenerOptions { Name = "EXTERNAL", Port = port }));

        Assert.Contains($"listener EXTERNAL cannot listen at 127.0.0.1:{port}: the port is in use", exception.Message);
    }

    [Fact]
    public async Task A_port_can_be_taken_again_after_a_stop_with_connections()
    {
        int port;
        await using (var server = new TestServer())
        {
            port = server.Address.Port;
            using var client = await server.ConnectAsync();
            await client.SendAsync(TestClient.Echo("first", 1));
            await client.ReceiveEchoAsync();
            await server.Host.StopAsync(TimeSpan.Zero);
        }

        await using var again = new TestServer(listener: new ListenerOptions { Port = port });
        using var next = await again.ConnectAsync();
        await next.SendAsync(TestClient.Echo("again", 1));
        Assert.Equal("again", await next.ReceiveEchoAsync());
    }

    [Fact]
    public async Task An_advertised_address_that_leads_nowhere_is_reported()
    {
        var listener = new ListenerOptions { Port = 0, AdvertisedHost = "127.0.0.1", AdvertisedPort = 1 };
        await using var server = new TestServer(listener: listener);

        Assert.False(await server.Host.CheckAdvertisedAsync());

        await server.Log.SaysAsync("clients are told to connect to 127.0.0.1:1, but not even this machine can connect there");
    }

    [Fact]
    public async Task An_advertised_address_that_leads_here_is_fine()
    {
        await using var server = new TestServer();

        Assert.True(await server.Host.CheckAdvertisedAsync());
    }
}
