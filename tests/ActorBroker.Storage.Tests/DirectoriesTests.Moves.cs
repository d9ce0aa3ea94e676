using ActorBroker.Model;
using ActorBroker.Storage.Tests.Fixtures;

namespace ActorBroker.Storage.Tests;

/// <summary>Replicas that move from one log directory to another.</summary>
public sealed partial class DirectoriesTests
{
    [Fact]
    public void A_replica_moves_while_it_serves()
    {
        using var manager = Open();
        var log = manager.GetOrCreate(Partition, Id, LogConfig.Default);
        var batches = Append(log, 50);
        var target = Other(manager, log);

        var move = manager.BeginMove(log, target)!;
        Assert.True(move.Copy(500, _nowMs) is > 0 and <= 500);
        batches.AddRange(Append(log, 5));
        Assert.True(move.OffsetLag > 0);
        while (move.Copy(500, _nowMs) > 0)
        {
        }
        batches.AddRange(Append(log, 1));
        log.SetHighWatermark(log.View.LogEndOffset);
        var moved = manager.CompleteMove(move, _nowMs);

        Assert.Same(moved, manager.Find(Partition));
        Assert.Equal(target + "/orders-0", moved.DirectoryPath);
        Assert.Equal(batches.SelectMany(batch => batch), ReadAll(moved));
        Assert.Equal(56, moved.View.HighWatermark.Value);
        Assert.Equal(AppendStatus.Duplicate, moved.Append(Batches.Of(9, 0, 55), new LeaderEpoch(1), _nowMs).Status);
        Assert.Equal(56, moved.Append(Batches.Plain(), new LeaderEpoch(2), _nowMs).FirstOffset.Value);
    }

    [Fact]
    public void A_move_goes_on_after_a_restart()
    {
        string target;
        using (var manager = Open())
        {
            var log = manager.GetOrCreate(Partition, Id, LogConfig.Default);
            Append(log, 20);
            target = Other(manager, log);
            manager.BeginMove(log, target)!.Copy(300, _nowMs);
            manager.Close();
        }
        _disk.KillProcess();
        using var again = Open();

        Assert.NotNull(again.FindFuture(Partition));
        var move = again.BeginMove(again.Find(Partition)!, target)!;
        Assert.InRange(move.OffsetLag, 1, 19);
        Assert.Equal(20, again.CompleteMove(move, _nowMs).View.LogEndOffset.Value);
    }

    [Fact]
    public void A_crash_before_the_copy_has_its_name_leaves_the_source()
    {
        using (var manager = Open())
        {
            var log = manager.GetOrCreate(Partition, Id, LogConfig.Default);
            Append(log, 20);
            var move = manager.BeginMove(log, Other(manager, log))!;
            FailRenames("-future");
            Assert.ThrowsAny<IOException>(() => manager.CompleteMove(move, _nowMs));
            Assert.Same(log, manager.Find(Partition));
            Assert.Equal(20, log.Append(Batches.Of(9, 0, 20), new LeaderEpoch(1), _nowMs).FirstOffset.Value);
        }
        _disk.Fault = null;
        _disk.KillProcess();
        using var again = Open();

        var found = again.Find(Partition)!;
        Assert.Equal(21, found.View.LogEndOffset.Value);
        Assert.Equal(21, again.CompleteMove(again.BeginMove(found, Other(again, found))!, _nowMs).View.LogEndOffset.Value);
    }

    [Fact]
    public void A_crash_between_the_two_renames_leaves_one_log()
    {
        string target;
        using (var manager = Open())
        {
            var log = manager.GetOrCreate(Partition, Id, LogConfig.Default);
            Append(log, 20);
            target = Other(manager, log);
            FailRenames("/orders-0");
            var moved = manager.CompleteMove(manager.BeginMove(log, target)!, _nowMs);

            // The failed directory is the old one; the moved log goes on.
            Assert.Equal(["offline " + log.Directory.Path], _events);
            Assert.Equal(20, moved.Append(Batches.Of(9, 0, 20), new LeaderEpoch(1), _nowMs).FirstOffset.Value);
        }
        _disk.Fault = null;
        _disk.KillProcess();
        using var again = Open();

        Assert.Equal((target, 21L), (again.Find(Partition)!.Directory.Path, again.Find(Partition)!.View.LogEndOffset.Value));
        Assert.Contains(_disk.Paths, path => path.Contains("-stray/"));
        Assert.Null(again.FindFuture(Partition));
    }

