using ActorBroker.Actors.Streams;
using ActorBroker.Links;
using ActorBroker.Model;
using ActorBroker.Records;
using ActorBroker.Replication;
using ActorBroker.Storage;
using Akka.Actor;
using Akka.Event;

namespace ActorBroker.Actors.Partitions;

/// <summary>Feeds followers from the log: what they missed, or what is older than the leadership.</summary>
public sealed partial class ReplicaActor
{
    /// <summary>Reads that the node's rate for catching up does not allow yet.</summary>
    private readonly List<LeaderEffect> heldReads = [];
    private long catchUpNotBeforeMs;

    private void TakeUpHeldReads()
    {
        if (heldReads.Count > 0 && NowMs >= catchUpNotBeforeMs)
        {
            leaderEffects.AddRange(heldReads);
            heldReads.Clear();
        }
    }

    /// <summary>Followers that are out of sync share the node's rate; those in sync never wait.</summary>
    private void ReadOrHold(in LeaderEffect effect)
    {
        var push = effect.Push;
        var bytes = push.Bytes;
        if (effect.IsCatchUp && (NowMs < catchUpNotBeforeMs || !MayFeed(effect.Node, ref bytes)))
        {
            heldReads.Add(effect);
            return;
        }

        push = push with { Bytes = bytes };
        if (ReadBatches(ref push) is { } payload)
        {
            if (effect.IsCatchUp)
            {
                catchUpNotBeforeMs = NowMs + (long)Replication.CatchUp.Charge(push.Bytes).TotalMilliseconds;
                NoteFed(effect.Node, push.Bytes);
            }

            untold.Remove(effect.Node);
            Send(effect.Node, new PushMessage(WirePartition, push, payload));
            leader!.Step(new PushedFromLog(effect.Node, push.Stream.Session, push.From, push.End, push.Bytes), NowMs, leaderEffects);
        }
        else
        {
            leader!.Step(new ReadFailed(effect.Node, push.Stream.Session), NowMs, leaderEffects);
        }
    }

    private PushPayload? ReadBatches(ref Push push)
    {
        try
        {
            var read = log!.View.Read(push.From, push.Bytes, log.View.LogEndOffset, atLeastOneBatch: true);
            if (read.Status != ReadStatus.Ok || read.Slice.IsEmpty)
            {
                read.Slice.Release();
                if (read.Status == ReadStatus.Corrupt)
                {
                    OnDamageFound(push.From);
                }

                return null;
            }

            var payload = PushPayload.Rent(read.Slice.Length);
            try
            {
                if (read.Slice.Read(payload.Bytes.Span) == payload.Bytes.Length)
                {
                    if (TryEndOf(payload.Bytes.Span, out var end, out var epoch, out var damage))
                    {
                        push = push with { End = end, LastEpoch = epoch, Bytes = payload.Bytes.Length };
                        return payload;
                    }

                    OnDamageFound(damage ?? push.From);
                }
            }
            finally
            {
                read.Slice.Release();
            }

            payload.Dispose();
        }
        catch (IOException e)
        {
            Context.GetLogger().Warning("{0} could not be read for a follower at offset {1}: {2}", partition.Id, push.From, e.Message);
        }

        return null;
    }

    /// <param name="damage">The offset of a batch that does not fit its checksum: followers would refuse it.</param>
    private static bool TryEndOf(ReadOnlySpan<byte> batches, out Offset end, out LeaderEpoch epoch, out Offset? damage)
    {
        (end, epoch, damage) = (Offset.Unknown, LeaderEpoch.Unknown, null);
        var entries = new BatchEntries(batches);
        while (entries.MoveNext())
        {
            epoch = LeaderEpoch.Unknown;
            if (entries.Current.TryGetBatch(out var batch, out _))
            {
                epoch = new LeaderEpoch(batch.LeaderEpoch);
                if (!batch.IsCrcValid)
                {
                    damage = new Offset(batch.BaseOffset);
                    return false;
                }
            }

            end = new Offset(entries.Current.LastOffset + 1);
        }

        return end != Offset.Unknown && entries.Position == batches.Length;
    }
}
