using System.Buffers.Binary;
using System.Collections.Immutable;
using ActorBroker.Metadata;
using ActorBroker.Metadata.Quorum;
using ActorBroker.Model;
using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;
using ActorBroker.Records;

namespace ActorBroker.Actors.Controller;

/// <summary>
/// The bytes of the metadata journal's batches, as Kafka's own tools read them: events as metadata records, the quorum's own batches as control records
/// (LeaderChangeMessage, VotersRecord). The controller epoch is the batch's leader epoch.
/// </summary>
internal static class JournalRecords
{
    /// <summary>A batch of events, one record each.</summary>
    public static byte[] OfEvents(Offset baseOffset, ControllerEpoch epoch, IEnumerable<MetadataEvent> events, long nowMs)
    {
        using var builder = new RecordBatchBuilder(new BatchProperties { BaseOffset = baseOffset.Value, LeaderEpoch = epoch.Value });
        foreach (var change in events)
        {
            builder.Append(nowMs, default, MetadataRecordCodec.Encode(change));
        }

        return builder.BuildArray();
    }

    /// <summary>A batch of the quorum's own.</summary>
    /// <param name="leader">The controller's node.</param>
    public static byte[] OfControl(JournalBatch batch, NodeId leader, VoterSet? voters, long nowMs) => batch.Kind switch
    {
        JournalBatchKind.LeaderChange => OfControl(batch.BaseOffset, batch.Epoch, nowMs, (ControlRecordType.LeaderChange, new LeaderChangeMessage
        {
            LeaderId = leader.Value,
            Voters = [.. (voters?.Voters ?? []).Select(voter => new LeaderChangeMessage.Voter { VoterId = voter.Node.Value })],
        })),
        JournalBatchKind.Voters => OfControl(batch.BaseOffset, batch.Epoch, nowMs, (ControlRecordType.KRaftVoters, Record(batch.Voters!))),
        _ => throw new ArgumentException($"{batch} is no control batch", nameof(batch)),
    };

    /// <summary>A control batch of any of Kafka's control messages.</summary>
    public static byte[] OfControl(Offset baseOffset, ControllerEpoch epoch, long nowMs, params ReadOnlySpan<(ControlRecordType Type, IMessage Message)> records)
    {
        using var builder = new RecordBatchBuilder(new BatchProperties { BaseOffset = baseOffset.Value, LeaderEpoch = epoch.Value, IsControl = true });
        Span<byte> key = stackalloc byte[4];
        key.Clear();
        foreach (var (type, message) in records)
        {
            BinaryPrimitives.WriteInt16BigEndian(key[2..], (short)type);
            using var writer = new ProtocolWriter();
            message.Write(writer, 0);
            builder.Append(nowMs, (ReadOnlySpan<byte>)key, writer.ToArray());
        }

        return builder.BuildArray();
    }

    public static VotersRecord Record(VoterSet voters) => new()
    {
        Voters =
        [
            .. voters.Voters.Select(voter => new VotersRecord.Voter
            {
                VoterId = voter.Node.Value,
                VoterDirectoryId = voter.DirectoryId,
                KRaftVersionFeature = new VotersRecord.KRaftVersionFeature { MinSupportedVersion = 0, MaxSupportedVersion = 1 },
            }),
        ],
    };

    /// <summary>What the batches are, each checked: whole, with a right CRC, in order.</summary>
    /// <exception cref="InvalidDataException">They are not.</exception>
    public static ImmutableArray<JournalBatch> Parse(ReadOnlySpan<byte> bytes)
    {
        var batches = ImmutableArray.CreateBuilder<JournalBatch>();
        var read = 0;
        foreach (var entry in new BatchEntries(bytes))
        {
            if (!entry.TryGetBatch(out var batch, out var problem) || !batch.IsCrcValid)
            {
                throw new InvalidDataException($"a batch of the metadata journal is damaged at byte {read}: {problem}");
            }

            batches.Add(Describe(batch));
            read += batch.SizeInBytes;
        }

        return read == bytes.Length
            ? batches.ToImmutable()
            : throw new InvalidDataException($"the metadata journal ends in the middle of a batch: {bytes.Length - read} bytes are left over");
    }

