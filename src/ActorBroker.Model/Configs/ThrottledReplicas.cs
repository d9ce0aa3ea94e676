using System.Collections.Frozen;
using System.Globalization;

namespace ActorBroker.Model.Configs;

/// <summary>The replicas of a topic whose replication is throttled: none, some (<c>partition:broker,partition:broker</c>), or all (<c>*</c>).</summary>
public sealed class ThrottledReplicas
{
    private const string Wildcard = "*";

    private readonly bool all;
    private readonly FrozenSet<(int Partition, NodeId Broker)> replicas;

    private ThrottledReplicas(bool all, FrozenSet<(int Partition, NodeId Broker)> replicas)
    {
        this.all = all;
        this.replicas = replicas;
    }

    public static ThrottledReplicas None { get; } = new(false, []);

    private static ThrottledReplicas All { get; } = new(true, []);

    public bool IsEmpty => !all && replicas.Count == 0;

    public bool Contains(int partition, NodeId broker) => all || (replicas.Count > 0 && replicas.Contains((partition, broker)));

    /// <summary>Reads the text of a setting; what is not legal in it names no replica.</summary>
    public static ThrottledReplicas Parse(string text)
    {
        if (text.Trim() == Wildcard)
            return All;
        var read = ConfigDefinition.SplitList(text).Select(Read).OfType<(int, NodeId)>().ToFrozenSet();
        return read.Count == 0 ? None : new ThrottledReplicas(false, read);
    }

    /// <summary>Null when the text is legal, else what is wrong with it.</summary>
    public static string? Problem(string text) =>
        text.Trim() == Wildcard || ConfigDefinition.SplitList(text).All(element => Read(element) is not null)
            ? null
            : "must be the literal '*' or a list of replicas in the following format: [partitionId]:[brokerId],[partitionId]:[brokerId],...";

    private static (int Partition, NodeId Broker)? Read(string element)
    {
        var colon = element.IndexOf(':');
        return colon > 0
            && int.TryParse(element.AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out var partition)
            && int.TryParse(element.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var broker)
            ? (partition, new NodeId(broker))
            : null;
    }
}
