namespace ActorBroker.Faults.Runtime;

/// <summary>Settings of the node program.</summary>
internal static class NodeDefaults
{
    /// <summary>How many entities the clients talk to.</summary>
    public const int Entities = 20;

    /// <summary>HOCON of every node; a scenario may say otherwise after it.</summary>
    /// <param name="folder">Where the nodes keep what they share.</param>
    public static string Hocon(string folder) => $$"""

        akka {
          actor.provider = cluster
          loglevel = INFO
          stdout-loglevel = WARNING
          log-dead-letters = off
        }
        faults { guard = on, cluster-id = faults, cookie = ours, singleton = on, sharding = on, entities = {{Entities}}, shards = 10, probe-interval = 20ms, folder = "{{folder}}" }
        """;
}
