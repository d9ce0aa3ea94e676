namespace ActorBroker.Model;

/// <summary>Kafka's rules for topic names, and the names that the broker keeps for itself.</summary>
public static class TopicName
{
    /// <summary>Longest name, in characters.</summary>
    public const int MaxLength = 249;

    public const string ConsumerOffsets = "__consumer_offsets";

    public const string TransactionState = "__transaction_state";

    public const string ClusterMetadata = "__cluster_metadata";

    public static bool IsInternal(string name) => name is ConsumerOffsets or TransactionState;

    /// <summary>Null when the name is legal, else what is wrong with it.</summary>
    public static string? Problem(string name) => name switch
    {
        "" => "the empty string is not allowed",
        "." or ".." => $"'{name}' is not allowed",
        { Length: > MaxLength } => $"the length of '{name}' is longer than the max allowed length {MaxLength}",
        _ when name.Any(c => !(char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-')) =>
            $"'{name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'",
        _ => null,
    };

    /// <summary>Whether two names differ only in '.' and '_', which metric names cannot tell apart.</summary>
    public static bool Collides(string left, string right) => left.Replace('.', '_') == right.Replace('.', '_');
}
