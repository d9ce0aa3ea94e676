using ActorBroker.Actors.Runtime;
using ActorBroker.Coordination.Groups;
using ActorBroker.Model;
using Akka.Actor;
using Akka.Event;

namespace ActorBroker.Actors.Groups;

/// <summary>
/// Coordinates the groups of one partition of the offsets topic while this node leads it: loads them from the log, then passes calls
/// to one actor per group. Once started it stays; when the partition moves away it refuses, so that no call is ever lost on the way. A new epoch of the
/// same leader begins with a load as well: what was being written in the one before may be in the log or not.
/// Supervision: a failing group fails the coordinator, which is restarted and loads everything again from the log.
/// </summary>
/// <param name="leads">The epoch in which this node leads the partition by the latest image; unknown when it does not.</param>
/// <param name="log">The partition's log as its leader in an epoch; null while this node does not serve it in that.</param>
internal sealed class GroupCoordinatorActor(
    int partition, Func<LeaderEpoch> leads, Func<LeaderEpoch, ICoordinatorLog?> log, GroupDirectory directory, GroupSettings settings, TimeProvider time)
    : UntypedActor, IWithTimers
{
    private const int FirstRetryMs = 10;
    private const int LongestRetryMs = 1_000;

    private readonly Dictionary<string, IActorRef> _groups = [];
    private readonly ILoggingAdapter _logger = Context.GetLogger();
    private Mode _mode = Mode.Resigned;
    private ICoordinatorLog? _log;
    private LeaderEpoch _epoch = LeaderEpoch.Unknown;
    private int _term;
    private int _retryMs = FirstRetryMs;
    private long _incarnations;
    private bool _isCountedAsLoading;
    private volatile bool _isStopped;

    private enum Mode
    {
        Resigned,
        Loading,
        Active,
    }

    /// <summary>This node leads the partition, in an epoch that is newer than the one before.</summary>
    public sealed record Lead(LeaderEpoch Epoch);

    /// <summary>This node does not lead the partition any more.</summary>
    public sealed record Resign;

    private sealed record TryLoad;

    private sealed record LoadCompleted(int Term, ICoordinatorLog Log, LoadedGroups Found, TimeSpan Took);

    private sealed record LoadFailed(int Term, Exception Error);

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Create(
        int partition, Func<LeaderEpoch> leads, Func<LeaderEpoch, ICoordinatorLog?> log, GroupDirectory directory, GroupSettings settings, TimeProvider time) =>
        ActorProps.Of(() => new GroupCoordinatorActor(partition, leads, log, directory, settings, time));

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Escalate);

    /// <summary>After a restart nobody tells again which epoch it is.</summary>
    protected override void PreStart()
    {
        if (leads() is var epoch && epoch != LeaderEpoch.Unknown)
        {
            OnLead(epoch);
        }
    }

    protected override void PostStop()
    {
        _isStopped = true;
        CountAsLoading(false);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case GroupCall call:
                OnCall(call);
                break;
            case GroupActor.Gone gone:
                OnGone(gone);
                break;
            case GroupEvent.ExpireOffsets or GroupEvent.TopicsDeleted:
                TellAll((GroupEvent)message);
                break;
            case Lead lead:
                OnLead(lead.Epoch);
                break;
            case Resign:
                OnResign();
                break;
            case TryLoad when _mode == Mode.Loading:
                StartLoad();
                break;
            case LoadCompleted completed when completed.Term == _term:
                OnLoaded(completed);
                break;
            case LoadFailed failed when failed.Term == _term:
                OnLoadFailed(failed);
                break;
            case TryLoad or LoadCompleted or LoadFailed:
                break; // of an earlier term
            default:
                Unhandled(message);
                break;
        }
    }

    private void OnCall(GroupCall call)
    {
        if (_mode == Mode.Resigned)
        {
            call.Refuse(GroupError.NotCoordinator);
        }
        else if (_mode == Mode.Loading)
        {
            call.Complete(AbsentGroup.ReplyWhileLoading(call.Request));
        }
        else if (_groups.TryGetValue(call.GroupId, out var group))
        {
            group.Tell(call, Self);
        }
        else if (AbsentGroup.ReplyTo(call.Request) is { } reply)
        {
            call.Complete(reply);
        }
        else
        {
            StartGroup(new GroupCore(call.GroupId, settings)).Tell(call, Self);
        }
    }

    private IActorRef StartGroup(GroupCore core)
    {
        // A predecessor of the same id may still be stopping.
        var name = $"{Uri.EscapeDataString(core.GroupId)}.{++_incarnations}";
        var group = Context.ActorOf(GroupActor.Create(core, _log!, directory, TimeSpan.FromMilliseconds(settings.OffsetsCommitTimeoutMs), time), name);
        _groups.Add(core.GroupId, group);
        return group;
    }

    private void OnGone(GroupActor.Gone gone)
    {
        // What was passed on before is refused by the group; what comes from now on finds no group, or a new one.
        if (_groups.TryGetValue(gone.GroupId, out var current) && current.Equals(gone.Group))
        {
            _groups.Remove(gone.GroupId);
        }

        gone.Group.Tell(PoisonPill.Instance, Self);
    }

    private void TellAll(GroupEvent happened)
    {
        foreach (var group in _groups.Values)
        {
            group.Tell(happened, Self);
        }
    }

    private void OnLead(LeaderEpoch epoch)
    {
        if (epoch <= _epoch)
        {
            return;
        }

        if (_mode != Mode.Resigned)
        {
            OnResign();
        }

        _epoch = epoch;
        _mode = Mode.Loading;
        _retryMs = FirstRetryMs;
        CountAsLoading(true);
        StartLoad();
    }

    private void OnResign()
    {
        _term++;
        _epoch = LeaderEpoch.Unknown;
        _mode = Mode.Resigned;
        CountAsLoading(false);
        TellAll(new GroupEvent.Unload()); // each answers with Gone, and is stopped then
        _groups.Clear();
        _log = null;
    }

    private void StartLoad()
    {
        if (log(_epoch) is not { } found)
        {
            RetryLater();
            return;
        }

        // Reading blocks: not on a thread that runs actors.
        var term = ++_term;
        var loader = new GroupLoader(found, settings);
        var startedAt = time.GetTimestamp();
        Task.Factory.StartNew(() => loader.Load(() => _isStopped), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
            .PipeTo(Self, Self,
                groups => new LoadCompleted(term, found, groups, time.GetElapsedTime(startedAt)),
                error => new LoadFailed(term, error));
    }

    private void OnLoaded(LoadCompleted completed)
    {
        _log = completed.Log;
        _mode = Mode.Active;
        foreach (var core in completed.Found.Groups)
        {
            StartGroup(core).Tell(new GroupEvent.Loaded(), Self);
        }

        CountAsLoading(false);
        if (completed.Found.Records > 0)
        {
            _logger.Info("Loaded {0} groups of offsets partition {1} from {2} records ({3} bytes) in {4} ms", completed.Found.Groups.Count,
                partition, completed.Found.Records, completed.Found.Bytes, (long)completed.Took.TotalMilliseconds);
        }
    }

    private void OnLoadFailed(LoadFailed failed)
    {
        if (_retryMs >= LongestRetryMs)
        {
            _logger.Error(failed.Error, "Loading the groups of offsets partition {0} failed; trying again", partition);
        }

        RetryLater();
    }

    private void RetryLater()
    {
        Timers.StartSingleTimer(nameof(TryLoad), new TryLoad(), TimeSpan.FromMilliseconds(_retryMs));
        _retryMs = Math.Min(2 * _retryMs, LongestRetryMs);
    }

    private void CountAsLoading(bool isLoading)
    {
        if (isLoading != _isCountedAsLoading)
        {
            _isCountedAsLoading = isLoading;
            if (isLoading)
            {
                directory.LoadStarted();
            }
            else
            {
                directory.LoadEnded();
            }
        }
    }
}
