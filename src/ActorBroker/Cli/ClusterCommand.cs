using System.CommandLine;
using System.Globalization;
using ActorBroker.Client;
using ActorBroker.Metadata.Quorum;
using ActorBroker.Model;
using QuorumDescription = ActorBroker.Client.QuorumDescription;

namespace ActorBroker.Cli;

/// <summary><c>cluster</c>: nodes, controllers, and what is not as it should be. For scripts, whether a node is in sync.</summary>
internal sealed class ClusterCommand(CommandContext context)
{
    /// <summary>Milliseconds without a word of a controller after which it is named as silent. They speak several times a second.</summary>
    private const int SilentAfterMs = 3_000;

    private readonly Option<string> bootstrap = CommonOptions.Bootstrap();
    private readonly Option<bool> json = CommonOptions.Json();

    private readonly Option<bool> tree = CommonOptions.Flag("--tree", "Shows the actors that make up the cluster: on each node the controller, its journal, and the replicas.");

    private readonly Option<int?> inSync = CommonOptions.Number(
        "--in-sync", "Instead of showing the cluster: fails unless this node is there and in sync with every partition that it has.");

    private readonly Option<int?> waitMs = CommonOptions.Number("--wait-ms", "With --in-sync: milliseconds to wait for it; 0 unless given.");

