namespace Akka.Remote.Tests;

public sealed class FailureDetectorTests
{
    [Fact]
    public void Phi_stays_low_with_regular_heartbeats_and_grows_with_silence()
    {
        long now = 0;
        var detector = new PhiAccrualFailureDetector(8, 100, TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1), () => now);
        for (var i = 0; i < 20; i++)
        {
            detector.HeartBeat();
            now += 1000;
        }

        Assert.True(detector.IsAvailable);
        now += 10_000;
        Assert.False(detector.IsAvailable);
        detector.HeartBeat();
        Assert.True(detector.IsAvailable);
    }

    [Fact]
    public void Nothing_is_suspected_before_its_first_heartbeat()
    {
        var registry = new DefaultFailureDetectorRegistry<string>(() => new DeadlineFailureDetector(TimeSpan.FromSeconds(1), () => 0));

        Assert.True(registry.IsAvailable("a"));
        Assert.False(registry.IsMonitoring("a"));
    }

    [Fact]
    public void The_deadline_detector_suspects_after_pause_and_interval()
    {
        long now = 0;
        var detector = new DeadlineFailureDetector(TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(1), () => now);
        detector.HeartBeat();

        now = 4000;
        Assert.True(detector.IsAvailable);
        now = 4001;
        Assert.False(detector.IsAvailable);
    }
}
