using ActorBroker.Model;
using ActorBroker.Records;
using ActorBroker.Storage.Tests.Fixtures;

namespace ActorBroker.Storage.Tests;

public sealed class ProducerStateTests
{
    private const long Producer = 7;

    private readonly LogFixture _log = new();

    [Fact]
    public void A_batch_that_is_sent_again_gets_the_offsets_of_the_first_time()
    {
        var first = _log.Append(Batches.Of(Producer, 0, 0, records: 3, timestamp: 5));
        _log.Append(Batches.Of(Producer, 0, 3));

        var again = _log.Append(Batches.Of(Producer, 0, 0, records: 3, timestamp: 5));

        Assert.Equal(first with { Status = AppendStatus.Duplicate }, again);
        Assert.Equal(4, _log.View.LogEndOffset.Value);
    }

    [Fact]
    public void The_last_five_batches_are_recognised()
    {
        for (var i = 0; i < 6; i++)
            _log.Append(Batches.Of(Producer, 0, i));

        Assert.Equal(AppendStatus.OutOfOrderSequence, _log.Append(Batches.Of(Producer, 0, 0)).Status);
        for (var i = 1; i < 6; i++)
            Assert.Equal(AppendStatus.Duplicate, _log.Append(Batches.Of(Producer, 0, i)).Status);
    }

    [Fact]
    public void A_gap_in_the_sequence_is_refused()
    {
        _log.Append(Batches.Of(Producer, 0, 0));

        Assert.Equal(AppendStatus.OutOfOrderSequence, _log.Append(Batches.Of(Producer, 0, 2)).Status);
        Assert.Equal(1, _log.View.LogEndOffset.Value);
    }

    [Fact]
    public void An_unknown_producer_may_start_anywhere() =>
        Assert.Equal(AppendStatus.Appended, _log.Append(Batches.Of(Producer, 3, 100)).Status);

    [Fact]
    public void A_new_epoch_starts_at_zero_and_fences_the_old_one()
    {
        _log.Append(Batches.Of(Producer, 0, 0));

        Assert.Equal(AppendStatus.OutOfOrderSequence, _log.Append(Batches.Of(Producer, 1, 1)).Status);
        Assert.Equal(AppendStatus.Appended, _log.Append(Batches.Of(Producer, 1, 0)).Status);
        Assert.Equal(AppendStatus.InvalidProducerEpoch, _log.Append(Batches.Of(Producer, 0, 1)).Status);
    }

    [Fact]
    public void Sequences_wrap_after_the_largest_integer()
    {
        _log.Append(Batches.Of(Producer, 0, int.MaxValue - 1, records: 2));

        Assert.Equal(AppendStatus.Appended, _log.Append(Batches.Of(Producer, 0, 0)).Status);
    }

    [Fact]
    public void Appends_of_one_call_see_each_other()
    {
        var results = new AppendResult[4];

        _log.Log.Append(
            [
                new AppendRequest(Batches.Of(Producer, 0, 0)),
                new AppendRequest(Batches.Of(Producer, 0, 1)),
                new AppendRequest(Batches.Of(Producer, 0, 0)),
                new AppendRequest(Batches.Of(Producer, 0, 5)),
            ],
            results,
            LogFixture.Epoch,
            _log.NowMs);

        Assert.Equal(
            [AppendStatus.Appended, AppendStatus.Appended, AppendStatus.Duplicate, AppendStatus.OutOfOrderSequence],
            results.Select(result => result.Status));
        Assert.Equal(2, _log.View.LogEndOffset.Value);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_window_survives_a_restart(bool clean)
    {
        for (var i = 0; i < 5; i++)
            _log.Append(Batches.Of(Producer, 0, i));
        if (clean)
            _log.CloseAndReopen();
        else
            _log.Reopen(default);

        for (var i = 0; i < 5; i++)
            Assert.Equal(AppendStatus.Duplicate, _log.Append(Batches.Of(Producer, 0, i)).Status);
        Assert.Equal(AppendStatus.Appended, _log.Append(Batches.Of(Producer, 0, 5)).Status);
    }

    [Fact]
    public void The_window_survives_a_roll_and_a_crash()
    {
        _log.Append(Batches.Of(Producer, 0, 0));
        _log.Append(Batches.Of(Producer, 0, 1));
        _log.Log.Roll();
        _log.Append(Batches.Of(Producer, 0, 2));
        _log.Reopen(default);

        Assert.Equal(AppendStatus.Duplicate, _log.Append(Batches.Of(Producer, 0, 0)).Status);
        Assert.Equal(AppendStatus.Duplicate, _log.Append(Batches.Of(Producer, 0, 2)).Status);
    }

    [Fact]
    public void A_corrupt_snapshot_is_replaced_by_the_log()
    {
        _log.Append(Batches.Of(Producer, 0, 0));
        _log.Log.Close();
        var path = _log.Disk.Paths.Single(path => path.EndsWith(".snapshot"));
        _log.Disk.Overwrite(path, [1, 2, 3]);
        _log.Reopen(new OpenState(true, new Offset(1), default, default));

        Assert.Equal(AppendStatus.Duplicate, _log.Append(Batches.Of(Producer, 0, 0)).Status);
    }

    [Fact]
    public void A_truncation_forgets_what_it_removed()
    {
        _log.Append(Batches.Of(Producer, 0, 0));
        _log.Append(Batches.Of(Producer, 0, 1));

        _log.Log.TruncateTo(new Offset(1));

        Assert.Equal(AppendStatus.Appended, _log.Append(Batches.Of(Producer, 0, 1)).Status);
    }

    [Fact]
    public void A_silent_producer_is_forgotten()
    {
        _log.Append(Batches.Of(Producer, 0, 0, timestamp: 1000));

        _log.Log.ApplyRetention(1000 + LogConfig.Default.ProducerIdExpirationMs);

        Assert.Equal(0, _log.Log.ProducerCount);
    }

    [Fact]
    public void A_full_disk_leaves_the_sequence_where_it_was()
    {
        _log.Append(Batches.Of(Producer, 0, 0));
        _log.Disk.FreeBytes = 20;

        var refused = _log.Append(Batches.Of(Producer, 0, 1));
        _log.Disk.FreeBytes = long.MaxValue;

        Assert.Equal(AppendStatus.DiskFull, refused.Status);
        Assert.Equal(AppendStatus.Appended, _log.Append(Batches.Of(Producer, 0, 1)).Status);
        Assert.Equal(2, _log.View.LogEndOffset.Value);
    }
}

public sealed class TransactionTests
{
    private const long First = 7;
    private const long Second = 8;

