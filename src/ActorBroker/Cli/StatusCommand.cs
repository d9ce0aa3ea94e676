using System.CommandLine;
using System.Globalization;
using ActorBroker.Configuration;
using ActorBroker.Status;

namespace ActorBroker.Cli;

/// <summary><c>status</c>: asks the node of a data directory on this machine how far it is. It answers also while it recovers its logs, before its listeners
/// are open.</summary>
internal sealed class StatusCommand(CommandContext context)
{
    private readonly Option<string?> dataDir = CommonOptions.Text("--data-dir", "directory", "A data directory of the node (storage.data-dirs).");
    private readonly Option<string?> config = CommonOptions.Text("--config", "file", "The HOCON file that the node was started with.");
    private readonly Option<string?> properties = CommonOptions.Text("--properties", "file", "The server.properties file that the node was started with.");
    private readonly Option<bool> json = CommonOptions.Json();

    public static Command Build(CommandContext context)
    {
        var self = new StatusCommand(context);
        var command = new Command("status", "Shows how far a node on this machine is: opening or recovering its logs, serving, stopping. Shows also which brokers it knows, with those that are fenced.")
        {
            self.dataDir, self.config, self.properties, self.json,
        };
        command.SetAction(self.Run);
        return command;
    }

    private int Run(ParseResult arguments)
    {
        var directories = Directories(arguments);
        var report = directories.Select(StatusSocket.Ask).FirstOrDefault(answer => answer is not null)
            ?? throw new CommandException($"no node answers in {string.Join(", ", directories)}; name one of its data directories with --data-dir.");
        if (arguments.GetValue(json))
        {
            context.Json(report);
            return ExitCode.Ok;
        }

        context.Line(string.Create(
            CultureInfo.InvariantCulture, $"Node: {report.NodeId}  Process: {report.Process}  Version: {report.Version}  State: {report.Phase} for {report.PhaseSeconds:F1} s"));
        context.Table(
            ["DIRECTORY", "STATE", "#LOGS", "#OPENED", "#VERIFIED-BYTES", "#CUT-BYTES", "#STRAYS", "#STRAY-BYTES"],
            report.Directories.Select(directory => (string[])
            [
                directory.Path, directory.Phase.ToString(), Text(directory.Logs), Text(directory.OpenedLogs), Text(directory.VerifiedBytes), Text(directory.CutBytes),
                Text(directory.Strays), Text(directory.StrayBytes),
            ]));
        if (report.Directories.Any(directory => directory.Strays > 0))
            context.Line("Strays are directories of replicas that the metadata does not know (their names end in -stray). Nobody uses them: look, then delete them.");
        if (report.Brokers.Count > 0)
        {
            context.Table(
                ["#BROKER", "STATE", "ADDRESS", "RACK", "#EPOCH"],
                report.Brokers.Select(broker => (string[])[Text(broker.Id), broker.State.ToString(), broker.Address ?? "-", broker.Rack ?? "-", Text(broker.Epoch)]));
        }

        return ExitCode.Ok;
    }

    private IReadOnlyList<string> Directories(ParseResult arguments)
    {
        var sources = new SettingSources
        {
            DataDir = arguments.GetValue(dataDir),
            ConfigFile = arguments.GetValue(config),
            PropertiesFile = arguments.GetValue(properties),
            Environment = Environment.GetEnvironmentVariables(),
        };
        try
        {
            return OptionsLoader.Load(sources).Options.Storage.DataDirs;
        }
        catch (OptionsException error)
        {
            throw CommandException.Usage(error.Message);
        }
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
