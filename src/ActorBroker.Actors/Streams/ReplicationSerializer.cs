using ActorBroker.Actors.Partitions;
using ActorBroker.Replication;
using Akka.Actor;
using Akka.Serialization;

namespace ActorBroker.Actors.Streams;

/// <summary>
/// Replication messages in binary, by manifests of one letter: little endian, the fields in the order of the message, and the bytes of a push behind
/// its fields. Where the actor runtime has payload serialisers, those bytes are sent from where they are and kept in the buffer they came into.
/// </summary>
public sealed class ReplicationSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    /// <summary>HOCON that binds the serialiser, and the dispatcher of those who receive; for the system of a node with remoting.</summary>
    public const string Configuration = CallingThreadExecutor.Configuration + ReplicaDispatcher.Configuration + """

        akka.actor {
          serializers { replication = "ActorBroker.Actors.Streams.ReplicationSerializer, ActorBroker.Actors" }
          serialization-bindings { "ActorBroker.Actors.Streams.ReplicationMessage, ActorBroker.Actors" = replication }
          serialization-identifiers { "ActorBroker.Actors.Streams.ReplicationSerializer, ActorBroker.Actors" = 7101 }
        }
        """;

    private const string PushManifest = "P";
    private const string AckManifest = "A";
    private const string FetchStateManifest = "F";
    private const string StateManifest = "S";
    private const string TruncateManifest = "T";
    private const string RefusalManifest = "R";

    private const int KeySize = 20 + 36;
    private const int PushSize = KeySize + (4 * 8) + (3 * 4) + 1;
    private const int AckSize = KeySize + (2 * 8) + 1;
    private const int FetchStateSize = KeySize + 4;
    private const int StateSize = KeySize + (2 * 4) + (5 * 8);
    private const int TruncateSize = KeySize + 8 + 1;
    private const int RefusalSize = KeySize + 1 + 4;

    public override int Identifier => 7101;

    public override string Manifest(object o) => o switch
    {
        PushMessage => PushManifest,
        PushAckMessage => AckManifest,
        FetchStateMessage => FetchStateManifest,
        FollowerStateMessage => StateManifest,
        TruncateMessage => TruncateManifest,
        RefusalMessage => RefusalManifest,
        _ => throw new ArgumentException($"{o.GetType().Name} is no replication message", nameof(o)),
    };

    public override byte[] ToBinary(object obj)
    {
        var payload = (obj as PushMessage)?.Payload;
        var fields = SizeOf(obj);
        var bytes = new byte[fields + (payload?.Bytes.Length ?? 0)];
        WriteFields(obj, bytes);
        if (payload is not null)
        {
            payload.Bytes.Span.CopyTo(bytes.AsSpan(fields));
            payload.Dispose();
        }

        return bytes;
    }

    public override object FromBinary(byte[] bytes, string manifest)
    {
        var message = ReadFields(bytes, manifest, out var payloadBytes);
        if (payloadBytes == 0)
        {
            return message;
        }

        var payload = PushPayload.Rent(payloadBytes);
        bytes.AsSpan(PushSize, payloadBytes).CopyTo(payload.Bytes.Span);
        return (PushMessage)message with { Payload = payload };
    }

    private static int SizeOf(object message) => message switch
    {
        PushMessage => PushSize,
        PushAckMessage => AckSize,
        FetchStateMessage => FetchStateSize,
        FollowerStateMessage => StateSize,
        TruncateMessage => TruncateSize,
        _ => RefusalSize,
    };

    private static void WriteFields(object message, Span<byte> bytes)
    {
        var writer = new FieldWriter(bytes);
        writer.Write(((ReplicationMessage)message).Partition);
        switch (message)
        {
            case PushMessage { Push: var push }:
                writer.Write(push.Stream);
                writer.Write(push.From);
                writer.Write(push.End);
                writer.Write(push.PreviousEpoch);
                writer.Write(push.LastEpoch);
                writer.Write(push.HighWatermark);
                writer.Write(push.LogStartOffset);
                writer.Write(push.Bytes);
                writer.Write(push.WantsAck ? (byte)1 : (byte)0);
                break;
            case PushAckMessage { Ack: var ack }:
                writer.Write(ack.Stream);
                writer.Write(ack.LogEndOffset);
                writer.Write(ack.FlushedOffset);
                writer.Write((byte)ack.Verdict);
                break;
            case FetchStateMessage { Fetch: var fetch }:
                writer.Write(fetch.Stream);
                writer.Write(fetch.Epoch);
                break;
            case FollowerStateMessage { State: var state }:
                writer.Write(state.Stream);
                writer.Write(state.Asked);
                writer.Write(state.End.Epoch);
                writer.Write(state.End.EndOffset);
                writer.Write(state.LogStartOffset);
                writer.Write(state.LogEndOffset);
                writer.Write(state.HighWatermark);
                writer.Write(state.FlushedOffset);
                break;
            case TruncateMessage { Truncate: var truncate }:
                writer.Write(truncate.Stream);
                writer.Write(truncate.To);
                writer.Write(truncate.RestartAt ? (byte)1 : (byte)0);
                break;
            case RefusalMessage { Refusal: var refusal }:
                writer.Write(refusal.Stream);
                writer.Write((byte)refusal.Reason);
                writer.Write(refusal.Known);
                break;
        }
    }

    /// <param name="payloadBytes">Bytes behind the fields of a push that has some, else 0.</param>
    /// <exception cref="ArgumentException">The bytes are not such a message.</exception>
    private static ReplicationMessage ReadFields(ReadOnlySpan<byte> bytes, string manifest, out int payloadBytes)
    {
        payloadBytes = 0;
        var size = manifest switch
        {
            PushManifest => PushSize,
            AckManifest => AckSize,
            FetchStateManifest => FetchStateSize,
            StateManifest => StateSize,
            TruncateManifest => TruncateSize,
            RefusalManifest => RefusalSize,
            _ => throw new ArgumentException($"unknown manifest '{manifest}' of a replication message", nameof(manifest)),
        };
        if (bytes.Length < size || (bytes.Length > size && manifest != PushManifest))
        {
            throw new ArgumentException($"a replication message '{manifest}' of {bytes.Length} bytes; its fields have {size}", nameof(bytes));
        }

        var reader = new FieldReader(bytes);
        var partition = reader.ReadPartition();
        var stream = reader.ReadStream();
        switch (manifest)
        {
            case PushManifest:
                var push = new Push(
                    stream, reader.ReadOffset(), reader.ReadOffset(), reader.ReadEpoch(), reader.ReadEpoch(), reader.ReadOffset(), reader.ReadOffset(), reader.ReadInt32(), reader.ReadByte() != 0);
                payloadBytes = bytes.Length - PushSize;
                if (push.Bytes != payloadBytes)
                {
                    throw new ArgumentException($"a push that says {push.Bytes} bytes has {payloadBytes}", nameof(bytes));
                }

                return new PushMessage(partition, push, null);
            case AckManifest:
                return new PushAckMessage(partition, new PushAck(stream, reader.ReadOffset(), reader.ReadOffset(), (PushVerdict)reader.ReadByte()));
            case FetchStateManifest:
                return new FetchStateMessage(partition, new FetchState(stream, reader.ReadEpoch()));
            case StateManifest:
                return new FollowerStateMessage(partition, new FollowerState(
                    stream, reader.ReadEpoch(), new EpochEnd(reader.ReadEpoch(), reader.ReadOffset()), reader.ReadOffset(), reader.ReadOffset(), reader.ReadOffset(), reader.ReadOffset()));
            case TruncateManifest:
                return new TruncateMessage(partition, new Truncate(stream, reader.ReadOffset(), reader.ReadByte() != 0));
            default:
                return new RefusalMessage(partition, new Refusal(stream, (RefusalReason)reader.ReadByte(), reader.ReadEpoch()));
        }
    }
}