    public static Command Build(CommandContext context)
    {
        var self = new ClusterCommand(context);
        var command = new Command("cluster", "Shows the nodes, the metadata quorum, and partitions with missing replicas.") { self.tree, self.inSync, self.waitMs, self.bootstrap, self.json };
        command.SetAction(self.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellation)
    {
        await using var admin = CommonOptions.Admin(arguments, bootstrap);
        if (arguments.GetValue(inSync) is { } node)
            return await WaitInSync(admin, node, arguments.GetValue(waitMs) ?? 0, cancellation);
        await ShowAsync(admin, arguments, cancellation);
        return ExitCode.Ok;
    }

    private async Task<int> WaitInSync(KafkaAdmin admin, int node, int limitMs, CancellationToken cancellation)
    {
        var deadline = Environment.TickCount64 + limitMs;
        while (true)
        {
            var missing = await TryMissingAsync(admin, node, deadline, cancellation);
            if (missing is null || Environment.TickCount64 >= deadline)
                return missing is null ? ExitCode.Ok : throw new CommandException(missing);
            await Task.Delay(TimeSpan.FromMilliseconds(200), cancellation);
        }
    }

    /// <summary>As <see cref="MissingAsync"/>; that the cluster cannot be asked is one more reason to wait.</summary>
    private static async Task<string?> TryMissingAsync(KafkaAdmin admin, int node, long deadline, CancellationToken cancellation)
    {
        try
        {
            return await MissingAsync(admin, node, cancellation);
        }
        catch (KafkaException problem) when (problem.IsRetriable && Environment.TickCount64 < deadline)
        {
            return problem.Message;
        }
    }

    /// <summary>What keeps the node from being in sync; null when it is.</summary>
    private static async Task<string?> MissingAsync(KafkaAdmin admin, int node, CancellationToken cancellation)
    {
        var cluster = await admin.DescribeClusterAsync(cancellation);
        if (cluster.Brokers.All(broker => broker.NodeId != node))
            return $"node {node} is not among the brokers that are up: {string.Join(", ", cluster.Brokers.Select(broker => broker.NodeId))}.";
        // Without a controller nobody takes a lost node out of the ISRs.
        if (NoController(await admin.DescribeQuorumAsync(cancellation)) is { } problem)
            return problem;
        var behind = (await PartitionsAsync(admin, cancellation)).Where(one => one.Replicas.Contains(node) && !one.Isr.Contains(node)).ToArray();
        return behind.Length == 0 ? null : $"node {node} is not in sync with {behind.Length} partition(s), {behind[0].Name} among them.";
    }

    private async Task ShowAsync(KafkaAdmin admin, ParseResult arguments, CancellationToken cancellation)
    {
        var cluster = await admin.DescribeClusterAsync(cancellation);
        var quorum = await admin.DescribeQuorumAsync(cancellation);
        var partitions = await PartitionsAsync(admin, cancellation);
        var nodes = cluster.Brokers.Select(broker => broker.NodeId).Concat(quorum.Voters.Select(voter => voter.NodeId)).Concat(partitions.SelectMany(one => one.Replicas)).Distinct().Order()
            .Select(id => NodeOf(id, cluster, quorum, partitions)).ToArray();
        var damaged = partitions.Where(one => one.Isr.Count < one.Replicas.Count).ToArray();
        if (arguments.GetValue(tree) && !arguments.GetValue(json))
            PrintTree(quorum, nodes, partitions);
        else if (arguments.GetValue(json))
        {
            context.Json(new
            {
                cluster.ClusterId, Controller = quorum.LeaderId, ControllerEpoch = quorum.LeaderEpoch, quorum.HighWatermark, HasMajority = HasMajority(quorum),
                SilentControllers = Silent(quorum).Select(node => node.Value), Nodes = nodes, Partitions = partitions.Count, UnderReplicated = damaged,
            });
        }
        else
            Print(cluster, quorum, nodes, partitions.Count, damaged);
    }

    private void Print(ClusterDescription cluster, QuorumDescription quorum, Node[] nodes, int partitions, Assigned[] damaged)
    {
        var leader = quorum.LeaderId < 0 ? "none" : $"node {quorum.LeaderId}";
        context.Line($"Cluster: {cluster.ClusterId}  Controller: {leader}  Epoch: {quorum.LeaderEpoch}  Committed: {quorum.HighWatermark}");
        if (NoController(quorum) is { } problem)
            context.Line($"Quorum: {problem} Nothing can be changed, and brokers and partitions are shown as they were last known.");
        else if (Silent(quorum) is { Count: > 0 } silent)
            context.Line($"Quorum: {AwaitedPromises.Sentence(silent)}.");
        context.Table(
            ["#NODE", "ROLES", "ADDRESS", "RACK", "#LEADERS", "#REPLICAS", "#BEHIND", "#JOURNAL"],
            nodes.Select(node => (string[])
            [
                Text(node.Id), string.Join(',', node.Roles), node.Address ?? "-", node.Rack ?? "-", Text(node.Leaders), Text(node.Replicas), Text(node.Behind),
                node.JournalEnd is { } end ? end.ToString(CultureInfo.InvariantCulture) : "-",
            ]));
        context.Line($"Partitions: {partitions}  Under-replicated: {damaged.Length}  Without a leader: {damaged.Count(one => one.Leader < 0)}");
        if (damaged.Length > 0)
        {
            context.Table(
                ["PARTITION", "#LEADER", "REPLICAS", "ISR"],
                damaged.Select(one => (string[])[one.Name, one.Leader < 0 ? "none" : Text(one.Leader), string.Join(',', one.Replicas), string.Join(',', one.Isr)]));
        }
    }

    /// <summary>Why there is no controller; null when there is one.</summary>
    private static string? NoController(QuorumDescription quorum) =>
        quorum.LeaderId >= 0 ? null
        : HasMajority(quorum) ? "there is no controller at the moment; the controllers agree on one."
        : $"no majority: {AwaitedPromises.Sentence(Silent(quorum))}.";

    private static bool HasMajority(QuorumDescription quorum) => quorum.LeaderId >= 0 || Silent(quorum) is not { Count: > 0 } silent || 2 * silent.Count < quorum.Voters.Count;

    /// <summary>The voters that the controller, or the node that would be it, has not heard of for a while.</summary>
    private static List<NodeId> Silent(QuorumDescription quorum)
    {
        var last = quorum.Voters.Max(voter => (long?)voter.LastFetchTimestamp) ?? -1;
        return [.. quorum.Voters.Where(voter => voter.LastFetchTimestamp < last - SilentAfterMs).Select(voter => new NodeId(voter.NodeId)).Order()];
    }

    private void PrintTree(QuorumDescription quorum, Node[] nodes, List<Assigned> partitions)
    {
        foreach (var node in nodes)
        {
            context.Line($"node {node.Id}{(node.Address is null ? "" : $"  {node.Address}")}");
            var parts = new List<string>();
            if (quorum.LeaderId == node.Id)
                parts.Add("controller");
            if (node.JournalEnd is { } end)
                parts.Add($"journal  up to {end}");
            parts.AddRange(partitions.Where(one => one.Replicas.Contains(node.Id)).Select(one => $"{one.Name}@{node.Id}  {Standing(one, node.Id)}"));
            for (var i = 0; i < parts.Count; i++)
                context.Line($"{(i == parts.Count - 1 ? "└──" : "├──")} {parts[i]}");
        }
    }

    private static string Standing(Assigned partition, int node) =>
        partition.Leader == node ? "leader" : partition.Isr.Contains(node) ? "follower" : "follower, not in sync";

    private static readonly string[] Controller = ["controller"];
    private static readonly string[] Broker = ["broker"];
    private static readonly string[] FencedBroker = ["fenced broker"];

    private static Node NodeOf(int id, ClusterDescription cluster, QuorumDescription quorum, List<Assigned> partitions)
    {
        var broker = cluster.Brokers.FirstOrDefault(broker => broker.NodeId == id);
        var voter = quorum.Voters.FirstOrDefault(voter => voter.NodeId == id);
        // DescribeCluster leaves out brokers that are not alive; their replicas are still theirs.
        var isFenced = broker is null && partitions.Any(one => one.Replicas.Contains(id));
        string[] roles = [.. voter is null ? [] : Controller, .. broker is not null ? Broker : isFenced ? FencedBroker : []];
        return new Node(
            id,
            roles,
            broker is null ? null : $"{broker.Host}:{broker.Port}",
            broker?.Rack,
            partitions.Count(one => one.Leader == id),
            partitions.Count(one => one.Replicas.Contains(id)),
            partitions.Count(one => one.Replicas.Contains(id) && !one.Isr.Contains(id)),
            voter is { LogEndOffset: >= 0 } known ? known.LogEndOffset : null);
    }

    private static async Task<List<Assigned>> PartitionsAsync(KafkaAdmin admin, CancellationToken cancellation)
    {
        var topics = await admin.ListTopicsAsync(includeInternal: true, cancellation);
        return
        [
            .. from topic in topics
               from partition in topic.Partitions
               orderby topic.Name, partition.Partition
               select new Assigned($"{topic.Name}-{partition.Partition}", partition.Leader, partition.Replicas, partition.Isr),
        ];
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>A node as the table shows it.</summary>
    /// <param name="Behind">Partitions with a replica here that is not in sync.</param>
    /// <param name="JournalEnd">Of its copy of the metadata journal; null when it has none, or it is not known.</param>
    private sealed record Node(int Id, string[] Roles, string? Address, string? Rack, int Leaders, int Replicas, int Behind, long? JournalEnd);

    private sealed record Assigned(string Name, int Leader, IReadOnlyList<int> Replicas, IReadOnlyList<int> Isr);
}
