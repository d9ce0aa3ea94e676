using ActorBroker.Configuration;

namespace ActorBroker.Start;

/// <summary>The command line of <c>start</c>.</summary>
internal static class StartArguments
{
    public const string Verb = "start";

    private static readonly string[] Names = ["--config", "--data-dir", "--listener", "--set", "--properties"];

    /// <summary>Whether the process is to run a node: no verb, or the verb start, and no question for help.</summary>
    public static bool IsStart(string[] args) =>
        (args.Length == 0 || args[0] == Verb || (args[0].StartsWith("--", StringComparison.Ordinal) && args[0] != "--version"))
        && !args.Any(arg => arg is "--help" or "-h" or "-?" or "/?");

    /// <summary>Reads the options, each as <c>--name value</c> or <c>--name=value</c>.</summary>
    /// <exception cref="OptionsException">There is another option, or one without its value.</exception>
    public static SettingSources Parse(IReadOnlyList<string> args)
    {
        var sources = new SettingSources { Environment = Environment.GetEnvironmentVariables() };
        var sets = new List<string>();
        var listeners = new List<string>();
        for (var i = args.Count > 0 && args[0] == Verb ? 1 : 0; i < args.Count; i++)
        {
            var equals = args[i].IndexOf('=');
            var name = equals < 0 ? args[i] : args[i][..equals];
            if (!Names.Contains(name))
                throw new OptionsException(Unknown(args[i], name));
            if (equals < 0 && i + 1 == args.Count)
                throw new OptionsException($"{name} needs a value; see actorbroker start --help.");
            var value = equals < 0 ? args[++i] : args[i][(equals + 1)..];
            switch (name)
            {
                case "--config":
                    sources = sources with { ConfigFile = value };
                    break;
                case "--data-dir":
                    sources = sources with { DataDir = value };
                    break;
                case "--properties":
                    sources = sources with { PropertiesFile = value };
                    break;
                case "--set":
                    sets.Add(value);
                    break;
                default:
                    listeners.AddRange(value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
                    break;
            }
        }

        return sources with { Sets = sets, Listeners = listeners };
    }

    private static string Unknown(string argument, string name) =>
        NearestName.Find(name, Names) is { } nearest
            ? $"unknown option {name}; did you mean {nearest}?"
            : $"unknown argument {argument}; see actorbroker start --help.";
}
