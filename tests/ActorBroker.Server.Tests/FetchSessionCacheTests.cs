using ActorBroker.Protocol;
using ActorBroker.Server.Fetching;

namespace ActorBroker.Server.Tests;

public sealed class FetchSessionCacheTests
{
    private readonly ManualTime time = new();

    [Fact]
    public void A_session_is_resumed_epoch_by_epoch()
    {
        var cache = new FetchSessionCache(10, time);
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
        var cache = new FetchSessionCache(10, time);
        var session = cache.Open(usesTopicIds: false)!;

        Assert.Equal(ErrorCode.FetchSessionTopicIdError, cache.Resume(session.Id, 1, true, out _));
        cache.Close(session.Id);
        Assert.Equal(ErrorCode.FetchSessionIdNotFound, cache.Resume(session.Id, 1, false, out _));
    }

    [Fact]
    public void A_full_cache_gives_out_no_session_until_one_has_been_idle_for_two_minutes()
    {
        var cache = new FetchSessionCache(1, time);
        var idle = cache.Open(false)!;

        Assert.Null(cache.Open(false));
        time.Now += TimeSpan.FromMinutes(3);
        Assert.NotNull(cache.Open(false));
        Assert.Equal(ErrorCode.FetchSessionIdNotFound, cache.Resume(idle.Id, 1, false, out _));
        Assert.Equal(1, cache.Count);
    }

    private sealed class ManualTime : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = DateTimeOffset.UnixEpoch;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
