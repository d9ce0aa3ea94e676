using ActorBroker.Records;

namespace ActorBroker.Storage.Producers;

/// <summary>Reads the transaction markers among the batches of a log.</summary>
internal static class EndMarker
{
    /// <param name="batch">Exactly one control batch.</param>
    /// <returns>False when it holds another kind of control record.</returns>
    public static bool TryRead(ReadOnlySpan<byte> batch, out TransactionMarker marker)
    {
        if (RecordBatchView.TryRead(batch, out var view, out _) && TransactionMarker.TryRead(view, out var found))
        {
            marker = found.Marker;
            return true;
        }
        marker = default;
        return false;
    }
}
