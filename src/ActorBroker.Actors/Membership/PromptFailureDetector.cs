using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.Remote;
using AkkaCluster = Akka.Cluster.Cluster;

namespace ActorBroker.Actors.Membership;

/// <summary>
/// Akka.NET's phi accrual failure detector, and besides that: not available as soon as <see cref="MarkEnded"/> was told that the process has ended, until it is heard
/// again. The leader removes a member that is down only when it is unreachable too, so that downing alone would wait for the silence.
/// (<c>akka.cluster.failure-detector.implementation-class</c>)
/// </summary>
public sealed class PromptFailureDetector(Config config, EventStream events) : FailureDetector
{
    /// <summary>A detector is not told whose it is, and only its registry finds it by address: while this is set, a heartbeat on this thread is the mark.</summary>
    [ThreadStatic]
    private static bool isMarking;

    private readonly PhiAccrualFailureDetector phi = new(config, events);
    private volatile bool hasEnded;

    public override bool IsAvailable => !hasEnded && phi.IsAvailable;

    public override bool IsMonitoring => phi.IsMonitoring;

    /// <summary>The process of the member at an address has ended: it is unreachable at the next look.</summary>
    public static void MarkEnded(AkkaCluster cluster, Address address)
    {
        isMarking = true;
        try
        {
            cluster.FailureDetector.Heartbeat(address);
        }
        finally
        {
            isMarking = false;
        }
    }

    public override void HeartBeat()
    {
        hasEnded = isMarking;
        if (!isMarking)
        {
            phi.HeartBeat();
        }
    }
}
