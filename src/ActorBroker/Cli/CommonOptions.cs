using System.CommandLine;
using ActorBroker.Client;

namespace ActorBroker.Cli;

/// <summary>Options that several commands have, and how commands are put together.</summary>
internal static class CommonOptions
{
    /// <summary>Milliseconds after which a command gives up when no address that it was given can be connected to.</summary>
    public const int BootstrapTimeoutMs = 5_000;

    /// <summary>Milliseconds for one TCP connection: with several addresses, those that swallow packets must leave time for the others.</summary>
    public const int ConnectTimeoutMs = 2_000;

    public static Option<string> Bootstrap() => new("--bootstrap-server")
    {
        Description = "Nodes of the cluster to ask first, host:port separated by commas.",
        HelpName = "host:port",
        DefaultValueFactory = _ => "127.0.0.1:9092",
    };

    public static Option<bool> Json() => Flag("--json", "Prints JSON instead of text.");

    public static Option<bool> Flag(string name, string description) => new(name) { Description = description };

    public static Option<string?> Text(string name, string helpName, string description) => new(name) { Description = description, HelpName = helpName };

    public static Option<int?> Number(string name, string description) => new(name) { Description = description, HelpName = "n" };

    public static Option<long?> LongNumber(string name, string helpName, string description) => new(name) { Description = description, HelpName = helpName };

    public static Option<string[]> Texts(string name, string helpName, string description) =>
        new(name) { Description = $"{description} May be given several times.", HelpName = helpName, DefaultValueFactory = _ => [] };

    public static KafkaAdmin Admin(ParseResult arguments, Option<string> bootstrap) =>
        new(new ClientOptions
        {
            BootstrapServers = arguments.GetRequiredValue(bootstrap),
            ClientId = "actorbroker-cli",
            ApiTimeoutMs = 30_000,
            BootstrapTimeoutMs = BootstrapTimeoutMs,
            ConnectTimeoutMs = ConnectTimeoutMs,
        });

    /// <summary>The one action that was asked for.</summary>
    public static Option<bool> Single(ParseResult arguments, params Option<bool>[] actions)
    {
        var chosen = actions.Where(arguments.GetValue).ToArray();
        return chosen.Length == 1
            ? chosen[0]
            : throw CommandException.Usage($"exactly one of {string.Join(", ", actions.Select(action => action.Name))} is needed.");
    }

    public static string Required(ParseResult arguments, Option<string?> option) =>
        arguments.GetValue(option) is { Length: > 0 } value ? value : throw CommandException.Usage($"{option.Name} is needed.");

    /// <summary>Reads <c>key=value</c>.</summary>
    public static KeyValuePair<string, string> Assignment(string text, string option)
    {
        var equals = text.IndexOf('=');
        return equals > 0 ? new(text[..equals].Trim(), text[(equals + 1)..]) : throw CommandException.Usage($"{option}: expected key=value, found \"{text}\".");
    }
}
