using System.Collections;
using System.Reflection;
using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;

namespace ActorBroker.Tests.Hosting;

/// <summary>Every version that ApiVersions lists is asked once, with a request that makes sense, and must give an answer of that version.</summary>
public sealed class EveryVersionTests(RunningNode node) : IClassFixture<RunningNode>
{
    /// <summary>What a sensible request of a client that is no member, or not yet one, is told.</summary>
    private static readonly ErrorCode[] Expected =
    [
        ErrorCode.None, ErrorCode.MemberIdRequired, ErrorCode.UnknownMemberId, ErrorCode.GroupIdNotFound, ErrorCode.GroupSubscribedToTopic,
        ErrorCode.ElectionNotNeeded, ErrorCode.BrokerIdNotRegistered, ErrorCode.VoterNotFound, ErrorCode.DuplicateVoter,
    ];

    public static TheoryData<ApiKey> Served => [.. SampleRequests.Keys];

    [Fact]
    public void ApiVersions_lists_what_is_tried_here_and_nothing_else()
    {
        var listed = BrokerCalls.Served(node.EndPoint).Select(api => (ApiKey)api.ApiKey);

        Assert.Equal(SampleRequests.Keys.Order(), listed.Order());
    }

    [Theory]
    [MemberData(nameof(Served))]
    public void Every_listed_version_is_answered(ApiKey key)
    {
        var api = BrokerCalls.Served(node.EndPoint).Single(api => api.ApiKey == (short)key);
        for (var version = api.MinVersion; version <= api.MaxVersion; version++)
        {
            var samples = new SampleRequests(node.EndPoint, $"{key}-{version}");
            using var connection = new WireConnection(node.EndPoint);

            connection.Send(samples.Make(key, version), version);
            var response = Read(connection.ReceiveFrame(), key, version);

            Assert.All(Errors(response), error => Assert.Contains(error, Expected));
        }
    }

    [Theory]
    [MemberData(nameof(Served))]
    public void The_newest_version_is_that_of_the_schema(ApiKey key)
    {
        var api = BrokerCalls.Served(node.EndPoint).Single(api => api.ApiKey == (short)key);

        Assert.Equal((ApiCatalog.Get(key).MinVersion, ApiCatalog.Get(key).MaxStableVersion), (api.MinVersion, api.MaxVersion));
    }

    private static IApiResponse Read(byte[] frame, ApiKey key, short version)
    {
        var response = ApiCatalog.CreateResponse(key);
        var reader = new ProtocolReader(frame);
        ProtocolFrames.ReadResponseHeader(ref reader, key, version);
        response.Read(ref reader, version);
        reader.EndMessage();
        return response;
    }

    /// <summary>All error codes of a response, however deep.</summary>
    private static IEnumerable<ErrorCode> Errors(object message)
    {
        foreach (var property in message.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            switch (property.GetValue(message))
            {
                case ErrorCode error:
                    yield return error;
                    break;
                case IList list:
                    foreach (var nested in list.OfType<object>().Where(element => element.GetType().IsNested).SelectMany(Errors))
                    {
                        yield return nested;
                    }

                    break;
            }
        }
    }
}
