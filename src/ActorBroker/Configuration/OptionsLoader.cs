using System.Collections;
using ActorBroker.Hocon;
using ActorBroker.Model.Options;

namespace ActorBroker.Configuration;

/// <summary>What the command line says about settings.</summary>
public sealed record SettingSources
{
    /// <summary><c>--config</c>; null for none.</summary>
    public string? ConfigFile { get; init; }

    /// <summary><c>--properties</c>; null for none.</summary>
    public string? PropertiesFile { get; init; }

    /// <summary><c>--set key=value</c>, in order.</summary>
    public IReadOnlyList<string> Sets { get; init; } = [];

    /// <summary><c>--data-dir</c>; null for none.</summary>
    public string? DataDir { get; init; }

    /// <summary><c>--listener</c>, each HOST:PORT or NAME://HOST:PORT.</summary>
    public IReadOnlyList<string> Listeners { get; init; } = [];

    /// <summary>The process's environment variables.</summary>
    public IDictionary Environment { get; init; } = new Dictionary<string, string>();
}

/// <summary>The options to start with, and what the user should know about them.</summary>
public sealed record LoadedOptions(BrokerOptions Options, IReadOnlyList<string> Warnings);

/// <summary>Puts all sources of settings together. The later wins: reference.conf, file, properties, environment, --set, --data-dir and --listener.</summary>
public static class OptionsLoader
{
    /// <exception cref="OptionsException">Something is wrong with the settings; it lists everything that is.</exception>
    public static LoadedOptions Load(SettingSources sources)
    {
        var document = new SettingsDocument();
        if (sources.ConfigFile is { } file)
            document.AddFile(file);
        if (sources.PropertiesFile is { } properties)
            document.AddProperties(properties);
        document.AddEnvironment(sources.Environment);
        foreach (var assignment in sources.Sets)
            document.AddSet(assignment);
        if (sources.DataDir is { } directory)
            document.AddHocon($"--data-dir {directory}", "storage.data-dirs", $"[{HoconPrinter.Quote(directory)}]");
        AddListeners(document, sources.Listeners);

        var problems = document.Problems;
        var settings = document.Parse();
        var options = settings is null ? null : OptionsBinder.Bind(settings, problems);
        return problems.Count == 0 ? new LoadedOptions(options!, document.Warnings) : throw new OptionsException(problems);
    }

    private static void AddListeners(SettingsDocument document, IReadOnlyList<string> listeners)
    {
        if (listeners.Count == 0)
            return;
        var named = listeners.Select(listener => listener.Contains("://", StringComparison.Ordinal) ? listener : $"PLAINTEXT://{listener}");
        document.AddHocon($"--listener {string.Join(' ', listeners)}", "listeners", $"[{string.Join(", ", named.Select(HoconPrinter.Quote))}]");
    }
}
