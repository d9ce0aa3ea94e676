using ActorBroker.Actors.Controller;
using ActorBroker.Actors.Streams;
using ActorBroker.Metadata;
using ActorBroker.Model;

namespace ActorBroker.Actors.Tests.Streams;

public sealed class ReplicationThrottleTests
{
    private readonly ManualTime time = new();
    private double rate = 1000;

    [Fact]
    public void Senders_take_turns_and_keep_the_rate_together()
    {
        var throttle = new ReplicationThrottle(() => rate, time);
        var places = new[] { throttle.Reserve(0), throttle.Reserve(0) };
        var sent = new long[2];

        for (var tick = 0; tick < 1_000; tick++)
        {
            time.Now += TimeSpan.FromMilliseconds(100);
            for (var sender = 0; sender < 2; sender++)
            {
                if (throttle.IsDue(places[sender]))
                {
                    places[sender] = throttle.Reserve(250);
                    sent[sender] += 250;
                }
            }
        }

        Assert.InRange(sent.Sum(), 99_000, 101_000);
        Assert.InRange(sent[0], 49_000, 51_000);
    }

    [Fact]
    public void One_sender_alone_gets_the_whole_rate_although_it_looks_only_now_and_then()
    {
        var throttle = new ReplicationThrottle(() => rate, time);
        var place = throttle.Reserve(0);
        long sent = 0;
        for (var tick = 0; tick < 1_000; tick++)
        {
            time.Now += TimeSpan.FromMilliseconds(100);
            while (throttle.IsDue(place))
            {
                place = throttle.Reserve(10);
                sent += 10;
            }
        }

        Assert.InRange(sent, 99_000, 101_000);
    }

    [Fact]
    public void A_higher_rate_counts_for_who_waits_already()
    {
        var throttle = new ReplicationThrottle(() => rate, time);
        var place = throttle.Reserve(1_000_000);
        time.Now += TimeSpan.FromSeconds(10);
        Assert.False(throttle.IsDue(place));

        rate = 1_000_000;
        time.Now += TimeSpan.FromSeconds(1);

        Assert.True(throttle.IsDue(place));
        rate = 1;
        place = throttle.Reserve(1_000_000);
        Assert.False(throttle.IsDue(place));
        rate = double.PositiveInfinity;
        Assert.True(throttle.IsDue(place));
    }

    [Fact]
    public void At_a_rate_of_zero_nothing_is_sent()
    {
        rate = 0;
        var throttle = new ReplicationThrottle(() => rate, time);
        var place = throttle.Reserve(0);
        time.Now += TimeSpan.FromHours(1);

        Assert.False(throttle.IsDue(place));
    }

    [Fact]
    public void A_pause_is_not_followed_by_a_burst()
    {
        var throttle = new ReplicationThrottle(() => rate, time);
        time.Now += TimeSpan.FromHours(1);
        var place = throttle.Reserve(0);
        long sent = 0;
        while (throttle.IsDue(place))
        {
            place = throttle.Reserve(10);
            sent += 10;
        }

        Assert.InRange(sent, 1, 600);
    }

    /// <summary>Of the partitions whose replica on node 3 is behind, node 1 leads one and node 2 three: they share its rate one to three.</summary>
    [Fact]
    public void Leaders_share_a_followers_rate_by_their_partitions()
    {
        var topic = TopicId.NewRandom();
        var image = ClusterImage.Empty;
        MetadataEvent[] events =
        [
            new TopicCreated(topic, "t"),
            .. Enumerable.Range(0, 4).Select(i => new PartitionCreated(topic, new PartitionImage(
                i, [new(1), new(2), new(3)], [new(1), new(2)], new(i == 0 ? 1 : 2), new LeaderEpoch(0), new PartitionEpoch(0)))),
            new ConfigChanged(ConfigResource.Topic("t"), "follower.replication.throttled.replicas", "*"),
            new ConfigChanged(ConfigResource.Broker(new(3)), "follower.replication.throttled.rate", "400000"),
        ];
        image = events.Aggregate(image, (before, change) => before.Apply(change));

        Assert.Equal(25_000, PushBytesAt(1));
        Assert.Equal(75_000, PushBytesAt(2));

        int PushBytesAt(int node) => new ReplicationThrottles(new(node), new ClusterState("c", image), time).Follower(new(3)).PushBytes(1 << 20);
    }

    private sealed class ManualTime : TimeProvider
    {
        public TimeSpan Now { get; set; } = TimeSpan.FromHours(1);

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }
}
