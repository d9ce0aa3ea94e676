#nullable disable
using Akka.Configuration;
using Akka.Util;

namespace Akka.Actor;

/// <summary>The configuration, as a part of a system's set-up.</summary>
public sealed class BootstrapSetup : Setup.Setup
{
    private BootstrapSetup(Option<Config> config) => Config = config;

    /// <summary>The configuration.</summary>
    public Option<Config> Config { get; }

    public static BootstrapSetup Create() => new(Option<Config>.None);

    /// <summary>With that configuration.</summary>
    public BootstrapSetup WithConfig(Config config) => new(new Option<Config>(config));

    /// <summary>With a fallback behind the configuration.</summary>
    public BootstrapSetup WithConfigFallback(Config config) => new(new Option<Config>(Config.HasValue ? Config.Value.WithFallback(config) : config));
}
