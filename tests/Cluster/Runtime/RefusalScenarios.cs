using ActorBroker.Faults.Machine;

namespace ActorBroker.Faults.Runtime;

/// <summary>Stories of nodes that do not belong to the cluster and must not get in. Why stands in their own log.</summary>
internal static class RefusalScenarios
{
    private const int Intruder = 4;
    private static readonly TimeSpan Patient = TimeSpan.FromSeconds(20);

    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("cookie", "a node with another cookie is refused", true, stage => Refuse(stage, "", "akka.remote.lanes.cookie = another", "cookie")),
        new("compatibility", "a node with another downing strategy is refused", true,
            stage => Refuse(stage, "", "akka.cluster.split-brain-resolver.active-strategy = down-all", "active-strategy")),
        new("certificate", "a node with a certificate of another authority is refused", true, stage =>
        {
            var folder = stage.Keep(new CertificateFolder(new Loopback().AddressOf));
            return Refuse(stage, folder.Hocon("ours"), folder.Hocon("theirs"), "certificate");
        }),
        new("first-seed", "the first seed node, back with a certificate of another authority, forms no cluster of its own", false, RefuseFirstSeed),
        new("plain", "a node without TLS is refused by a cluster that has it", false, stage =>
        {
            var folder = stage.Keep(new CertificateFolder(new Loopback().AddressOf));
            return Refuse(stage, folder.Hocon("ours"), "akka.remote.dot-netty.tcp.enable-ssl = off", "TLS");
        }),
    ];

    private static string Refuse(Stage stage, string ofAll, string ofIntruder, string reason)
    {
        var cluster = RuntimeScenarios.FormedCluster(stage, 3, withCuts: false, ofAll);
        cluster.Start(Intruder, ofIntruder);
        string? said = null;
        Patience.Await($"the refused node's log says something of '{reason}'", Patient, () => (said = Complaint(cluster.LogFile(Intruder), reason)) is not null);
        if (cluster.Said(Intruder, "view") || cluster.Log.Last(e => e.Kind == "view" && e.Words[1] == "4") is not null)
        {
            throw new FaultException("the node became a member");
        }

        return $"\"{said}\"; {JudgeOthers(cluster)}";
    }

    private static string RefuseFirstSeed(Stage stage)
    {
        var folder = stage.Keep(new CertificateFolder(new Loopback().AddressOf));
        var cluster = RuntimeScenarios.FormedCluster(stage, 3, withCuts: false, folder.Hocon("ours"));
        cluster[1].Terminate();
        cluster[1].AwaitEnd(Patient);
        cluster.AwaitUp([2, 3], 0, Patient);
        cluster.Start(1, folder.Hocon("theirs"));
        Patience.Await("it has asked often enough", Patient, () => Complaint(cluster.LogFile(1), "after [6] attempts") is not null);
        if (cluster.Said(1, "view"))
        {
            throw new FaultException("it formed a cluster of its own");
        }

        cluster[1].Kill();
        return RuntimeScenarios.JudgeWhole(cluster);
    }

    private static string JudgeOthers(RuntimeCluster cluster)
    {
        cluster[Intruder].Kill();
        return RuntimeScenarios.JudgeWhole(cluster);
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
