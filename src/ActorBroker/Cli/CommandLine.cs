using System.CommandLine;
using ActorBroker.Client;
using ActorBroker.Start;

namespace ActorBroker.Cli;

/// <summary>The tree of commands. Exit codes: 0 done, 1 failed, 2 the command line cannot be used.</summary>
internal static class CommandLine
{
    public static async Task<int> RunAsync(string[] args, CommandContext context)
    {
        var result = Root(context).Parse(args);
        try
        {
            if (result.Errors.Count == 0)
            {
                var settings = new InvocationConfiguration { Output = context.Out, Error = context.Error, EnableDefaultExceptionHandler = false };
                return await result.InvokeAsync(settings);
            }

            foreach (var error in result.Errors)
                Complain(context, error.Message);
            context.Error.WriteLine($"See actorbroker{Path(result.CommandResult.Command)} --help.");
            return ExitCode.Usage;
        }
        catch (CommandException error)
        {
            Complain(context, error.Message);
            return error.ExitCode;
        }
        catch (Exception error) when (error is KafkaException or IOException or UnauthorizedAccessException)
        {
            Complain(context, error.Message);
            return ExitCode.Failed;
        }
        catch (Exception error) when (error is ArgumentException or FormatException)
        {
            Complain(context, error.Message);
            return ExitCode.Usage;
        }
        catch (OperationCanceledException)
        {
            Complain(context, "stopped.");
            return ExitCode.Failed;
        }
        finally
        {
            await context.Out.FlushAsync();
        }
    }

    private static RootCommand Root(CommandContext context)
    {
        var root = new RootCommand("ActorBroker, a broker that Kafka's clients talk to. Without a command it starts a node.")
        {
            Start(),
            ClusterCommand.Build(context),
            QuorumCommand.Build(context),
            TopicsCommand.Build(context),
            ProduceCommand.Build(context),
            ConsumeCommand.Build(context),
            GroupsCommand.Build(context),
            ConfigsCommand.Build(context),
            DumpLogCommand.Build(context),
            StatusCommand.Build(context),
        };
        root.SetAction((_, cancellation) => StartCommand.RunAsync([], cancellation));
        return root;
    }

    /// <summary>Only for the help text: a start without a question for help never comes here.</summary>
    private static Command Start()
    {
        var command = new Command(StartArguments.Verb, "Starts a node and runs it until it is asked to stop (SIGTERM, Ctrl+C). The default command.")
        {
            new Option<string>("--config") { Description = "A HOCON file with settings; reference.conf describes all.", HelpName = "file" },
            new Option<string>("--data-dir") { Description = "Directory for the logs (storage.data-dirs).", HelpName = "directory" },
            new Option<string[]>("--listener") { Description = "Where to listen (listeners), [NAME://]host:port. May be given several times.", HelpName = "address" },
            new Option<string[]>("--set") { Description = "One setting, by our key or by Kafka's property name. May be given several times.", HelpName = "key=value" },
            new Option<string>("--properties") { Description = "A server.properties file of Kafka's.", HelpName = "file" },
        };
        command.SetAction((_, cancellation) => StartCommand.RunAsync([], cancellation));
        return command;
    }

    private static string Path(Command command) => command is RootCommand ? "" : $" {command.Name}";

    private static void Complain(CommandContext context, string message) => context.Error.WriteLine($"actorbroker: {message}");
}
