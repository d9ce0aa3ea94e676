using ActorBroker.Actors.Streams;
using ActorBroker.Links;
using ActorBroker.Model;
using ActorBroker.Records;
using ActorBroker.Replication;
using ActorBroker.Storage;
using Akka.Actor;
using Akka.Event;

namespace ActorBroker.Actors.Partitions;

/// <summary>The shell of the follower's core: checks and writes what the leader pushes. Pushes that are in the mailbox together are written together.</summary>
public sealed partial class ReplicaActor
{
    private readonly List<FollowerEffect> followerEffects = [];
    private readonly List<PushMessage> pushes = [];
    private readonly List<ReadOnlyMemory<byte>> pushedBytes = [];

    /// <summary>Streams in a row that did not continue this log, and the last of them.</summary>
    private int misfits;
    private long misfitSession;

    private sealed record WritePushes
    {
        public static WritePushes Instance { get; } = new();
    }

    private void OnPush(PushMessage message)
    {
        if (ToFollower(message.Stream) is not { } core)
        {
            message.Payload?.Dispose();
            return;
        }

        core.Step(message.Push, NowMs, followerEffects);
        var isAccepted = false;
        foreach (var effect in followerEffects)
        {
            isAccepted |= effect.Kind == FollowerEffectKind.Write;
        }

        if (!isAccepted)
        {
            message.Payload?.Dispose();
            return;
        }

        pushes.Add(message);
        if (pushes.Count == 1)
        {
            Self.Tell(WritePushes.Instance, Self);
        }
    }

    /// <summary>Writes what was accepted; before anything else than a push is looked at.</summary>
    private void OnWritePushes()
    {
        if (pushes.Count == 0)
        {
            return;
        }

        if (log is null || follower is null)
        {
            DropPushes();
            return;
        }

        foreach (var message in pushes)
        {
            if (Problem(message, log.View) is { } problem)
            {
                Context.GetLogger().Error(
                    "{0}: node {1} pushed records from offset {2} that cannot be taken: {3}", partition.Id, message.Stream.Leader, message.Push.From, problem);
                DropPushes();
                StepWriteFailed();
                return;
            }

            pushedBytes.Add(message.Payload!.Bytes);
            CountThrottled(message.Push.Bytes);
        }

        var result = log.AppendAsFollower(pushedBytes, settings.NowMs());
        pushedBytes.Clear();
        DropPushes();
        if (!result.IsSuccess)
        {
            Context.GetLogger().Error("{0}: pushed records could not be written: {1}", partition.Id, StorageErrors.Explain(result.Status, log) ?? result.Status.ToString());
            StepWriteFailed();
            if (result.Status == AppendStatus.StorageError)
            {
                Fail(log.Directory.Failure ?? new IOException("the log is closed"));
            }

            return;
        }

        follower.Step(new Written(log.View.LogEndOffset), NowMs, followerEffects);
        CarryOut();
        RequestFlush();
        partition.NotifyWatchers();
    }

    private void StepWriteFailed()
    {
        follower!.Step(new WriteFailed(log!.View.LogEndOffset), NowMs, followerEffects);
        CarryOut();
    }

    private void DropPushes()
    {
        pushedBytes.Clear();
        foreach (var message in pushes)
        {
            message.Payload!.Dispose();
        }

        pushes.Clear();
    }

    /// <summary>What is wrong with the batches of a push; null when nothing is.</summary>
    private static string? Problem(PushMessage message, LogView log)
    {
        var next = message.Push.From.Value;
        // Where records were deleted, the first batch may begin below the start of the leader's log, where this one begins, too.
        var mayHoldStart = message.Push.From == log.LogStartOffset && log.LogStartOffset == log.LogEndOffset;
        var entries = new BatchEntries(message.Payload!.Bytes.Span);
        while (entries.MoveNext())
        {
            if (entries.Current.TryGetBatch(out var batch, out _))
            {
                if (!batch.IsCrcValid)
                {
                    return $"the batch at offset {batch.BaseOffset} does not fit its CRC";
                }

                if (batch.BaseOffset < next && !(mayHoldStart && batch.LastOffset >= next))
                {
                    return $"a batch begins at offset {batch.BaseOffset} where {next} is expected";
                }

                if (batch.LeaderEpoch > message.Stream.LeaderEpoch.Value)
                {
                    return $"the batch at offset {batch.BaseOffset} has leader epoch {batch.LeaderEpoch} in a stream of epoch {message.Stream.LeaderEpoch}";
                }
            }

            next = entries.Current.LastOffset + 1;
            mayHoldStart = false;
        }

        return entries.Position != message.Payload.Bytes.Length ? $"the bytes after offset {next} are no batch"
            : next != message.Push.End.Value ? $"the records end at offset {next} and not at {message.Push.End}"
            : null;
    }

