using System.Diagnostics.Metrics;
using System.Globalization;

namespace ActorBroker.Faults.Runtime;

/// <summary>What being a member costs a node: processor time, and messages of gossip. Each node tells its sums once a second.</summary>
/// <param name="Processor">Processor time of the process.</param>
/// <param name="Gossip">Gossip messages that were sent.</param>
internal readonly record struct Costs(TimeSpan Processor, long Gossip)
{
    private const string Kind = "costs";

    /// <summary>Tells from now on.</summary>
    public static void StartTelling()
    {
        var gossip = 0L;
        var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Name == "akka.cluster.gossip.sent")
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => Interlocked.Add(ref gossip, value));
        listener.Start();
        var timer = new Timer(_ => Events.Emit(
            Kind, Environment.CpuUsage.TotalTime.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture), Interlocked.Read(ref gossip).ToString(CultureInfo.InvariantCulture)));
        timer.Change(TimeSpan.Zero, TimeSpan.FromSeconds(1));
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            timer.Dispose();
            listener.Dispose();
        };
    }

    /// <summary>What the processes that run now have told last, in all.</summary>
    public static Costs Of(RuntimeCluster cluster) => cluster.Running
        .Select(node => cluster.Log.Last(e => e.Kind == Kind && e.ProcessId == cluster[node].Id))
        .Aggregate(default(Costs), static (sum, told) => told is null ? sum : new Costs(sum.Processor + TimeSpan.FromMilliseconds(Number(told, 0)), sum.Gossip + Number(told, 1)));

    /// <summary>The mean of so many nodes since earlier costs of them.</summary>
    public string Mean(Costs since, int nodes) => string.Create(
        CultureInfo.InvariantCulture, $"{(Processor - since.Processor).TotalSeconds / nodes:0.00} s of a processor and {(Gossip - since.Gossip) / nodes} gossip messages a node");

    private static long Number(ClusterEvent told, int word) => long.Parse(told.Words[word], CultureInfo.InvariantCulture);
}
