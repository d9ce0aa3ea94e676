#nullable disable
using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Util;

namespace Akka.Cluster.Tools.Singleton;

/// <summary>Makes the <see cref="ClusterSingleton"/> of a system.</summary>
public class ClusterSingletonProvider : ExtensionIdProvider<ClusterSingleton>
{
    public override ClusterSingleton CreateExtension(ExtendedActorSystem system) => new(system);
}

/// <summary>Runs singletons by name: one manager and one proxy for each, in the system's own part of the tree.</summary>
public class ClusterSingleton : IExtension
{
    private readonly ExtendedActorSystem _system;
    private readonly Lazy<Cluster> _cluster;
    private readonly ConcurrentDictionary<string, Lazy<IActorRef>> _proxies = new();
    private readonly ConcurrentDictionary<string, Lazy<IActorRef>> _managers = new();

    public ClusterSingleton(ExtendedActorSystem system)
    {
        _system = system;
        _cluster = new Lazy<Cluster>(() => Cluster.Get(system));
        system.Settings.InjectTopLevelFallback(ClusterSingletonManager.DefaultConfig());
    }

    /// <summary>The extension of a system.</summary>
    public static ClusterSingleton Get(ActorSystem system) => system.WithExtension<ClusterSingleton, ClusterSingletonProvider>();

    /// <summary>Starts the manager of a singleton, if this member has the role, and gives its proxy. A second call with the same name gives the same proxy.</summary>
    public IActorRef Init(SingletonActor singleton)
    {
        ClusterSingletonSettings settings = singleton.Settings.GetOrElse(ClusterSingletonSettings.Create(_system));
        var manager = "singletonManager" + singleton.Name;
        if (string.IsNullOrEmpty(settings.Role) || _cluster.Value.SelfRoles.Contains(settings.Role))
        {
            _ = _managers.GetOrAdd(singleton.Name, name => new Lazy<IActorRef>(() => _system.SystemActorOf(
                ClusterSingletonManager.Props(singleton.Props, singleton.StopMessage.GetOrElse(PoisonPill.Instance), settings.ToManagerSettings(name)), manager))).Value;
        }

        return _proxies.GetOrAdd(singleton.Name, name => new Lazy<IActorRef>(() => _system.SystemActorOf(
            ClusterSingletonProxy.Props("/system/" + manager, settings.ToProxySettings(name)), "singletonProxy" + name))).Value;
    }
}

/// <summary>A singleton to run: how it is made, its name, and how it is asked to stop.</summary>
public class SingletonActor
{
    private SingletonActor(string name, Props props, Option<object> stopMessage, Option<ClusterSingletonSettings> settings)
    {
        Name = name;
        Props = props;
        StopMessage = stopMessage;
        Settings = settings;
    }

    public string Name { get; }

    public Props Props { get; }

    /// <summary>None takes the configuration's.</summary>
    public Option<ClusterSingletonSettings> Settings { get; }

    /// <summary>None takes PoisonPill.</summary>
    public Option<object> StopMessage { get; }

    public static SingletonActor Create(Props props, string name) => new(name, props, Option<object>.None, Option<ClusterSingletonSettings>.None);

    public SingletonActor WithProps(Props props) => new(Name, props, StopMessage, Settings);

    public SingletonActor WithSettings(ClusterSingletonSettings settings) => new(Name, Props, StopMessage, settings);

    /// <summary>With the message that asks the instance to stop at a hand-over; it must stop on it.</summary>
    public SingletonActor WithStopMessage(object stopMessage) => new(Name, Props, Option<object>.Create(stopMessage), Settings);
}
