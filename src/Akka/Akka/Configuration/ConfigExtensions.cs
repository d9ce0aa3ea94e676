using System.Diagnostics.CodeAnalysis;

namespace Akka.Configuration;

/// <summary>Null-tolerant operations on <see cref="Config"/>.</summary>
public static class ConfigExtensions
{
    /// <summary>Whether there is nothing to read in it.</summary>
    public static bool IsNullOrEmpty([NotNullWhen(false)] this Config? config) => config is null || config.IsEmpty;

    /// <summary>Like <see cref="Config.WithFallback"/>, where either side may be null or empty.</summary>
    public static Config? SafeWithFallback(this Config? config, Config? fallback) =>
        config.IsNullOrEmpty() ? fallback
        : fallback.IsNullOrEmpty() || ReferenceEquals(config, fallback) ? config
        : config.WithFallback(fallback);
}
