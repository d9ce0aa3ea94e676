using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Akka.Cluster.Tools.Singleton;

/// <summary>The meter "Akka.Cluster.Tools": where the managers are, how often instances moved, and what proxies hold.</summary>
internal static class SingletonMetrics
{
    private static readonly Meter Meter = new("Akka.Cluster.Tools");
    private static readonly ConcurrentDictionary<string, ClusterSingletonState> States = new();
    private static readonly Counter<long> StartedInstances = Meter.CreateCounter<long>("akka.cluster.singleton.starts", "{start}", "Instances that were started here");
    private static readonly Counter<long> FinishedHandOvers = Meter.CreateCounter<long>("akka.cluster.singleton.handovers", "{handover}", "Instances that were handed over to another member");
    private static readonly UpDownCounter<long> BufferedMessages = Meter.CreateUpDownCounter<long>("akka.cluster.singleton.proxy.buffered", "{message}", "Messages that wait in proxies");
    private static readonly Counter<long> DroppedMessages = Meter.CreateCounter<long>("akka.cluster.singleton.proxy.dropped", "{message}", "Messages that proxies dropped for want of room");

    static SingletonMetrics() => Meter.CreateObservableGauge(
        "akka.cluster.singleton.state",
        static () => States.Select(static s => new Measurement<int>(1, new("manager", s.Key), new("state", s.Value.ToString()))),
        description: "State of each manager");

    public static void State(string manager, ClusterSingletonState state) => States[manager] = state;

    public static void Gone(string manager) => States.TryRemove(manager, out _);

    public static void Started(string manager) => StartedInstances.Add(1, new KeyValuePair<string, object?>("manager", manager));

    public static void HandedOver(string manager) => FinishedHandOvers.Add(1, new KeyValuePair<string, object?>("manager", manager));

    public static void Buffered(int change) => BufferedMessages.Add(change);

    public static void Dropped() => DroppedMessages.Add(1);
}