    /// <summary>Whether the batches are a snapshot from its header to its footer. Without the footer it may have been cut between two batches.</summary>
    /// <param name="bytes">Whole batches, see <see cref="Parse"/>.</param>
    public static bool IsWholeSnapshot(ReadOnlySpan<byte> bytes)
    {
        ControlRecordType? first = null;
        ControlRecordType? last = null;
        foreach (var entry in new BatchEntries(bytes))
        {
            last = null;
            if (!entry.TryGetBatch(out var batch, out _) || !batch.IsControl)
            {
                continue;
            }

            var records = new RecordEnumerator(batch.Payload, batch);
            while (records.MoveNext())
            {
                last = TransactionMarker.TryReadType(records.Current, out var type) ? type : null;
                first ??= last;
            }
        }

        return first == ControlRecordType.SnapshotHeader && last == ControlRecordType.SnapshotFooter;
    }

    /// <summary>Gives each event of the batches from an offset on, in order.</summary>
    /// <exception cref="InvalidDataException">The batches hold what this version cannot read.</exception>
    public static void ReadEvents(ReadOnlySpan<byte> bytes, Offset from, Action<Offset, MetadataEvent> onEvent)
    {
        foreach (var entry in new BatchEntries(bytes))
        {
            if (!entry.TryGetBatch(out var batch, out var problem))
            {
                throw new InvalidDataException($"a batch of the metadata journal is damaged: {problem}");
            }

            if (batch.IsControl || batch.NextOffset <= from.Value)
            {
                continue;
            }

            ReadEvents(batch, onEvent);
        }
    }

    private static void ReadEvents(RecordBatchView batch, Action<Offset, MetadataEvent> onEvent)
    {
        if (BatchRecords.TryOpen(batch, ValidationOptions.DefaultMaxDecompressedBytes, out var records) is var failed && failed != RecordsProblem.None)
        {
            throw new InvalidDataException($"the metadata journal's batch at offset {batch.BaseOffset} is damaged: {failed}");
        }

        using (records)
        {
            while (records.MoveNext())
            {
                onEvent(new Offset(records.Current.Offset), Decode(records.Current));
            }
        }
    }

    private static MetadataEvent Decode(in Record record)
    {
        try
        {
            return MetadataRecordCodec.Decode(record.Value.ToArray() ?? []);
        }
        catch (ProtocolException e)
        {
            throw new InvalidDataException($"the metadata journal holds at offset {record.Offset} what this version cannot read: {e.Message}", e);
        }
    }

    private static JournalBatch Describe(RecordBatchView batch)
    {
        var kind = JournalBatchKind.Events;
        VoterSet? voters = null;
        if (batch.IsControl)
        {
            kind = JournalBatchKind.LeaderChange;
            var records = new RecordEnumerator(batch.Payload, batch);
            while (records.MoveNext())
            {
                if (TransactionMarker.TryReadType(records.Current, out var type) && type == ControlRecordType.KRaftVoters)
                {
                    kind = JournalBatchKind.Voters;
                    voters = ReadVoters(records.Current);
                }
            }
        }

        return new JournalBatch(
            new ControllerEpoch(batch.LeaderEpoch), new Offset(batch.BaseOffset), checked((int)(batch.NextOffset - batch.BaseOffset)), kind, voters);
    }

    private static VoterSet ReadVoters(in Record record)
    {
        try
        {
            var message = new VotersRecord();
            var reader = new ProtocolReader(record.Value.ToArray() ?? []);
            message.Read(ref reader, 0);
            return VoterSet.Of(message.Voters.Select(voter => new JournalReplica(new NodeId(voter.VoterId), voter.VoterDirectoryId)));
        }
        catch (Exception e) when (e is ProtocolException or ArgumentException)
        {
            throw new InvalidDataException($"the metadata journal's voters at offset {record.Offset} cannot be read: {e.Message}", e);
        }
    }
}
