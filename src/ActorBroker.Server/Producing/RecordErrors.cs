using ActorBroker.Protocol;
using ActorBroker.Records;

namespace ActorBroker.Server.Producing;

/// <summary>What the validation of records says, in Kafka's codes.</summary>
internal static class RecordErrors
{
    public static ErrorCode ToErrorCode(AppendError error) => error switch
    {
        AppendError.None => ErrorCode.None,
        AppendError.CorruptMessage => ErrorCode.CorruptMessage,
        AppendError.InvalidRecord => ErrorCode.InvalidRecord,
        AppendError.InvalidTimestamp => ErrorCode.InvalidTimestamp,
        AppendError.MessageTooLarge => ErrorCode.MessageTooLarge,
        AppendError.RecordListTooLarge => ErrorCode.RecordListTooLarge,
        AppendError.UnsupportedCompressionType => ErrorCode.UnsupportedCompressionType,
        AppendError.UnsupportedForMessageFormat => ErrorCode.UnsupportedForMessageFormat,
        _ => ErrorCode.UnknownServerError,
    };
}
