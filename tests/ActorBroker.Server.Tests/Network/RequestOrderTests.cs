using ActorBroker.Model.Options;
using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;

namespace ActorBroker.Server.Tests.Network;

public sealed class RequestOrderTests
{
    [Fact]
    public async Task A_frame_that_arrives_byte_by_byte_is_answered()
    {
        await using var server = new TestServer();
        using var client = await server.ConnectAsync();

        foreach (var value in TestClient.Echo("drip", 1))
        {
            await client.SendAllAsync(new[] { value });
        }

        Assert.Equal("drip", await client.ReceiveEchoAsync());
    }

    [Fact]
    public async Task Many_requests_in_one_packet_are_answered_in_order()
    {
        await using var server = new TestServer();
        using var client = await server.ConnectAsync();

        await client.SendAllAsync(Enumerable.Range(0, 500).SelectMany(i => TestClient.Echo($"key-{i}", i)).ToArray());

        for (var i = 0; i < 500; i++)
        {
            Assert.Equal($"key-{i}", await client.ReceiveEchoAsync());
        }
    }

    [Fact]
    public async Task Pipelined_requests_run_together_and_are_answered_in_their_order()
    {
        var produce = new HeldHandler(ApiKey.Produce, allowsPipelining: true);
        await using var server = new TestServer(handlers: produce);
        using var client = await server.ConnectAsync();

        await client.SendAsync(TestClient.Produce(1), TestClient.Produce(2), TestClient.Produce(3), TestClient.Echo("last", 4));
        await produce.ReachesAsync(3);
        produce[2].Complete(new ProduceResponse());
        produce[1].Complete(new ProduceResponse());
        produce[0].Complete(new ProduceResponse());

        Assert.Equal(1, await client.ReceiveCorrelationIdAsync());
        Assert.Equal(2, await client.ReceiveCorrelationIdAsync());
        Assert.Equal(3, await client.ReceiveCorrelationIdAsync());
        Assert.Equal("last", await client.ReceiveEchoAsync());
    }

    [Fact]
    public async Task Other_requests_start_when_the_one_before_them_is_answered()
    {
        var heartbeat = new HeldHandler(ApiKey.Heartbeat, allowsPipelining: false);
        await using var server = new TestServer(handlers: heartbeat);
        using var client = await server.ConnectAsync();
        await client.SendAsync(TestClient.Heartbeat(1), TestClient.Heartbeat(2));
        await heartbeat.ReachesAsync(1);
        Assert.Equal(1, heartbeat.Count);

        heartbeat[0].Complete(new HeartbeatResponse());

        Assert.Equal(1, await client.ReceiveCorrelationIdAsync());
        await heartbeat.ReachesAsync(2);
        heartbeat[1].Complete(new HeartbeatResponse());
        Assert.Equal(2, await client.ReceiveCorrelationIdAsync());
    }

    [Fact]
    public async Task A_request_without_response_leaves_no_gap()
    {
        var produce = new HeldHandler(ApiKey.Produce, allowsPipelining: true);
        await using var server = new TestServer(handlers: produce);
        using var client = await server.ConnectAsync();
        await client.SendAsync(TestClient.Produce(1), TestClient.Echo("next", 2));
        await produce.ReachesAsync(1);

        produce[0].CompleteWithoutResponse();

        Assert.Equal("next", await client.ReceiveEchoAsync());
    }

    [Fact]
    public async Task At_the_limit_of_requests_in_flight_no_further_one_starts()
    {
        var produce = new HeldHandler(ApiKey.Produce, allowsPipelining: true);
        await using var server = new TestServer(new LimitOptions { RequestsInFlightPerConnection = 2 }, handlers: produce);
        using var client = await server.ConnectAsync();
        await client.SendAsync(TestClient.Produce(1), TestClient.Produce(2), TestClient.Produce(3));
        await produce.ReachesAsync(2);
        Assert.Equal(2, produce.Count);

        produce[0].Complete(new ProduceResponse());

        await produce.ReachesAsync(3);
        produce[1].Complete(new ProduceResponse());
        produce[2].Complete(new ProduceResponse());
        for (var i = 1; i <= 3; i++)
        {
            Assert.Equal(i, await client.ReceiveCorrelationIdAsync());
        }
    }

    [Fact]
    public async Task Completing_twice_is_an_error_and_answers_once()
    {
        var produce = new HeldHandler(ApiKey.Produce, allowsPipelining: true);
        await using var server = new TestServer(handlers: produce);
        using var client = await server.ConnectAsync();
        await client.SendAsync(TestClient.Produce(1), TestClient.Produce(2));
        await produce.ReachesAsync(2);
        produce[0].Complete(new ProduceResponse());

        Assert.Throws<InvalidOperationException>(() => produce[0].Complete(new ProduceResponse()));

        Assert.Equal(1, await client.ReceiveCorrelationIdAsync());
        produce[1].Complete(new ProduceResponse());
        Assert.Equal(2, await client.ReceiveCorrelationIdAsync());
    }

    [Fact]
    public async Task A_client_that_ended_its_direction_still_gets_its_answers()
    {
        var produce = new HeldHandler(ApiKey.Produce, allowsPipelining: true);
        await using var server = new TestServer(handlers: produce);
        using var client = await server.ConnectAsync();
        await client.SendAsync(TestClient.Produce(1));
        client.EndSending();
        await produce.ReachesAsync(1);

        produce[0].Complete(new ProduceResponse());

        Assert.Equal(1, await client.ReceiveCorrelationIdAsync());
        await client.IsClosedByServerAsync();
    }

    [Fact]
    public async Task Completions_from_many_threads_keep_each_connections_order()
    {
        const int Clients = 16;
        const int Requests = 200;
        var produce = new HeldHandler(ApiKey.Produce, allowsPipelining: true);
        await using var server = new TestServer(new LimitOptions { RequestsInFlightPerConnection = Requests }, handlers: produce);
        var clients = await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => server.ConnectAsync()));
        await Task.WhenAll(clients.Select(client => client.SendAsync([.. Enumerable.Range(0, Requests).Select(i => TestClient.Produce(i))])));
        await produce.ReachesAsync(Clients * Requests);

        var order = Enumerable.Range(0, Clients * Requests).ToArray();
        new Random(7).Shuffle(order);
        Parallel.ForEach(order, index => produce[index].Complete(new ProduceResponse()));

        foreach (var client in clients)
        {
            for (var i = 0; i < Requests; i++)
            {
                Assert.Equal(i, await client.ReceiveCorrelationIdAsync());
            }

            client.Dispose();
        }
    }
}
