namespace ActorBroker.Coordination;

/// <summary>Which partition of an internal topic (and so which coordinator) an id belongs to.</summary>
public static class ConsumerOffsetsPartition
{
    /// <summary>
    /// abs(h) mod <paramref name="count"/>, with h the Java string hash (h = 31 h + UTF-16 unit, 32-bit wrap) and abs(Int32.Min) = 0.
    /// </summary>
    public static int Of(string id, int count)
    {
        var hash = 0;
        foreach (var unit in id)
        {
            hash = unchecked((31 * hash) + unit);
        }

        return (hash == int.MinValue ? 0 : Math.Abs(hash)) % count;
    }
}
