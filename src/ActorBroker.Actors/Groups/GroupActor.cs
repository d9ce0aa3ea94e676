using ActorBroker.Actors.Partitions;
using ActorBroker.Coordination.Groups;
using ActorBroker.Protocol;
using Akka.Actor;

namespace ActorBroker.Actors.Groups;

/// <summary>
/// The shell of one group. Messages: <see cref="GroupCall"/> and every <see cref="GroupEvent"/> that is not a request. Effects: replies go to
/// the calls, records to the partition's leader, the group's wake-up to the scheduler, and its line in the list to the directory.
/// Supervision: a failure escalates, because a group that threw no longer knows what its log says; the coordinator then
/// loads all its groups again.
/// </summary>
internal sealed class GroupActor(GroupCore core, IPartitionAppender log, GroupDirectory directory, TimeProvider time) : UntypedActor
{
    private readonly Dictionary<RequestToken, GroupCall> _waiting = [];
    private ICancelable? _wakeUp;
    private long _nowMs;

    /// <summary>To the coordinator: nothing is left of the group. Until it is stopped it refuses whatever is still on the way.</summary>
    public sealed record Gone(string GroupId, IActorRef Group);

    public static Props Create(GroupCore core, IPartitionAppender log, GroupDirectory directory, TimeProvider time) =>
        Props.Create(() => new GroupActor(core, log, directory, time));

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case GroupCall call:
                _waiting.Add(call.Request.Token, call);
                Step(call.Request);
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

    private void Step(GroupEvent happened)
    {
        // The wall clock may be set back; a group's time is not.
        _nowMs = Math.Max(_nowMs, time.GetUtcNow().ToUnixTimeMilliseconds());
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
                log.Append(new AppendRecords(Self, write.WriteId, GroupRecordCodec.EncodeBatch(write.Records, _nowMs)));
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

        public AppendRecords(IActorRef group, long writeId, byte[] batch)
        {
            _group = group;
            _writeId = writeId;
            Batches = batch;
            Acks = RequiredAcks.All;
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
