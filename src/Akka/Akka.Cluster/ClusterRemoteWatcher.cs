#nullable disable
using Akka.Actor;
using Akka.Dispatch.SysMsg;
using Akka.Remote;

namespace Akka.Cluster;

/// <summary>
/// Watches other systems for the actors of this one. Members of the cluster get no heartbeats of its own: their actors are dead when the member is
/// removed, and a member that was downed is quarantined then.
/// </summary>
internal sealed class ClusterRemoteWatcher : RemoteWatcher
{
    private readonly HashSet<Address> _members = [];
    private readonly Address _self = ((ExtendedActorSystem)Context.System).Provider.DefaultAddress;

    public ClusterRemoteWatcher(
        IFailureDetectorRegistry<Address> failureDetector, TimeSpan heartbeatInterval, TimeSpan unreachableReaperInterval, TimeSpan heartbeatExpectedResponseAfter)
        : base(failureDetector, heartbeatInterval, unreachableReaperInterval, heartbeatExpectedResponseAfter)
    {
    }

    public static new Props Props(
        IFailureDetectorRegistry<Address> failureDetector, TimeSpan heartbeatInterval, TimeSpan unreachableReaperInterval, TimeSpan heartbeatExpectedResponseAfter) =>
        Akka.Actor.Props.Create(() => new ClusterRemoteWatcher(failureDetector, heartbeatInterval, unreachableReaperInterval, heartbeatExpectedResponseAfter))
            .WithDeploy(Deploy.Local);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ClusterEvent.MemberRemoved removed:
                Removed(removed);
                break;
            case ClusterEvent.IMemberEvent changed:
                Added(changed.Member.Address);
                break;
            default:
                base.OnReceive(message);
                break;
        }
    }

    /// <summary>An actor of a member is watched through the membership; its watch message is sent at once, since no heartbeat will trigger it.</summary>
    protected override void WatchNode(IInternalActorRef watchee)
    {
        if (!_members.Contains(watchee.Path.Address)) base.WatchNode(watchee);
    }

    /// <summary>What watched the system before it became a member needs no heartbeats any more.</summary>
    private void Added(Address address)
    {
        if (!address.Equals(_self) && _members.Add(address)) UnwatchNode(address);
    }

    private void Removed(ClusterEvent.MemberRemoved removed)
    {
        Address address = removed.Member.Address;
        if (address.Equals(_self)) return;
        _members.Remove(address);
        if (removed.PreviousStatus == MemberStatus.Down)
            Quarantine(address, removed.Member.UniqueAddress.Uid, "the cluster could not reach it and removed it as down; it is ignored until its process starts anew");
        TellTemporaryWatchers(address);
        PublishAddressTerminated(address);
    }

    /// <summary>References of asks have no cell that hears of dead nodes.</summary>
    private void TellTemporaryWatchers(Address address)
    {
        foreach ((IInternalActorRef watchee, HashSet<IInternalActorRef> watchers) in Watching)
        {
            if (!watchee.Path.Address.Equals(address)) continue;
            foreach (IInternalActorRef watcher in watchers)
                if (watcher is not ActorRefWithCell) watcher.SendSystemMessage(new DeathWatchNotification(watchee, existenceConfirmed: false, addressTerminated: true));
        }
    }
}
