using System.CommandLine;
using System.Globalization;
using ActorBroker.Client;
using ActorBroker.Model;
using ActorBroker.Protocol;

namespace ActorBroker.Cli;

/// <summary><c>groups</c>, with the options of kafka-consumer-groups.</summary>
internal sealed class GroupsCommand(CommandContext context)
{
    private readonly Option<string> bootstrap = CommonOptions.Bootstrap();
    private readonly Option<bool> json = CommonOptions.Json();
    private readonly Option<bool> list = CommonOptions.Flag("--list", "Lists groups.");
    private readonly Option<bool> describe = CommonOptions.Flag("--describe", "Shows offsets, lag, members or state of groups.");
    private readonly Option<bool> delete = CommonOptions.Flag("--delete", "Deletes groups without members.");
    private readonly Option<bool> deleteOffsets = CommonOptions.Flag("--delete-offsets", "Forgets a group's offsets of topics.");
    private readonly Option<bool> resetOffsets = CommonOptions.Flag("--reset-offsets", "Sets the offsets of a group without members.");
    private readonly Option<string[]> groups = CommonOptions.Texts("--group", "group", "The group.");
    private readonly Option<bool> allGroups = CommonOptions.Flag("--all-groups", "All groups.");
    private readonly Option<bool> members = CommonOptions.Flag("--members", "With --describe: the members.");
    private readonly Option<bool> offsets = CommonOptions.Flag("--offsets", "With --describe: the offsets; what is shown without one of these.");
    private readonly Option<bool> verbose = CommonOptions.Flag("--verbose", "With --describe --members: the assigned partitions.");
    private readonly Option<string?> state = new("--state")
    {
        Description = "With --list: the states, and only groups in those given. With --describe: state, coordinator and strategy.",
        HelpName = "states",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly OffsetResetOptions reset = new();

    public static Command Build(CommandContext context)
    {
        var self = new GroupsCommand(context);
        var command = new Command("groups", "Lists, describes and deletes consumer groups, and moves their offsets.")
        {
            self.list, self.describe, self.delete, self.deleteOffsets, self.resetOffsets, self.groups, self.allGroups,
            self.members, self.offsets, self.state, self.verbose, self.bootstrap, self.json,
        };
        self.reset.AddTo(command);
        command.SetAction(self.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellation)
    {
        var action = CommonOptions.Single(arguments, list, describe, delete, deleteOffsets, resetOffsets);
        await using var admin = CommonOptions.Admin(arguments, bootstrap);
        if (action == list)
        {
            await ListAsync(admin, arguments, cancellation);
            return ExitCode.Ok;
        }

        var ids = await IdsAsync(admin, arguments, cancellation);
        if (action == resetOffsets)
            return await new OffsetReset(context, admin, reset, arguments).RunAsync(ids, arguments.GetValue(json), cancellation);
        if (action == describe)
            return await DescribeAsync(admin, arguments, ids, cancellation);
        return action == delete ? await DeleteAsync(admin, ids, cancellation) : await DeleteOffsetsAsync(admin, arguments, ids, cancellation);
    }

    private async Task<string[]> IdsAsync(KafkaAdmin admin, ParseResult arguments, CancellationToken cancellation)
    {
        var named = arguments.GetRequiredValue(groups);
        if (arguments.GetValue(allGroups) == named.Length > 0)
            throw CommandException.Usage("either --group or --all-groups is needed.");
        return named.Length > 0 ? named : [.. (await admin.ListGroupsAsync(cancellation: cancellation)).Select(group => group.GroupId)];
    }

    private async Task ListAsync(KafkaAdmin admin, ParseResult arguments, CancellationToken cancellation)
    {
        var withState = arguments.GetResult(state) is not null;
        var states = (arguments.GetValue(state) ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var found = (await admin.ListGroupsAsync(states.Length == 0 ? null : states, cancellation)).OrderBy(group => group.GroupId, StringComparer.Ordinal).ToArray();
        if (arguments.GetValue(json))
            context.Json(found.Select(group => new { Group = group.GroupId, group.ProtocolType, group.State, group.Type }));
        else if (withState)
            context.Table(["GROUP", "STATE"], found.Select(group => (string[])[group.GroupId, group.State]));
        else
            Array.ForEach(found, group => context.Line(group.GroupId));
    }

    private async Task<int> DescribeAsync(KafkaAdmin admin, ParseResult arguments, string[] ids, CancellationToken cancellation)
    {
        var withState = arguments.GetResult(state) is not null;
        if ((withState ? 1 : 0) + (arguments.GetValue(members) ? 1 : 0) + (arguments.GetValue(offsets) ? 1 : 0) > 1)
            throw CommandException.Usage("--describe takes one of --members, --offsets and --state.");
        var exit = ExitCode.Ok;
        var shown = new List<object>();
        foreach (var group in await admin.DescribeGroupsAsync(ids, cancellation))
        {
            if (group.Error != ErrorCode.None)
                throw new KafkaException(group.Error);
            var committed = await admin.ListGroupOffsetsAsync(group.GroupId, cancellation: cancellation);
            if (group.State == "Dead" && committed.Count == 0)
            {
                context.Error.WriteLine($"Error: Consumer group '{group.GroupId}' does not exist.");
                exit = ExitCode.Failed;
                continue;
            }

            if (group.Members.Count == 0)
                context.Error.WriteLine($"Consumer group '{group.GroupId}' has no active members.");
            else if (group.State is "PreparingRebalance" or "CompletingRebalance")
                context.Error.WriteLine($"Warning: Consumer group '{group.GroupId}' is rebalancing.");
            shown.Add(withState ? State(group, arguments) : arguments.GetValue(members) ? Members(group, arguments) : await OffsetsAsync(admin, group, committed, arguments, cancellation));
        }

        if (arguments.GetValue(json))
            context.Json(shown);
        return exit;
    }

    private object State(GroupDescription group, ParseResult arguments)
    {
        if (!arguments.GetValue(json))
        {
            context.Line();
            context.Table(
                ["GROUP", "COORDINATOR (ID)", "ASSIGNMENT-STRATEGY", "STATE", "##MEMBERS"],
                [[group.GroupId, $"{group.Coordinator.Host}:{group.Coordinator.Port} ({group.Coordinator.NodeId})", Dash(group.Assignor), group.State, Text(group.Members.Count)]]);
        }

        return new { Group = group.GroupId, Coordinator = group.Coordinator.NodeId, group.Assignor, group.State, Members = group.Members.Count };
    }

    private object Members(GroupDescription group, ParseResult arguments)
    {
        if (!arguments.GetValue(json) && group.Members.Count > 0)
        {
            var detailed = arguments.GetValue(verbose);
            context.Line();
            context.Table(
                ["GROUP", "CONSUMER-ID", "HOST", "CLIENT-ID", "##PARTITIONS", .. detailed ? ["ASSIGNMENT"] : Array.Empty<string>()],
                group.Members.Select(member => (string[])
                [
                    group.GroupId, member.MemberId, member.ClientHost, member.ClientId, Text(member.Assignment.Count),
                    .. detailed ? [Dash(string.Join(", ", member.Assignment.GroupBy(one => one.Topic).Select(one => $"{one.Key}({string.Join(',', one.Select(partition => partition.Partition))})")))] : Array.Empty<string>(),
                ]));
        }

        return new
        {
            Group = group.GroupId,
            Members = group.Members.Select(member => new { member.MemberId, member.InstanceId, member.ClientId, Host = member.ClientHost, Assignment = member.Assignment.Select(one => new { one.Topic, one.Partition }) }),
        };
    }

    private async Task<object> OffsetsAsync(KafkaAdmin admin, GroupDescription group, IReadOnlyList<CommittedOffset> committed, ParseResult arguments, CancellationToken cancellation)
    {
        var owners = group.Members.SelectMany(member => member.Assignment.Select(partition => (partition, member))).ToDictionary(one => one.partition, one => one.member);
        var known = committed.Where(one => one.Offset >= 0).ToDictionary(one => one.Partition);
        var partitions = known.Keys.Union(owners.Keys).OrderBy(one => one.Topic, StringComparer.Ordinal).ThenBy(one => one.Partition).ToArray();
        var ends = (await admin.ListOffsetsAsync(partitions.ToDictionary(one => one, _ => OffsetSpec.Latest), cancellation: cancellation))
            .Where(end => end.Error == ErrorCode.None).ToDictionary(end => end.Partition, end => end.Offset);
        var rows = partitions.Select(partition =>
        {
            long? current = known.TryGetValue(partition, out var offset) ? offset.Offset : null;
            long? end = ends.TryGetValue(partition, out var last) ? last : null;
            return new { Partition = partition, Current = current, End = end, Lag = end - current, Owner = owners.GetValueOrDefault(partition) };
        }).ToArray();

        if (!arguments.GetValue(json) && rows.Length > 0)
        {
            context.Line();
            context.Table(
                ["GROUP", "TOPIC", "#PARTITION", "#CURRENT-OFFSET", "#LOG-END-OFFSET", "#LAG", "CONSUMER-ID", "HOST", "CLIENT-ID"],
                rows.Select(row => (string[])
                [
                    group.GroupId, row.Partition.Topic, Text(row.Partition.Partition), Text(row.Current), Text(row.End), Text(row.Lag),
                    Dash(row.Owner?.MemberId), Dash(row.Owner?.ClientHost), Dash(row.Owner?.ClientId),
                ]));
        }

        return new
        {
            Group = group.GroupId,
            Offsets = rows.Select(row => new { row.Partition.Topic, row.Partition.Partition, CurrentOffset = row.Current, LogEndOffset = row.End, row.Lag, ConsumerId = row.Owner?.MemberId, Host = row.Owner?.ClientHost, row.Owner?.ClientId }),
        };
    }

    private async Task<int> DeleteAsync(KafkaAdmin admin, string[] ids, CancellationToken cancellation)
    {
        var results = await admin.DeleteGroupsAsync(ids, cancellation);
        foreach (var failed in results.Where(result => !result.Succeeded))
            context.Error.WriteLine($"Error: Deletion of consumer group '{failed.Item}' failed: {failed.Error.Message()}");
        var deleted = results.Where(result => result.Succeeded).Select(result => $"'{result.Item}'").ToArray();
        if (deleted.Length > 0)
            context.Line($"Deletion of requested consumer groups ({string.Join(", ", deleted)}) was successful.");
        return deleted.Length == results.Count ? ExitCode.Ok : ExitCode.Failed;
    }

    private async Task<int> DeleteOffsetsAsync(KafkaAdmin admin, ParseResult arguments, string[] ids, CancellationToken cancellation)
    {
        var partitions = await OffsetReset.PartitionsAsync(admin, reset.Topics(arguments), cancellation);
        if (ids.Length != 1 || partitions.Count == 0)
            throw CommandException.Usage("--delete-offsets needs one --group and --topic.");
        var results = await admin.DeleteGroupOffsetsAsync(ids[0], partitions, cancellation);
        context.Table(["TOPIC", "#PARTITION", "STATUS"], results.Select(result => (string[])[result.Item.Topic, Text(result.Item.Partition), result.Succeeded ? "Successful" : $"Error: {result.Error.Message()}"]));
        return results.All(result => result.Succeeded) ? ExitCode.Ok : ExitCode.Failed;
    }

    private static string Text(long? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "-";

    private static string Dash(string? text) => string.IsNullOrEmpty(text) ? "-" : text;
}
