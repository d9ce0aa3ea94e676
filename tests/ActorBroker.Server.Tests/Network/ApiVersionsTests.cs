using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;

namespace ActorBroker.Server.Tests.Network;

public sealed class ApiVersionsTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task The_registered_handlers_are_listed_and_nothing_else(short version)
    {
        await using var server = new TestServer(handlers: new HeldHandler(ApiKey.Produce, allowsPipelining: true));
        using var client = await server.ConnectAsync();

        await client.SendAsync(TestClient.Frame(new ApiVersionsRequest { ClientSoftwareName = "test", ClientSoftwareVersion = "1.0" }, version, 1));

        var response = await client.ReceiveAsync<ApiVersionsResponse>(version);
        Assert.Equal(ErrorCode.None, response.ErrorCode);
        Assert.Equal([(0, 0, 3), (10, 0, 2), (18, 0, 4)], response.ApiKeys.Select(api => ((int)api.ApiKey, (int)api.MinVersion, (int)api.MaxVersion)));
    }

    [Fact]
    public async Task A_version_from_the_future_is_answered_in_version_0_with_the_versions_that_exist()
    {
        await using var server = new TestServer();
        using var client = await server.ConnectAsync();
        byte[] frame = [0, 0, 0, 11, 0, 18, 0, 99, 0, 0, 0, 7, 0xff, 0xff, 0];

        await client.SendAsync(frame, TestClient.Echo("goes on", 8));

        var response = await client.ReceiveAsync<ApiVersionsResponse>(version: 0);
        Assert.Equal(ErrorCode.UnsupportedVersion, response.ErrorCode);
        var only = Assert.Single(response.ApiKeys);
        Assert.Equal((18, 0, 4), (only.ApiKey, only.MinVersion, only.MaxVersion));
        Assert.Equal("goes on", await client.ReceiveEchoAsync());
    }

    [Theory]
    [InlineData("", "1.0")]
    [InlineData("test", "")]
    [InlineData("te st", "1.0")]
    [InlineData("-test", "1.0")]
    [InlineData("test", "1.0.")]
    public async Task An_odd_software_name_is_an_invalid_request(string name, string version)
    {
        await using var server = new TestServer();
        using var client = await server.ConnectAsync();

        await client.SendAsync(TestClient.Frame(new ApiVersionsRequest { ClientSoftwareName = name, ClientSoftwareVersion = version }, 3, 1));

        var response = await client.ReceiveAsync<ApiVersionsResponse>(version: 3);
        Assert.Equal(ErrorCode.InvalidRequest, response.ErrorCode);
        Assert.Empty(response.ApiKeys);
    }
}