    private void CarryOutFollower()
    {
        for (var i = 0; i < followerEffects.Count; i++)
        {
            try
            {
                CarryOut(followerEffects[i]);
            }
            catch (IOException e)
            {
                followerEffects.Clear();
                Fail(e);
                return;
            }
        }

        followerEffects.Clear();
    }

    private void CarryOut(in FollowerEffect effect)
    {
        switch (effect.Kind)
        {
            case FollowerEffectKind.SendAck:
                NoteVerdict(effect.Ack);
                Send(effect.Ack.Stream.Leader, new PushAckMessage(WirePartition, effect.Ack));
                break;
            case FollowerEffectKind.SendState:
                Send(effect.State.Stream.Leader, new FollowerStateMessage(WirePartition, effect.State));
                break;
            case FollowerEffectKind.SendRefusal:
                Send(effect.Refusal.Stream.Leader, new RefusalMessage(WirePartition, effect.Refusal));
                break;
            case FollowerEffectKind.SetHighWatermark:
                Advance(effect.Offset);
                break;
            case FollowerEffectKind.SetLogStart:
                log!.SetLogStartOffset(effect.Offset);
                break;
            case FollowerEffectKind.ReportDivergedBelowHighWatermark:
                Context.GetLogger().Error(
                    "{0}: the leader's log differs from offset {1} on, and {2} were committed here: records are lost, as after an unclean election",
                    partition.Id, effect.Offset, log!.View.HighWatermark);
                break;
            case FollowerEffectKind.Truncate or FollowerEffectKind.RestartAt:
                Truncate(effect);
                break;
        }
    }

    /// <summary>One stream that does not fit is a connection that broke; many in a row are a leader and a follower that do not understand each other. Said at the second, fourth, eighth … .</summary>
    private void NoteVerdict(in PushAck ack)
    {
        if (ack.Verdict != PushVerdict.Diverged)
        {
            misfits = ack.Verdict == PushVerdict.Written ? 0 : misfits;
        }
        else if (ack.Stream.Session != misfitSession)
        {
            misfitSession = ack.Stream.Session;
            misfits++;
            if (misfits > 1 && int.IsPow2(misfits))
            {
                Context.GetLogger().Warning(
                    "{0}: {1} streams in a row of leader {2} in epoch {3} did not continue what is here, which ends at offset {4}; it begins again each time",
                    partition.Id, misfits, ack.Stream.Leader, partition.LeaderEpoch, log!.View.LogEndOffset);
            }
        }
    }

    /// <summary>The leader may name the log's own end: then nothing is cut, and nothing is said.</summary>
    private void Truncate(in FollowerEffect effect)
    {
        var (start, end) = (log!.View.LogStartOffset, log.View.LogEndOffset);
        if (effect.Kind == FollowerEffectKind.RestartAt)
        {
            log.TruncateFullyAndStartAt(effect.Offset);
        }
        else
        {
            log.TruncateTo(effect.Offset);
        }

        if (effect.Kind == FollowerEffectKind.RestartAt && start < end)
        {
            Context.GetLogger().Info("{0}: deleted offsets {1} to {2}, to begin anew at offset {3} as the leader says", partition.Id, start, end, effect.Offset);
        }
        else if (log.View.LogEndOffset < end)
        {
            Context.GetLogger().Info("{0}: truncated from offset {1} to {2} as the leader says", partition.Id, end, log.View.LogEndOffset);
        }

        follower!.Step(new Truncated(log.View.LogEndOffset), NowMs, followerEffects);
        partition.NotifyWatchers();
    }
}
