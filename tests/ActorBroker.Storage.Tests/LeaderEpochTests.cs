using ActorBroker.Model;
using ActorBroker.Storage.Epochs;
using ActorBroker.Storage.Tests.Fixtures;

namespace ActorBroker.Storage.Tests;

public sealed class LeaderEpochTests
{
    [Fact]
    public void After_a_crash_epochs_start_where_they_started_wherever_the_recovery_begins()
    {
        for (var recoveryPoint = 0; recoveryPoint <= 15; recoveryPoint++)
        {
            var log = new LogFixture();
            foreach (var epoch in new[] { 1, 2, 5 })
            {
                for (var i = 0; i < 5; i++)
                    log.Log.Append(Batches.Plain(valueSize: LogConfig.Default.IndexIntervalBytes), new LeaderEpoch(epoch), log.NowMs);
            }

            log.Log.Close();
            log.Reopen(new OpenState(false, new Offset(recoveryPoint), Offset.Zero, Offset.Zero));

            Assert.Equal([new(1, 0), new(2, 5), new(5, 10)], log.View.LeaderEpochs.Entries.ToArray());
        }
    }

    [Fact]
    public void A_batch_of_an_epoch_that_began_before_does_not_begin_it_again()
    {
        var epochs = LeaderEpochCache.From([new(1, 0), new(2, 10), new(3, 20)]);

        Assert.Equal([new(1, 0), new(2, 10)], epochs.With(2, 15).Entries.ToArray());
        Assert.Same(epochs, epochs.With(3, 25));
    }

    [Fact]
    public void A_batch_below_the_start_of_its_epoch_or_of_others_takes_their_place()
    {
        var epochs = LeaderEpochCache.From([new(1, 0), new(2, 10), new(3, 20)]);

        Assert.Equal([new(1, 0), new(2, 5)], epochs.With(2, 5).Entries.ToArray());
        Assert.Equal([new(1, 0), new(4, 10)], epochs.With(4, 10).Entries.ToArray());
        Assert.Equal([new(0, 0)], epochs.With(0, 0).Entries.ToArray());
    }
}
