#nullable disable
using Akka.Actor;
using Akka.Event;
using AkkaExtensions.Remoting;

namespace Akka.Cluster.Tools.Singleton;

/// <summary>Marks the messages between the managers of a singleton.</summary>
public interface IClusterSingletonMessage
{
}

/// <summary>What a manager knows.</summary>
public interface IClusterSingletonData
{
}

/// <summary>Where a manager is.</summary>
public enum ClusterSingletonState
{
    /// <summary>It does not know the members yet.</summary>
    Start = 0,

    /// <summary>Not used: there are no leases.</summary>
    AcquiringLease = 1,

    /// <summary>It runs the instance.</summary>
    Oldest = 2,

    /// <summary>Another member runs the instance.</summary>
    Younger = 3,

    /// <summary>Its member is the oldest, and earlier ones have not handed over yet.</summary>
    BecomingOldest = 4,

    /// <summary>It runs the instance, and another member is the oldest now.</summary>
    WasOldest = 5,

    /// <summary>Its instance is stopping for another member.</summary>
    HandingOver = 6,

    /// <summary>Not used.</summary>
    TakeOver = 7,

    /// <summary>Its instance is stopping, and the manager with it.</summary>
    Stopping = 8,

    /// <summary>Its member leaves; it never runs the instance again.</summary>
    End = 9,
}

/// <summary>A message from one manager to another; it names the member that sent it, so that an earlier incarnation cannot be taken for it.</summary>
internal abstract record SingletonMessage(UniqueAddress From) : IClusterSingletonMessage, IControlMessage, IDeadLetterSuppression;

/// <summary>The oldest member asks one that may run the instance to stop it.</summary>
internal sealed record HandOverToMe(UniqueAddress From) : SingletonMessage(From);

/// <summary>The instance is stopping.</summary>
internal sealed record HandOverInProgress(UniqueAddress From) : SingletonMessage(From);

/// <summary>There is no instance here any more, and there will be none before the receiver has left the cluster.</summary>
internal sealed record HandOverDone(UniqueAddress From) : SingletonMessage(From);

/// <summary>A member that runs the instance asks the oldest one to ask for it.</summary>
internal sealed record TakeOverFromMe(UniqueAddress From) : SingletonMessage(From);
