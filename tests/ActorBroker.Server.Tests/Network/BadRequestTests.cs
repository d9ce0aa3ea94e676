using System.Buffers.Binary;
using ActorBroker.Model.Options;
using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;

namespace ActorBroker.Server.Tests.Network;

public sealed class BadRequestTests
{
    [Theory]
    [InlineData(-5, "-5 bytes")]
    [InlineData(0, "no room for its header")]
    [InlineData(2_000_000, "2000000 bytes is larger than socket.request.max.bytes allows (1000000)")]
    public async Task A_bad_size_closes_the_connection_with_a_reason(int size, string reason)
    {
        await using var server = new TestServer(new LimitOptions { RequestMaxBytes = 1_000_000 });
        using var client = await server.ConnectAsync();

        await client.SendAsync(BigEndian(size));

        await client.IsClosedByServerAsync();
        await server.Log.SaysAsync(reason);
    }

    [Fact]
    public async Task A_connection_that_ends_inside_a_request_is_logged()
    {
        await using var server = new TestServer();
        using var client = await server.ConnectAsync();

        await client.SendAllAsync(TestClient.Echo("cut", 1).AsMemory(0, 10));
        client.EndSending();

        await client.IsClosedByServerAsync();
        await server.Log.SaysAsync("in the middle of a request, after 10 bytes");
    }

    [Fact]
    public async Task An_unknown_api_closes_the_connection_with_a_reason()
    {
        await using var server = new TestServer();
        using var client = await server.ConnectAsync();

        await client.SendAsync([.. BigEndian(10), 0x4e, 0x20, 0, 0, 0, 0, 0, 1, 0xff, 0xff]);

        await client.IsClosedByServerAsync();
        await server.Log.SaysAsync("API key 20000, which is not served here");
    }

    [Fact]
    public async Task An_unsupported_version_closes_the_connection_with_a_reason()
    {
        await using var server = new TestServer();
        using var client = await server.ConnectAsync();

        await client.SendAsync(TestClient.Frame(new FindCoordinatorRequest { CoordinatorKeys = ["a"] }, 4, 1));

        await client.IsClosedByServerAsync();
        await server.Log.SaysAsync("FindCoordinator version 4, served are 0 to 2 (client id test)");
    }

    [Fact]
    public async Task A_malformed_body_closes_the_connection_with_its_place()
    {
        await using var server = new TestServer();
        using var client = await server.ConnectAsync();
        var frame = TestClient.Echo("abcdef", 9);
        BinaryPrimitives.WriteInt16BigEndian(frame.AsSpan(frame.Length - 8), 5_000);

        await client.SendAsync(frame);

        await client.IsClosedByServerAsync();
        await server.Log.SaysAsync("the FindCoordinator request (version 0, correlation id 9, client id test) is malformed");
        await server.Log.SaysAsync("at byte");
    }

    [Fact]
    public async Task A_response_that_does_not_fit_its_version_is_not_told_as_the_clients_fault()
    {
        var held = new HeldHandler(ApiKey.DescribeConfigs, allowsPipelining: false);
        await using var server = new TestServer(handlers: held);
        using var client = await server.ConnectAsync();
        await client.SendAsync(TestClient.Frame(new DescribeConfigsRequest(), 1, 1));
        await held.ReachesAsync(1);

        held[0].Complete(new DescribeConfigsResponse { Results = [new() { Configs = [new() { Name = "a", IsDefault = true }] }] });

        await client.IsClosedByServerAsync();
        await server.Log.SaysAsync("Error");
        await server.Log.SaysAsync("the response does not fit version 1");
        Assert.DoesNotContain(server.Log.Lines, line => line.Contains("malformed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_refused_request_without_an_answer_closes_the_connection_with_its_reason()
    {
        var held = new HeldHandler(ApiKey.Produce, allowsPipelining: true);
        await using var server = new TestServer(handlers: held);
        using var client = await server.ConnectAsync();
        await client.SendAsync(TestClient.Frame(new ProduceRequest(), 3, 1));
        await held.ReachesAsync(1);

        held[0].Refuse("NotLeaderOrFollower");

        await client.IsClosedByServerAsync();
        await server.Log.SaysAsync("wants no answer and could not be served: NotLeaderOrFollower");
    }

    [Fact]
    public async Task A_failing_handler_closes_its_connection_only()
    {
        await using var server = new TestServer(handlers: new ThrowingHandler(new InvalidOperationException("a bug")));
        using var victim = await server.ConnectAsync();
        using var other = await server.ConnectAsync();

        await victim.SendAsync(TestClient.Frame(new MetadataRequest(), 1, 3));

        await victim.IsClosedByServerAsync();
        await server.Log.SaysAsync("a bug");
        await other.SendAsync(TestClient.Echo("alive", 1));
        Assert.Equal("alive", await other.ReceiveEchoAsync());
    }

    [Fact]
    public async Task A_response_that_cannot_be_written_closes_the_connection()
    {
        var produce = new HeldHandler(ApiKey.Produce, allowsPipelining: true);
        await using var server = new TestServer(handlers: produce);
        using var client = await server.ConnectAsync();
        await client.SendAsync(TestClient.Produce(1));
        await produce.ReachesAsync(1);

        produce[0].Complete(new ProduceResponse { Responses = [new() { Name = new string('x', 40_000) }] });

        await client.IsClosedByServerAsync();
        await server.Log.SaysAsync("too long");
    }

    [Fact]
    public async Task Random_bytes_close_connections_and_nothing_else()
    {
        await using var server = new TestServer();
        var random = new Random(11);
        for (var i = 0; i < 200; i++)
        {
            using var client = await server.ConnectAsync();
            var frame = TestClient.Echo("some-coordinator-key", i);
            for (var flips = random.Next(1, 6); flips > 0; flips--)
            {
                frame[random.Next(frame.Length)] = (byte)random.Next(256);
            }

            await client.SendAsync(frame);
            client.EndSending();
            await client.IsClosedByServerAsync();
        }

        using var good = await server.ConnectAsync();
        await good.SendAsync(TestClient.Echo("alive", 1));
        Assert.Equal("alive", await good.ReceiveEchoAsync());
    }

    private static byte[] BigEndian(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }
}
