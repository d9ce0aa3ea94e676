using ActorBroker.Actors.Remoting;
using ActorBroker.Model;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;

namespace ActorBroker.Faults.Runtime;

/// <summary>The actor system of a node: behind the guard of the cluster port, as a broker's; or without it, as a stranger's.</summary>
internal static class NodeSystem
{
    /// <param name="number">Who the node is to others.</param>
    /// <param name="config">With the section <c>faults</c>: <c>guard</c>, <c>cluster-id</c> and <c>cookie</c>.</param>
    public static ActorSystem Create(int number, Config config)
    {
        var faults = config.GetConfig("faults")!;
        if (!faults.GetBoolean("guard"))
        {
            return ActorSystem.Create("faults", config);
        }

        var guarded = ConfigurationFactory.ParseString(RemotingHocon.Text).WithFallback(config).WithFallback(ConfigurationFactory.ParseString(RemotingHocon.Defaults));
        return ActorSystem.Create("faults", ActorSystemSetup.Create(
            BootstrapSetup.Create().WithConfig(guarded), new PeerSetup(new NodeId(number), faults.GetString("cluster-id")!, faults.GetString("cookie")!)));
    }
}
