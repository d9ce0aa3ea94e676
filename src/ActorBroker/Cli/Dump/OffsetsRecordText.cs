using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;
using ActorBroker.Protocol;
using ActorBroker.Protocol.GroupRecords;

namespace ActorBroker.Cli.Dump;

/// <summary>Keys and values of __consumer_offsets as JSON. Both start with a version; the key's also says what it is.</summary>
internal static class OffsetsRecordText
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static (string? Key, string? Value) Decode(byte[]? key, byte[]? value)
    {
        if (key is null || key.Length < sizeof(short))
            return ("<none>", "<none>");
        try
        {
            var kind = BinaryPrimitives.ReadInt16BigEndian(key);
            return kind switch
            {
                0 or 1 => (Text(new OffsetCommitKey(), key, kind), Text(new OffsetCommitValue(), value)),
                2 => (Text(new GroupMetadataKey(), key, kind), Text(new GroupMetadataValue(), value)),
                _ => ($"<type {kind}>", value is null ? "<DELETE>" : $"<{value.Length} bytes>"),
            };
        }
        catch (ProtocolException error)
        {
            return ($"<unreadable: {error.Message}>", null);
        }
    }

    private static string Text(IMessage message, byte[]? bytes, short? kind = null)
    {
        if (bytes is null || bytes.Length < sizeof(short))
            return "<DELETE>";
        var version = BinaryPrimitives.ReadInt16BigEndian(bytes);
        var reader = new ProtocolReader(bytes.AsMemory(sizeof(short)));
        message.Read(ref reader, version);
        object described = message switch
        {
            GroupMetadataValue group => new
            {
                group.ProtocolType, group.Generation, group.Protocol, group.Leader, group.CurrentStateTimestamp,
                Members = group.Members.Select(member => new
                {
                    member.MemberId, member.GroupInstanceId, member.ClientId, member.ClientHost, member.RebalanceTimeout, member.SessionTimeout,
                    Subscription = Convert.ToBase64String(member.Subscription.Span), Assignment = Convert.ToBase64String(member.Assignment.Span),
                }),
            },
            _ => message,
        };
        return JsonSerializer.Serialize(kind is null ? new { Version = $"{version}", Data = described } : (object)new { Type = $"{kind}", Data = described }, Options);
    }
}
