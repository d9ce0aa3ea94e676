using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;

namespace ActorBroker.Tests.Requests;

public sealed class OddRequestTests(RunningNode node) : IClassFixture<RunningNode>
{
    public static TheoryData<ApiKey> Keys => [.. ApiCatalog.Keys];

    [Theory]
    [MemberData(nameof(Keys))]
    public async Task Every_version_answers_what_is_wrong_in_its_schema(ApiKey key)
    {
        using var client = await WireClient.Connect(node.Address);
        var advertised = await client.Call<ApiVersionsResponse>(new ApiVersionsRequest(), 0);
        if (advertised.ApiKeys.Find(api => api.ApiKey == (short)key) is not { } range)
        {
            return;
        }

        var topic = $"every-{key}";
        var id = await client.CreateTopic(topic);
        for (var version = range.MinVersion; version <= range.MaxVersion; version++)
        {
            foreach (var request in OddRequests.Of(key, version, topic, id))
            {
                if (request is ProduceRequest { Acks: 0 })
                {
                    continue; // has no answer
                }

                try
                {
                    await client.Call(request, version, ApiCatalog.CreateResponse(key));
                }
                catch (Exception exception) when (exception is IOException or ProtocolException or OperationCanceledException)
                {
                    Assert.Fail($"{key} {version} {System.Text.Json.JsonSerializer.Serialize<object>(request)}: {exception.Message}");
                }
            }
        }
    }
}
