using ActorBroker.Model;
using ActorBroker.Replication;

namespace ActorBroker.Links;

/// <summary>
/// Messages in binary, by kinds of one letter: little endian, the fields in the order of the message, and its payload behind the fields. What is read is checked before it is
/// believed: the sizes must be exact, and every value one that there is.
/// </summary>
internal static class LinkCodec
{
    private const byte PushKind = (byte)'P';
    private const byte AckKind = (byte)'A';
    private const byte FetchStateKind = (byte)'F';
    private const byte StateKind = (byte)'S';
    private const byte TruncateKind = (byte)'T';
    private const byte RefusalKind = (byte)'R';
    private const byte RepairQuestionKind = (byte)'Q';
    private const byte RepairAnswerKind = (byte)'W';

    private const int PartitionSize = 20;
    private const int KeySize = PartitionSize + 36;
    private const int PushSize = KeySize + (4 * 8) + (3 * 4) + 1;
    private const int AckSize = KeySize + (2 * 8) + 1;
    private const int FetchStateSize = KeySize + 4;
    private const int StateSize = KeySize + (2 * 4) + (5 * 8);
    private const int TruncateSize = KeySize + 8 + 1;
    private const int RefusalSize = KeySize + 1 + 4;
    private const int RepairQuestionSize = PartitionSize + 4 + (3 * 8) + 4;
    private const int RepairAnswerSize = PartitionSize + 4 + 8;

    /// <summary>The most that the fields of a message take, without its payload.</summary>
    public const int MaxFieldBytes = 256;

    public static byte KindOf(LinkMessage message) => message switch
    {
        PushMessage => PushKind,
        PushAckMessage => AckKind,
        FetchStateMessage => FetchStateKind,
        FollowerStateMessage => StateKind,
        TruncateMessage => TruncateKind,
        RefusalMessage => RefusalKind,
        RepairQuestion => RepairQuestionKind,
        RepairAnswer => RepairAnswerKind,
        _ => throw new ArgumentException($"{message.GetType().Name} does not go over links", nameof(message)),
    };

    /// <summary>What follows the fields; empty for most messages.</summary>
    public static ReadOnlyMemory<byte> PayloadOf(LinkMessage message) => message switch
    {
        PushMessage { Payload: { } payload } => payload.Bytes,
        RepairAnswer answer => answer.Batches,
        _ => default,
    };

    public static int FieldBytes(byte kind) => kind switch
    {
        PushKind => PushSize,
        AckKind => AckSize,
        FetchStateKind => FetchStateSize,
        StateKind => StateSize,
        TruncateKind => TruncateSize,
        RefusalKind => RefusalSize,
        RepairQuestionKind => RepairQuestionSize,
        RepairAnswerKind => RepairAnswerSize,
        _ => throw new LinkProtocolException($"a frame of the unknown kind {kind}"),
    };

    public static bool HasPayload(byte kind) => kind is PushKind or RepairAnswerKind;

    public static void WriteFields(LinkMessage message, Span<byte> bytes)
    {
        var writer = new FieldWriter(bytes);
        writer.Write(message.Partition);
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
            case RepairQuestion question:
                writer.Write(question.Asker.Value);
                writer.Write(question.Attempt);
                writer.Write(question.From);
                writer.Write(question.Until);
                writer.Write(question.MaxBytes);
                break;
            case RepairAnswer answer:
                writer.Write(answer.From.Value);
                writer.Write(answer.Attempt);
                break;
        }
    }

    /// <summary>A message without its payload.</summary>
    /// <param name="bytes">Fields and payload of one frame.</param>
    /// <exception cref="LinkProtocolException">The bytes are not such a message.</exception>
    public static LinkMessage Read(byte kind, ReadOnlySpan<byte> bytes)
    {
        var size = FieldBytes(kind);
        if (bytes.Length < size || (bytes.Length > size && !HasPayload(kind)))
        {
            throw new LinkProtocolException($"a message '{(char)kind}' of {bytes.Length} bytes; its fields have {size}");
        }

        var reader = new FieldReader(bytes);
        var partition = reader.ReadPartition();
        return kind switch
        {
            RepairQuestionKind => new RepairQuestion(partition, new NodeId(reader.ReadInt32()), reader.ReadInt64(), reader.ReadOffset(), reader.ReadOffset(), reader.ReadInt32()),
            RepairAnswerKind => new RepairAnswer(partition, new NodeId(reader.ReadInt32()), reader.ReadInt64(), default),
            PushKind => ReadPush(partition, ref reader, bytes.Length - size),
            _ => ReadOfStream(kind, partition, ref reader),
        };
    }

    private static PushMessage ReadPush(TopicIdPartition partition, ref FieldReader reader, int payloadBytes)
    {
        var push = new Push(
            reader.ReadStream(), reader.ReadOffset(), reader.ReadOffset(), reader.ReadEpoch(), reader.ReadEpoch(), reader.ReadOffset(), reader.ReadOffset(), reader.ReadInt32(), reader.ReadByte() != 0);
        return push.Bytes == payloadBytes ? new PushMessage(partition, push, null) : throw new LinkProtocolException($"a push that says {push.Bytes} bytes has {payloadBytes}");
    }

    private static ReplicationMessage ReadOfStream(byte kind, TopicIdPartition partition, ref FieldReader reader)
    {
        var stream = reader.ReadStream();
        return kind switch
        {
            AckKind => new PushAckMessage(partition, new PushAck(stream, reader.ReadOffset(), reader.ReadOffset(), Known((PushVerdict)reader.ReadByte()))),
            FetchStateKind => new FetchStateMessage(partition, new FetchState(stream, reader.ReadEpoch())),
            StateKind => new FollowerStateMessage(partition, new FollowerState(
                stream, reader.ReadEpoch(), new EpochEnd(reader.ReadEpoch(), reader.ReadOffset()), reader.ReadOffset(), reader.ReadOffset(), reader.ReadOffset(), reader.ReadOffset())),
            TruncateKind => new TruncateMessage(partition, new Truncate(stream, reader.ReadOffset(), reader.ReadByte() != 0)),
            _ => new RefusalMessage(partition, new Refusal(stream, Known((RefusalReason)reader.ReadByte()), reader.ReadEpoch())),
        };
    }

    private static T Known<T>(T value)
        where T : struct, Enum => Enum.IsDefined(value) ? value : throw new LinkProtocolException($"{value} is no {typeof(T).Name}");
}