    private readonly LogFixture _log = new();

    [Fact]
    public void An_open_transaction_holds_the_last_stable_offset()
    {
        _log.Append(Batches.Plain());
        _log.Append(Batches.Of(First, 0, 0, transactional: true));
        _log.Append(Batches.Plain());
        Pass();

        Assert.Equal(1, _log.View.LastStableOffset.Value);
    }

    [Fact]
    public void The_stable_offset_moves_when_the_marker_is_replicated()
    {
        _log.Append(Batches.Of(First, 0, 0, transactional: true));
        Pass();
        _log.Append(Batches.Marker(First, 0, commit: true));

        Assert.Equal(0, _log.View.LastStableOffset.Value);
        Pass();
        Assert.Equal(2, _log.View.LastStableOffset.Value);
    }

    [Theory]
    [InlineData("no restart")]
    [InlineData("clean")]
    [InlineData("crash")]
    [InlineData("power")]
    public void Aborted_transactions_are_found_in_their_range(string restart)
    {
        _log.Append(Batches.Of(First, 0, 0, transactional: true));
        _log.Append(Batches.Of(Second, 0, 0, transactional: true));
        _log.Append(Batches.Marker(First, 0, commit: false));
        _log.Append(Batches.Marker(Second, 0, commit: true));
        _log.Append(Batches.Plain());
        Pass();
        if (restart == "clean")
            _log.CloseAndReopen();
        else if (restart != "no restart")
            _log.Reopen(new OpenState(false, default, default, new Offset(5), LostPower: restart == "power"));

        var aborted = Assert.Single(_log.View.AbortedTransactions(new Offset(0), new Offset(5)));

        Assert.Equal(First, aborted.ProducerId);
        Assert.Equal(0, aborted.FirstOffset);
        Assert.Equal(2, aborted.LastOffset);
        Assert.Equal(1, aborted.LastStableOffset);
        Assert.Empty(_log.View.AbortedTransactions(new Offset(3), new Offset(5)));
        Assert.Equal(5, _log.View.LastStableOffset.Value);
    }

    [Fact]
    public void An_open_transaction_survives_a_restart()
    {
        _log.Append(Batches.Plain());
        _log.Append(Batches.Of(First, 0, 0, transactional: true));
        Pass();
        _log.CloseAndReopen();

        Assert.Equal(1, _log.View.LastStableOffset.Value);
        _log.Append(Batches.Marker(First, 0, commit: true));
        Pass();
        Assert.Equal(3, _log.View.LastStableOffset.Value);
    }

    [Fact]
    public void A_marker_of_a_replaced_coordinator_is_refused()
    {
        _log.Append(Batches.Of(First, 0, 0, transactional: true));
        _log.Append(Batches.Marker(First, 0, commit: true, coordinatorEpoch: 5));

        Assert.Equal(AppendStatus.TransactionCoordinatorFenced, _log.Append(Batches.Marker(First, 0, commit: true, coordinatorEpoch: 4)).Status);
    }

    [Fact]
    public void A_marker_of_an_old_producer_epoch_is_refused()
    {
        _log.Append(Batches.Of(First, 2, 0, transactional: true));

        Assert.Equal(AppendStatus.InvalidProducerEpoch, _log.Append(Batches.Marker(First, 1, commit: true)).Status);
    }

    [Fact]
    public void A_plain_batch_in_an_open_transaction_is_refused()
    {
        _log.Append(Batches.Of(First, 0, 0, transactional: true));

        Assert.Equal(AppendStatus.InvalidTransactionState, _log.Append(Batches.Of(First, 0, 1)).Status);
    }

    [Fact]
    public void A_truncated_marker_opens_the_transaction_again()
    {
        _log.Append(Batches.Of(First, 0, 0, transactional: true));
        _log.Append(Batches.Marker(First, 0, commit: false));

        _log.Log.TruncateTo(new Offset(1));
        Pass();

        Assert.Equal(0, _log.View.LastStableOffset.Value);
        Assert.Empty(_log.View.AbortedTransactions(new Offset(0), new Offset(10)));
    }

    private void Pass() => _log.Log.SetHighWatermark(_log.View.LogEndOffset);
}
