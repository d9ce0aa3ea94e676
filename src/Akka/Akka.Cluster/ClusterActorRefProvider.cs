#nullable disable
using Akka.Actor;
using Akka.Actor.Internal;
using Akka.Configuration;
using Akka.Event;
using Akka.Remote;

namespace Akka.Cluster;

/// <summary>A provider of a system that can be a member of a cluster.</summary>
public interface IClusterActorRefProvider : IRemoteActorRefProvider
{
}

/// <summary>The provider of a system in a cluster: akka.actor.provider = cluster.</summary>
public class ClusterActorRefProvider : RemoteActorRefProvider, IClusterActorRefProvider
{
    public ClusterActorRefProvider(string systemName, Settings settings, EventStream eventStream)
        : base(systemName, settings, eventStream) =>
        settings.InjectTopLevelFallback(ConfigurationFactory.FromResource("Akka.Cluster.Configuration.Cluster.conf", typeof(ClusterActorRefProvider).Assembly));

    public override void Init(ActorSystemImpl system)
    {
        base.Init(system);

        // The cluster's actors must be there before a message of another node comes.
        Cluster.Get(system);
    }

    /// <summary>Starts the actor that watches other systems; for those in the cluster it relies on the cluster's failure detector.</summary>
    protected override IActorRef CreateRemoteWatcher(ActorSystemImpl system) => system.SystemActorOf(
        RemoteSettings.ConfigureDispatcher(ClusterRemoteWatcher.Props(
            CreateRemoteWatcherFailureDetector(system),
            RemoteSettings.WatchHeartBeatInterval,
            RemoteSettings.WatchUnreachableReaperInterval,
            RemoteSettings.WatchHeartbeatExpectedResponseAfter)),
        "remote-watcher");
}
