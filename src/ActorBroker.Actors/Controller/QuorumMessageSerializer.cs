using System.Collections.Immutable;
using System.Runtime.Serialization;
using ActorBroker.Metadata.Quorum;
using ActorBroker.Model;
using ActorBroker.Protocol;
using Akka.Actor;
using Akka.Serialization;

namespace ActorBroker.Actors.Controller;

/// <summary>
/// The wire form of the metadata quorum's messages and of the images' deltas: their fields in order, numbers in network byte order, batches as they are on disk.
/// Each manifest names one message type; what else arrives is refused.
/// </summary>
public sealed class QuorumMessageSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    private static readonly (string Manifest, Type Type, Action<ProtocolWriter, object> Write, ReadMessage Read)[] Table =
    [
        Entry("P", static (writer, message) =>
        {
            Write(writer, message.Epoch);
            writer.WriteInt32(message.Proposer.Node.Value);
            writer.WriteUuid(message.Proposer.Incarnation);
        }, static (ref ProtocolReader reader) => new Prepare(ReadEpoch(ref reader), new ProposerId(new NodeId(reader.ReadInt32()), reader.ReadUuid()))),
        Entry("A", static (writer, message) =>
        {
            Write(writer, message.Epoch);
            Write(writer, message.Previous);
            writer.WriteInt64(message.Committed.Value);
            writer.WriteBytes(message.Batches, compact: true);
        }, static (ref ProtocolReader reader) => new JournalAppend(ReadEpoch(ref reader), ReadPosition(ref reader), ReadOffset(ref reader), reader.ReadBytes(compact: true))),
        Entry("L", static (writer, message) =>
        {
            Write(writer, message.Epoch);
            Write(writer, message.From);
        }, static (ref ProtocolReader reader) => new Pull(ReadEpoch(ref reader), ReadPosition(ref reader))),
        Entry("LR", static (writer, message) =>
        {
            Write(writer, message.From);
            Write(writer, message.Epoch);
            Write(writer, message.Previous);
            writer.WriteBytes(message.Batches, compact: true);
        }, static (ref ProtocolReader reader) => new JournalPulled(ReadReplica(ref reader), ReadEpoch(ref reader), ReadPosition(ref reader), reader.ReadBytes(compact: true))),
        Entry("PR", static (writer, message) =>
        {
            Write(writer, message.From);
            Write(writer, message.Epoch);
            Write(writer, message.Outline);
            writer.WriteInt64(message.Committed.Value);
        }, static (ref ProtocolReader reader) => new Promise(ReadReplica(ref reader), ReadEpoch(ref reader), ReadOutline(ref reader), ReadOffset(ref reader))),
        Entry("R", static (writer, message) =>
        {
            Write(writer, message.From);
            Write(writer, message.Epoch);
            Write(writer, message.Promised);
        }, static (ref ProtocolReader reader) => new Refused(ReadReplica(ref reader), ReadEpoch(ref reader), ReadEpoch(ref reader))),
        Entry("AR", static (writer, message) =>
        {
            Write(writer, message.From);
            Write(writer, message.Epoch);
            writer.WriteInt64(message.EndOffset.Value);
        }, static (ref ProtocolReader reader) => new Accepted(ReadReplica(ref reader), ReadEpoch(ref reader), ReadOffset(ref reader))),
        Entry("M", static (writer, message) =>
        {
            Write(writer, message.From);
            Write(writer, message.Epoch);
            Write(writer, message.Outline);
        }, static (ref ProtocolReader reader) => new Mismatch(ReadReplica(ref reader), ReadEpoch(ref reader), ReadOutline(ref reader))),
        Entry("SO", static (writer, message) =>
        {
            Write(writer, message.Epoch);
            Write(writer, message.Snapshot);
            writer.WriteInt64(message.Size);
        }, static (ref ProtocolReader reader) => new SnapshotOffered(ReadEpoch(ref reader), ReadPosition(ref reader), reader.ReadInt64())),
        Entry("SL", static (writer, message) =>
        {
            Write(writer, message.Snapshot);
            writer.WriteInt64(message.At);
        }, static (ref ProtocolReader reader) => new PullSnapshotPart(ReadPosition(ref reader), reader.ReadInt64())),
        Entry("SP", static (writer, message) =>
        {
            Write(writer, message.Snapshot);
            writer.WriteInt64(message.Size);
            writer.WriteInt64(message.At);
            writer.WriteBytes(message.Bytes, compact: true);
        }, static (ref ProtocolReader reader) => new SnapshotPart(ReadPosition(ref reader), reader.ReadInt64(), reader.ReadInt64(), reader.ReadBytes(compact: true))),
        Entry("IS", static (writer, message) =>
        {
            writer.WriteInt32(message.Node.Value);
            writer.WriteInt64(message.Version);
        }, static (ref ProtocolReader reader) => new SubscribeMetadata(new NodeId(reader.ReadInt32()), reader.ReadInt64())),
        Entry("IA", static (writer, message) =>
        {
            writer.WriteInt32(message.Node.Value);
            writer.WriteInt64(message.Version);
        }, static (ref ProtocolReader reader) => new MetadataApplied(new NodeId(reader.ReadInt32()), reader.ReadInt64())),
        Entry("ID", static (writer, message) =>
        {
            Write(writer, message.Epoch);
            writer.WriteInt64(message.From);
            writer.WriteInt64(message.To);
            writer.WriteBytes(message.Batches, compact: true);
        }, static (ref ProtocolReader reader) => new MetadataDelta(ReadEpoch(ref reader), reader.ReadInt64(), reader.ReadInt64(), reader.ReadBytes(compact: true))),
    ];

    private delegate T ReadMessage<out T>(ref ProtocolReader reader);

    private delegate object ReadMessage(ref ProtocolReader reader);

    /// <summary>The message types that this serialiser writes.</summary>
    public static IEnumerable<Type> Types => Table.Select(entry => entry.Type);

    public override string Manifest(object o) => Find(o).Manifest;

    public override byte[] ToBinary(object obj)
    {
        using var writer = new ProtocolWriter();
        Find(obj).Write(writer, obj);
        return writer.ToArray();
    }

    public override object FromBinary(byte[] bytes, string manifest)
    {
        var entry = Array.Find(Table, entry => entry.Manifest == manifest);
        if (entry.Read is null)
        {
            throw new SerializationException($"'{manifest}' is no message of the metadata quorum");
        }

        try
        {
            var reader = new ProtocolReader(bytes);
            reader.EnterMessage(entry.Type.Name);
            var message = entry.Read(ref reader);
            return reader.Remaining == 0 ? message : throw new SerializationException($"{reader.Remaining} bytes follow a {entry.Type.Name}");
        }
        catch (Exception e) when (e is ProtocolException or ArgumentException)
        {
            throw new SerializationException($"a {entry.Type.Name} cannot be read: {e.Message}", e);
        }
    }

    private static (string Manifest, Type Type, Action<ProtocolWriter, object> Write, ReadMessage Read) Find(object message)
    {
        var type = message.GetType();
        var entry = Array.Find(Table, entry => entry.Type == type);
        return entry.Write is not null ? entry : throw new ArgumentException($"{type.Name} is no message of the metadata quorum", nameof(message));
    }

    private static (string, Type, Action<ProtocolWriter, object>, ReadMessage) Entry<T>(string manifest, Action<ProtocolWriter, T> write, ReadMessage<T> read)
        where T : class => (manifest, typeof(T), (writer, message) => write(writer, (T)message), (ref ProtocolReader reader) => read(ref reader));

    private static void Write(ProtocolWriter writer, ControllerEpoch epoch) => writer.WriteInt32(epoch.Value);

    private static ControllerEpoch ReadEpoch(ref ProtocolReader reader) => new(reader.ReadInt32());

    private static Offset ReadOffset(ref ProtocolReader reader) => new(reader.ReadInt64());

    private static void Write(ProtocolWriter writer, JournalPosition position)
    {
        writer.WriteInt64(position.Offset.Value);
        Write(writer, position.Epoch);
    }

    private static JournalPosition ReadPosition(ref ProtocolReader reader) => new(ReadOffset(ref reader), ReadEpoch(ref reader));

    private static void Write(ProtocolWriter writer, JournalReplica replica)
    {
        writer.WriteInt32(replica.Node.Value);
        writer.WriteUuid(replica.DirectoryId);
    }

    private static JournalReplica ReadReplica(ref ProtocolReader reader) => new(new NodeId(reader.ReadInt32()), reader.ReadUuid());

    private static void Write(ProtocolWriter writer, JournalOutline outline)
    {
        Write(writer, outline.Start);
        writer.WriteInt64(outline.EndOffset.Value);
        writer.WriteArrayCount(outline.Epochs.Length, compact: true);
        foreach (var epoch in outline.Epochs)
        {
            Write(writer, epoch.Epoch);
            writer.WriteInt64(epoch.StartOffset.Value);
        }

        writer.WriteArrayCount(outline.VoterSets.Length, compact: true);
        foreach (var (offset, voters) in outline.VoterSets)
        {
            writer.WriteInt64(offset.Value);
            writer.WriteArrayCount(voters.Voters.Length, compact: true);
            foreach (var voter in voters.Voters)
            {
                Write(writer, voter);
            }
        }
    }

    private static JournalOutline ReadOutline(ref ProtocolReader reader)
    {
        const int epochBytes = 12;
        const int voterBytes = 20;
        var outline = new JournalOutline { Start = ReadPosition(ref reader), EndOffset = ReadOffset(ref reader) };
        var epochs = ImmutableArray.CreateBuilder<ControllerEpochStart>();
        for (var left = reader.ReadArrayCount(compact: true, epochBytes); left > 0; left--)
        {
            epochs.Add(new ControllerEpochStart(ReadEpoch(ref reader), ReadOffset(ref reader)));
        }

        var sets = ImmutableArray.CreateBuilder<VotersAt>();
        for (var left = reader.ReadArrayCount(compact: true, sizeof(long) + 1); left > 0; left--)
        {
            var offset = ReadOffset(ref reader);
            var voters = new List<JournalReplica>();
            for (var more = reader.ReadArrayCount(compact: true, voterBytes); more > 0; more--)
            {
                voters.Add(ReadReplica(ref reader));
            }

            sets.Add(new VotersAt(offset, VoterSet.Of(voters)));
        }

        return outline with { Epochs = epochs.ToImmutable(), VoterSets = sets.ToImmutable() };
    }
}
