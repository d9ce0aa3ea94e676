using ActorBroker.Protocol;
using ActorBroker.Server.Fetching;

namespace ActorBroker.Server.Tests;

public sealed class FetchSessionCacheTests
{
    private readonly ManualTime time = new();

    [Fact]
    public void A_session_is_resumed_epoch_by_epoch()
    {
        var cache = new FetchSessionCache(10, 100, time);
        var session = cache.Open(usesTopicIds: true)!;

        Assert.Equal(ErrorCode.None, cache.Resume(session.Id, 1, true, out var first));
        Assert.Equal(ErrorCode.None, cache.Resume(session.Id, 2, true, out _));
        Assert.Same(session, first);
        Assert.Equal(ErrorCode.InvalidFetchSessionEpoch, cache.Resume(session.Id, 2, true, out _));
    }

    [Fact]
    public void After_the_largest_epoch_comes_one()
    {
        Assert.Equal(1, FetchSession.EpochAfter(int.MaxValue));
    }

    [Fact]
    public void Unknown_closed_and_differently_named_sessions_are_refused()
    {
        var cache = new FetchSessionCache(10, 100, time);
        var session = cache.Open(usesTopicIds: false)!;

        Assert.Equal(ErrorCode.FetchSessionTopicIdError, cache.Resume(session.Id, 1, true, out _));
        cache.Close(session.Id);
        Assert.Equal(ErrorCode.FetchSessionIdNotFound, cache.Resume(session.Id, 1, false, out _));
    }

    [Fact]
    public void A_full_cache_gives_out_no_session_until_one_has_been_idle_for_two_minutes()
    {
        var cache = new FetchSessionCache(1, 100, time);
        var idle = cache.Open(false)!;

        Assert.Null(cache.Open(false));
        time.Now += TimeSpan.FromMinutes(3);
        Assert.NotNull(cache.Open(false));
        Assert.Equal(ErrorCode.FetchSessionIdNotFound, cache.Resume(idle.Id, 1, false, out _));
        Assert.Equal(1, cache.Count);
    }

    [Fact]
    public void A_session_that_goes_beyond_the_bound_of_partitions_ends_and_leaves_its_room_to_others()
    {
        var cache = new FetchSessionCache(10, 3, time);
        var first = cache.Open(false)!;
        var second = cache.Open(false)!;

        Assert.True(Keeps(cache, first, 0, 2));
        Assert.False(Keeps(cache, second, 0, 2));
        Assert.Equal(ErrorCode.FetchSessionIdNotFound, cache.Resume(second.Id, 1, false, out _));
        Assert.True(Keeps(cache, first, 2, 1));
        cache.Close(first.Id);
        Assert.True(Keeps(cache, cache.Open(false)!, 0, 3));
    }

    private static bool Keeps(FetchSessionCache cache, FetchSession session, int from, int count)
    {
        session.Update(Enumerable.Range(from, count).Select(index => new FetchTarget { Topic = "t", TopicId = Model.TopicId.Zero, Partition = index }), []);
        return cache.TryKeep(session);
    }

    private sealed class ManualTime : TimeProvider
    {
        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;

        public override DateTimeOffset GetUtcNow() => throw new NotSupportedException("the wall clock may be set at any time");
    }
}
