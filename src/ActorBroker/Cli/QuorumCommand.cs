using System.CommandLine;
using System.Globalization;
using ActorBroker.Client;
using ActorBroker.Model;

namespace ActorBroker.Cli;

/// <summary><c>quorum</c>: which controllers vote on the metadata. One change at a time; each answers when it is committed.</summary>
internal sealed class QuorumCommand(CommandContext context)
{
    private readonly Option<string> bootstrap = CommonOptions.Bootstrap();
    private readonly Option<bool> json = CommonOptions.Json();
    private readonly Option<int?> add = CommonOptions.Number("--add", "Gives this controller node a vote. All nodes must have it in actorbroker.cluster.voters already.");
    private readonly Option<int?> remove = CommonOptions.Number("--remove", "Takes this controller node's vote away. Take it from actorbroker.cluster.voters on all nodes afterwards.");

    public static Command Build(CommandContext context)
    {
        var self = new QuorumCommand(context);
        var command = new Command("quorum", "Shows which nodes keep the metadata journal, and gives and takes votes.") { self.add, self.remove, self.bootstrap, self.json };
        command.SetAction(self.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellation)
    {
        var (added, removed) = (arguments.GetValue(add), arguments.GetValue(remove));
        if (added is not null && removed is not null)
            throw CommandException.Usage("--add and --remove are two steps: do one, then the other.");
        await using var admin = CommonOptions.Admin(arguments, bootstrap);
        var quorum = await admin.DescribeQuorumAsync(cancellation);
        if (added is { } newcomer)
            await admin.AddVoterAsync(Find(quorum.Observers, newcomer, quorum.Voters.Any(one => one.NodeId == newcomer) ? "votes already." : "keeps no copy of the journal: start it as a controller, with itself among actorbroker.cluster.voters on all nodes."), cancellation);
        if (removed is { } leaver)
            await admin.RemoveVoterAsync(Find(quorum.Voters, leaver, "has no vote."), cancellation);
        Show(added is null && removed is null ? quorum : await admin.DescribeQuorumAsync(cancellation), arguments.GetValue(json));
        return ExitCode.Ok;
    }

    private static QuorumReplica Find(IEnumerable<QuorumReplica> replicas, int node, string otherwise) =>
        replicas.FirstOrDefault(one => one.NodeId == node && one.DirectoryId != Guid.Empty) ?? throw new CommandException($"node {node} {otherwise}");

    private void Show(QuorumDescription quorum, bool asJson)
    {
        if (asJson)
        {
            context.Json(quorum);
            return;
        }

        context.Table(
            ["#NODE", "STANDING", "DIRECTORY", "#JOURNAL"],
            quorum.Voters.Select(one => Row(one, one.NodeId == quorum.LeaderId ? "controller" : "voter")).Concat(quorum.Observers.Select(one => Row(one, "observer"))));
    }

    private static string[] Row(QuorumReplica replica, string standing) =>
    [
        replica.NodeId.ToString(CultureInfo.InvariantCulture), standing, replica.DirectoryId == Guid.Empty ? "-" : new TopicId(replica.DirectoryId).ToString(),
        replica.LogEndOffset < 0 ? "-" : replica.LogEndOffset.ToString(CultureInfo.InvariantCulture),
    ];
}
