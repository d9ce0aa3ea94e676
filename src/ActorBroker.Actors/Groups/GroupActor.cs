using ActorBroker.Actors.Node;
using ActorBroker.Actors.Partitions;
using ActorBroker.Actors.Runtime;
using ActorBroker.Coordination.Groups;
using ActorBroker.Model;
using ActorBroker.Protocol;
using Akka.Actor;

namespace ActorBroker.Actors.Groups;

/// <summary>
/// The shell of one group. Messages: <see cref="GroupCall"/> and every <see cref="GroupEvent"/> that is not a request. Effects: replies go to
/// the calls, records to the partition's leader, the group's wake-up to the scheduler, and its line in the list to the directory.
/// Supervision: a failure escalates, because a group that threw no longer knows what its log says; the coordinator then
/// loads all its groups again.
/// </summary>
internal sealed class GroupActor(GroupCore core, IPartitionAppender log, GroupDirectory directory, TimeSpan writeTimeout, TimeProvider time)
    : UntypedActor
{
    private readonly Dictionary<RequestToken, GroupCall> _waiting = [];

    /// <summary>Calls that wait for nothing but their write, in the order of their deadlines; some may have their answer.</summary>
    private readonly Queue<(RequestToken Token, long Since)> _writing = new();
    private readonly SteadyClock _clock = new(time);
    private ICancelable? _wakeUp;
    private long _nowMs;

    /// <summary>To the coordinator: nothing is left of the group. Until it is stopped it refuses whatever is still on the way.</summary>
    public sealed record Gone(string GroupId, IActorRef Group);

    private sealed record CheckWrites
    {
        public static CheckWrites Instance { get; } = new();
    }

    public static Props Create(GroupCore core, IPartitionAppender log, GroupDirectory directory, TimeSpan writeTimeout, TimeProvider time) =>
        ActorProps.Of(() => new GroupActor(core, log, directory, writeTimeout, time));

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case GroupCall call:
                _waiting.Add(call.Request.Token, call);
                Step(call.Request);
                BoundWrite(call);
                break;
            case CheckWrites:
                OnCheckWrites();
                break;
            case GroupEvent happened:
                Step(happened);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    protected override void PostStop()
    {
        _wakeUp?.Cancel();
        directory.Forget(core.GroupId, Self);
        foreach (var call in _waiting.Values)
        {
            call.Refuse(GroupError.CoordinatorNotAvailable);
        }
    }

    /// <summary>
    /// A client hears of its write within <c>offsets.commit.timeout.ms</c>, if only that it is not known to be stored. The write itself goes on,
    /// and counts when it is committed later: what the group knows is what its log says.
    /// </summary>
    private void BoundWrite(GroupCall call)
    {
        if (call.Request is GroupEvent.CommitOffsets or GroupEvent.DeleteOffsets or GroupEvent.Delete && _waiting.ContainsKey(call.Request.Token))
        {
            _writing.Enqueue((call.Request.Token, time.GetTimestamp()));
            if (_writing.Count == 1)
            {
                ScheduleCheck(writeTimeout);
            }
        }
    }

    private void OnCheckWrites()
    {
        while (_writing.TryPeek(out var oldest))
        {
            var left = writeTimeout - time.GetElapsedTime(oldest.Since);
            if (left > TimeSpan.Zero && _waiting.ContainsKey(oldest.Token))
            {
                ScheduleCheck(left);
                return;
            }

            _writing.Dequeue();
            if (_waiting.Remove(oldest.Token, out var call))
            {
                call.Refuse(GroupError.CoordinatorNotAvailable);
            }
        }
    }

    private void ScheduleCheck(TimeSpan delay) =>
        Context.RemindAfter(delay, CheckWrites.Instance);

    private void Step(GroupEvent happened)
    {
        _nowMs = _clock.NowMs;
        foreach (var effect in core.Step(happened, _nowMs))
        {
            Execute(effect);
        }
    }

    private void Execute(GroupEffect effect)
    {
        switch (effect)
        {
            case GroupEffect.Reply reply when _waiting.Remove(reply.Token, out var call):
                call.Complete(reply.Result);
                break;
            case GroupEffect.Write write:
                log.Append(new AppendRecords(Self, log.LeaderEpoch, write.WriteId, GroupRecordCodec.EncodeBatch(write.Records, _nowMs)));
                break;
            case GroupEffect.WakeAt wake:
                _wakeUp?.Cancel();
                _wakeUp = Context.System.Scheduler.ScheduleTellOnceCancelable(
                    TimeSpan.FromMilliseconds(Math.Max(0, wake.AtMs - _nowMs)), Self, new GroupEvent.Tick(), ActorRefs.NoSender);
                break;
            case GroupEffect.OverviewChanged changed:
                directory.Show(changed.Overview, Self);
                break;
            case GroupEffect.Removed:
                _wakeUp?.Cancel();
                directory.Forget(core.GroupId, Self);
                Context.Parent.Tell(new Gone(core.GroupId, Self), Self);
                break;
        }
    }

    private sealed class AppendRecords : Append
    {
        private readonly IActorRef _group;
        private readonly long _writeId;

        public AppendRecords(IActorRef group, LeaderEpoch epoch, long writeId, byte[] batch)
        {
            _group = group;
            _writeId = writeId;
            Batches = batch;
            Acks = RequiredAcks.All;
            ExpectedEpoch = epoch;
            FromClient = false;
        }

        public override void Complete(in AppendOutcome outcome) =>
            _group.Tell(new GroupEvent.WriteCompleted(_writeId, ToWriteOutcome(outcome.Error)), ActorRefs.NoSender);
    }

    internal static WriteOutcome ToWriteOutcome(ErrorCode error) => error switch
    {
        ErrorCode.None => WriteOutcome.Written,
        ErrorCode.UnknownTopicOrPartition or ErrorCode.NotEnoughReplicas or ErrorCode.NotEnoughReplicasAfterAppend => WriteOutcome.Unavailable,
        ErrorCode.NotLeaderOrFollower or ErrorCode.KafkaStorageError => WriteOutcome.NotLeader,
        ErrorCode.RequestTimedOut => WriteOutcome.TimedOut,
        ErrorCode.MessageTooLarge or ErrorCode.RecordListTooLarge or ErrorCode.InvalidFetchSize => WriteOutcome.TooLarge,
        _ => WriteOutcome.Failed,
    };
}
