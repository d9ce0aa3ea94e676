using ActorBroker.Protocol;

namespace ActorBroker.Client;

/// <summary>An operation failed: the broker answered with an error code, or no broker could be reached.</summary>
public class KafkaException(ErrorCode error, string? message = null, Exception? inner = null)
    : Exception(message is null ? $"{error.KafkaName()}: {error.Message()}" : $"{error.KafkaName()}: {message}", inner)
{
    /// <summary>Kafka's code. Lost connections are <see cref="ErrorCode.NetworkException"/>, time limits <see cref="ErrorCode.RequestTimedOut"/>.</summary>
    public ErrorCode Error { get; } = error;

    /// <summary>Whether the same operation may succeed later.</summary>
    public bool IsRetriable => Error.IsRetriable();

    internal static void ThrowIf(ErrorCode error, string? message = null)
    {
        if (error != ErrorCode.None)
        {
            throw new KafkaException(error, message);
        }
    }
}
