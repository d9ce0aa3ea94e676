using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;
using ActorBroker.Records;

namespace ActorBroker.Tests.Requests;

public sealed class FetchRequestTests(RunningNode node) : IClassFixture<RunningNode>
{
    private const int Long = 60_000;

    [Fact]
    public async Task A_parked_fetch_is_woken_by_an_append_of_its_minimum_of_bytes()
    {
        using var reader = await WireClient.Connect(node.Address);
        using var writer = await WireClient.Connect(node.Address);
        await writer.CreateTopic("woken");
        var batch = WireClient.Batch("a");

        var fetch = reader.Fetch("woken", 0, maxWaitMs: Long, minBytes: batch.Length + 1);
        await writer.Produce("woken", batch);
        Assert.False(fetch.IsCompleted);
        await writer.Produce("woken", batch);

        Assert.Equal(2, WireClient.Values(await fetch).Count);
    }

    [Fact]
    public async Task A_minimum_above_the_maximum_does_not_wait_for_what_cannot_come()
    {
        using var client = await WireClient.Connect(node.Address);
        await client.CreateTopic("greedy");
        await client.Produce("greedy", WireClient.Batch(new string('x', 500)));
        var request = WireClient.FetchRequest("greedy", 0, Long, minBytes: 1 << 30);
        request.MaxBytes = 100;

        var response = await client.Call<FetchResponse>(request, 11);

        Assert.Single(WireClient.Values(response.Responses[0].Partitions[0]));
    }

    [Fact]
    public async Task A_fetch_of_nothing_is_answered_at_once()
    {
        using var client = await WireClient.Connect(node.Address);

        var response = await client.Call<FetchResponse>(new FetchRequest { MaxWaitMs = Long, MinBytes = 1 }, 11);

        Assert.Empty(response.Responses);
    }

    [Fact]
    public async Task The_deletion_of_its_topic_wakes_a_parked_fetch()
    {
        using var reader = await WireClient.Connect(node.Address);
        using var writer = await WireClient.Connect(node.Address);
        await writer.CreateTopic("deleted");
        await reader.Fetch("deleted", 0); // the reader's handler runs before the deletion is asked for

        var fetch = reader.Fetch("deleted", 0, maxWaitMs: Long);
        await writer.DeleteTopic("deleted");

        Assert.Contains((await fetch).ErrorCode, new[] { ErrorCode.UnknownTopicOrPartition, ErrorCode.NotLeaderOrFollower });
    }

    [Fact]
    public async Task A_topic_that_was_made_again_has_another_id_and_no_old_records()
    {
        using var client = await WireClient.Connect(node.Address);
        var before = await client.CreateTopic("again");
        await client.Produce("again", WireClient.Batch("old"));
        await client.DeleteTopic("again");
        var after = await client.CreateTopic("again");

        var byOldId = await client.Call<FetchResponse>(WireClient.FetchRequest("", 0, id: before), 13);
        var byNewId = await client.Call<FetchResponse>(WireClient.FetchRequest("", 0, id: after), 13);

        Assert.NotEqual(before, after);
        Assert.Equal(ErrorCode.UnknownTopicId, byOldId.Responses[0].Partitions[0].ErrorCode);
        Assert.Equal((ErrorCode.None, 0L), (byNewId.Responses[0].Partitions[0].ErrorCode, byNewId.Responses[0].Partitions[0].HighWatermark));
    }

    [Fact]
    public async Task An_incremental_fetch_tells_only_what_is_new()
    {
        using var client = await WireClient.Connect(node.Address);
        await client.CreateTopic("quiet");
        await client.CreateTopic("busy");
        var request = new FetchRequest
        {
            MaxBytes = 1 << 20,
            SessionEpoch = 0,
            Topics = [.. new[] { "quiet", "busy" }.Select(name => new FetchRequest.FetchTopic { Topic = name, Partitions = [new() { PartitionMaxBytes = 1 << 20 }] })],
        };

        var full = await client.Call<FetchResponse>(request, 12);
        await client.Produce("busy", WireClient.Batch("a"));
        var news = await client.Call<FetchResponse>(Incremental(full.SessionId, 1), 12);
        var stale = await client.Call<FetchResponse>(Incremental(full.SessionId, 1), 12);
        var unknown = await client.Call<FetchResponse>(Incremental(full.SessionId ^ 1, 2), 12);

        Assert.NotEqual(0, full.SessionId);
        Assert.Equal(2, full.Responses.Count);
        Assert.Equal(["busy"], news.Responses.Select(topic => topic.Topic));
        Assert.Equal(ErrorCode.InvalidFetchSessionEpoch, stale.ErrorCode);
        Assert.Equal(ErrorCode.FetchSessionIdNotFound, unknown.ErrorCode);
    }

    [Fact]
    public async Task A_session_ends_with_its_last_partition_or_when_the_client_says_so()
    {
        using var client = await WireClient.Connect(node.Address);
        await client.CreateTopic("session");
        var open = WireClient.FetchRequest("session", 0);
        open.SessionEpoch = 0;

        var first = await client.Call<FetchResponse>(open, 12);
        var forget = Incremental(first.SessionId, 1);
        forget.MaxWaitMs = Long;
        forget.ForgottenTopicsData = [new() { Topic = "session", Partitions = [0] }];
        var forgotten = await client.Call<FetchResponse>(forget, 12);
        var second = await client.Call<FetchResponse>(open, 12);
        var close = Incremental(second.SessionId, -1);
        close.MaxWaitMs = Long;
        var closed = await client.Call<FetchResponse>(close, 12);
        var after = await client.Call<FetchResponse>(Incremental(second.SessionId, 1), 12);

        Assert.Equal((ErrorCode.None, 0), (forgotten.ErrorCode, forgotten.SessionId));
        Assert.Equal((ErrorCode.None, 0), (closed.ErrorCode, closed.SessionId));
        Assert.Equal(ErrorCode.FetchSessionIdNotFound, after.ErrorCode);
    }

    [Fact]
    public async Task A_message_larger_than_an_old_clients_limit_comes_cut_and_a_newer_clients_comes_whole()
    {
        using var client = await WireClient.Connect(node.Address);
        await client.CreateTopic("large");
        await client.Produce("large", WireClient.Batch(new string('x', 2000)));
        var request = WireClient.FetchRequest("large", 0);
        request.Topics[0].Partitions[0].PartitionMaxBytes = 100;

        var old = await client.Call<FetchResponse>(request, 2);
        var newer = await client.Call<FetchResponse>(request, 3);

        Assert.Equal(100, old.Responses[0].Partitions[0].Records!.Size);
        Assert.Single(WireClient.Values(newer.Responses[0].Partitions[0]));
    }

    [Fact]
    public async Task Only_whole_batches_within_the_limits_come_from_version_4_on()
    {
        using var client = await WireClient.Connect(node.Address);
        await client.CreateTopic("limited");
        var batch = WireClient.Batch("a");
        foreach (var _ in Enumerable.Range(0, 3))
        {
            await client.Produce("limited", batch);
        }

        var request = WireClient.FetchRequest("limited", 0);
        request.Topics[0].Partitions[0].PartitionMaxBytes = (2 * batch.Length) + 10;
        var response = await client.Call<FetchResponse>(request, 11);

        Assert.Equal(2 * batch.Length, response.Responses[0].Partitions[0].Records!.Size);
        Assert.Equal(ErrorCode.OffsetOutOfRange, (await client.Fetch("limited", 4)).ErrorCode);
    }

    private static FetchRequest Incremental(int session, int epoch) => new() { SessionId = session, SessionEpoch = epoch, MaxBytes = 1 << 20 };
}
