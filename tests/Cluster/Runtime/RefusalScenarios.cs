using ActorBroker.Faults.Machine;

namespace ActorBroker.Faults.Runtime;

/// <summary>Stories of nodes that do not belong to the cluster and must not get in. Why stands in the logs.</summary>
internal static class RefusalScenarios
{
    private const int Intruder = 4;
    private static readonly TimeSpan Patient = TimeSpan.FromSeconds(20);

    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("cookie", "a node with another cookie is refused, and both sides say why", true,
            stage => Refuse(stage, "faults.cookie = another", "does not have the same cookie", "does not have the same cookie")),
        new("other-cluster", "a node with data of another cluster is refused, and both sides say why", true,
            stage => Refuse(stage, "faults.cluster-id = another", "this node has data of cluster another", "node 4 has data of cluster another")),
        new("stranger", "Akka.NET without the handshake is refused, and the members say why", true,
            stage => Refuse(stage, "faults.guard = off", null, "does not speak as a node of a cluster")),
    ];

    /// <param name="ofIntruder">What makes the fourth node one that does not belong.</param>
    /// <param name="toIntruder">What stands in its log then; null when it cannot know.</param>
    /// <param name="toMembers">What stands in the first seed node's log; null when that has nothing to say.</param>
    private static string Refuse(Stage stage, string ofIntruder, string? toIntruder, string? toMembers)
    {
        var cluster = RuntimeScenarios.FormedCluster(stage, 3, withCuts: false);
        cluster.Start(Intruder, ofIntruder);
        List<string> said = [];
        foreach (var (node, reason) in new[] { (Intruder, toIntruder), (1, toMembers) })
        {
            if (reason is not null)
            {
                string? line = null;
                Patience.Await($"the log of node {node} says '{reason}'", Patient, () => (line = Complaint(cluster.LogFile(node), reason)) is not null);
                said.Add($"node {node}: \"{line}\"");
            }
        }

        if (cluster.Said(Intruder, "view") || cluster.Log.Last(e => e.Kind == "view" && e.Words[1] == "4") is not null)
        {
            throw new FaultException("the node became a member");
        }

        cluster[Intruder].Kill();
        return $"{string.Join(", ", said)}; {RuntimeScenarios.JudgeWhole(cluster)}";
    }

    private static string? Complaint(string file, string reason)
    {
        if (!File.Exists(file))
        {
            return null;
        }

        using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd().Split('\n')
            .Where(static line => line.Contains("[ERROR]", StringComparison.OrdinalIgnoreCase) || line.Contains("[WARNING]", StringComparison.OrdinalIgnoreCase))
            .FirstOrDefault(line => line.Contains(reason, StringComparison.OrdinalIgnoreCase))?.Trim();
    }
}
