using System.Buffers.Binary;
using ActorBroker.Server.Network;

namespace ActorBroker.Server.Tests.Network;

public sealed class ConnectionLoggerTests
{
    [Fact]
    public async Task A_hostile_client_cannot_fill_the_log()
    {
        await using var server = new TestServer();
        var hostile = ConnectionLogger.LinesPerWindow + 15;

        for (var i = 0; i < hostile; i++)
        {
            await SendBadFrame(server);
        }

        await server.Log.SaysAsync("-5 bytes");
        Assert.Equal(ConnectionLogger.LinesPerWindow, BadFrames(server));
        Assert.DoesNotContain(server.Log.Lines, line => line.Contains("were left out"));

        // Time goes on, and nothing more happens: what was left out is told all the same, and once.
        server.Time.Advance(ConnectionLogger.Window);
        server.Time.Advance(ConnectionLogger.Window);
        Assert.Single(server.Log.Lines, line => line.Contains("15 more lines of kind BadFrame were left out within 10 s"));

        await SendBadFrame(server);
        Assert.Equal(ConnectionLogger.LinesPerWindow + 1, BadFrames(server));
    }

    [Fact]
    public async Task Other_kinds_of_lines_are_not_held_back()
    {
        await using var server = new TestServer();
        for (var i = 0; i < ConnectionLogger.LinesPerWindow + 1; i++)
        {
            await SendBadFrame(server);
        }

        using var client = await server.ConnectAsync();
        await client.SendAllAsync(TestClient.Echo("cut", 1).AsMemory(0, 10));
        client.EndSending();

        await server.Log.SaysAsync("in the middle of a request");
        await server.Host.StopAsync(TimeSpan.Zero);
        Assert.Single(server.Log.Lines, line => line.Contains("1 more lines of kind BadFrame"));
    }

    private static int BadFrames(TestServer server) => server.Log.Lines.Count(line => line.StartsWith("Warning", StringComparison.Ordinal) && line.Contains("-5 bytes"));

    private static async Task SendBadFrame(TestServer server)
    {
        var size = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(size, -5);
        using var client = await server.ConnectAsync();
        await client.SendAsync(size);
        await client.IsClosedByServerAsync();
    }
}
