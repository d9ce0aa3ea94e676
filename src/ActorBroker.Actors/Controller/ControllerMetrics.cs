using System.Diagnostics.Metrics;
using ActorBroker.Model;

namespace ActorBroker.Actors.Controller;

/// <summary>The figures of the controller, under the meter <see cref="MeterName"/>; only the node that is the controller counts.</summary>
internal static class ControllerMetrics
{
    public const string MeterName = "ActorBroker.Controller";

    private static readonly Meter Meter = new(MeterName);
    private static readonly Counter<long> Lost = Meter.CreateCounter<long>("actorbroker.controller.brokers.lost", "{broker}", "Brokers that were fenced without having asked for it; unsteady: too often in a row, they are given no leaders back for a while");

    public static void BrokerLost(NodeId broker, bool isUnsteady) => Lost.Add(1, new("broker", broker.Value), new("unsteady", isUnsteady));
}