    [Fact]
    public void A_copy_belongs_to_the_topic_of_its_id_since_its_name_may_be_cut()
    {
        var partition = new TopicPartition(new string('t', TopicName.MaxLength), 3);
        string target;
        using (var manager = Open())
        {
            var log = manager.GetOrCreate(partition, Id, LogConfig.Default);
            Append(log, 20);
            target = Other(manager, log);
            var move = manager.BeginMove(log, target)!;
            move.Copy(300, _nowMs);
            Assert.Equal(255, Path.GetFileName(move.Target.DirectoryPath).Length);
        }
        _disk.KillProcess();
        using var again = Open();

        Assert.Equal(target, again.FindFuture(partition)!.Directory.Path);
        var moved = again.CompleteMove(again.BeginMove(again.Find(partition)!, target)!, _nowMs);
        Assert.Equal((20L, $"{target}/{partition}"), (moved.View.LogEndOffset.Value, moved.DirectoryPath));
    }

    [Fact]
    public void A_copy_without_its_original_is_kept_and_not_used()
    {
        using (var manager = Open())
        {
            var log = manager.GetOrCreate(Partition, Id, LogConfig.Default);
            Append(log, 20);
            manager.BeginMove(log, Other(manager, log))!.Copy(300, _nowMs);
            _disk.DeleteDirectory(log.DirectoryPath);
        }
        _disk.KillProcess();
        using var again = Open();

        Assert.Null(again.Find(Partition));
        Assert.Null(again.FindFuture(Partition));
        Assert.Contains(_disk.Paths, path => path.Contains("-future/"));
    }

    [Fact]
    public async Task A_deletion_in_the_middle_of_a_copy_harms_no_directory()
    {
        using var manager = Open();
        var log = manager.GetOrCreate(Partition, Id, LogConfig.Default with { FileDeleteDelayMs = 0 });
        Append(log, 200);
        var move = manager.BeginMove(log, Other(manager, log))!;
        using var begun = new ManualResetEventSlim();
        var copying = Task.Run(() =>
        {
            try
            {
                while (move.Copy(100, _nowMs) > 0)
                    begun.Set();
            }
            catch (IOException)
            {
                // Given up.
            }
        });

        begun.Wait();
        manager.Delete(log);

        await copying;
        Assert.Empty(_events);
        Assert.Throws<IOException>(() => move.Copy(100, _nowMs));
        manager.Tick(_nowMs + 1);
        Assert.DoesNotContain(_disk.Paths, path => path.Contains("orders"));
    }

    [Fact]
    public void A_move_follows_a_truncation_of_its_source()
    {
        using var manager = Open();
        var log = manager.GetOrCreate(Partition, Id, LogConfig.Default);
        Append(log, 20);
        var move = manager.BeginMove(log, Other(manager, log))!;
        while (move.Copy(1000, _nowMs) > 0)
        {
        }
        log.TruncateTo(new Offset(10));
        log.Append(Batches.Plain(5, timestamp: 77), new LeaderEpoch(2), _nowMs);
        for (var i = 0; i < 20; i++)
            log.Append(Batches.Plain(), new LeaderEpoch(2), _nowMs);

        var expected = ReadAll(log);

        Assert.Equal(expected, ReadAll(manager.CompleteMove(move, _nowMs)));
    }

    [Fact]
    public void A_move_that_is_given_up_leaves_nothing()
    {
        using var manager = Open();
        var log = manager.GetOrCreate(Partition, Id, LogConfig.Default with { FileDeleteDelayMs = 0 });
        Append(log, 2);
        manager.BeginMove(log, Other(manager, log))!.Copy(1000, _nowMs);

        manager.CancelMove(Partition);
        manager.Tick(_nowMs + 1);

        Assert.Null(manager.FindFuture(Partition));
        Assert.DoesNotContain(_disk.Paths, path => path.Contains("-future"));
    }
}
