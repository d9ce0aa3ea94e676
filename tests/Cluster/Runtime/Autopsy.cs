namespace ActorBroker.Faults.Runtime;

/// <summary>Shows what is to be seen of a cluster whose scenario failed.</summary>
internal static class Autopsy
{
    private const int Lines = 60;

    /// <summary>Writes all events beside the nodes' logs and prints the last of them.</summary>
    public static void Show(RuntimeCluster cluster)
    {
        cluster.KeepFolder = true;
        List<string> lines = [.. cluster.Log.Lines()];
        File.WriteAllLines(Path.Combine(cluster.Folder, "events.log"), lines);
        foreach (var line in lines.Where(static line => !line.Contains("-missing") && !line.Contains("  counted  ") && !line.Contains("  costs  ") && !line.Contains("  entity-")).TakeLast(Lines))
        {
            Console.WriteLine($"    {line}");
        }

        foreach (var node in cluster.All)
        {
            var errors = File.Exists(cluster.LogFile(node)) ? File.ReadLines(cluster.LogFile(node)).Where(static line => line.StartsWith("[ERROR]", StringComparison.Ordinal)).ToList() : [];
            Console.WriteLine($"    node {node} logged {errors.Count} errors{(errors.Count == 0 ? "" : $", the last one: {errors[^1]}")}");
        }

        Console.WriteLine($"    events.log and the logs of the nodes are in {cluster.Folder}");
    }
}
