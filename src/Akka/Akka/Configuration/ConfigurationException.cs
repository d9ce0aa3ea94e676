using Akka.Actor;

namespace Akka.Configuration;

/// <summary>HOCON that cannot be read, or a value of another type than asked for. The message starts with file, line and column where they are known.</summary>
public class ConfigurationException : AkkaException
{
    public ConfigurationException(string message)
        : base(message)
    {
    }

    public ConfigurationException(string message, Exception? exception)
        : base(message, exception)
    {
    }

    /// <summary>The exception for a section that <typeparamref name="T"/> needs and that is missing or empty.</summary>
    public static ConfigurationException NullOrEmptyConfig<T>(string? path = null)
    {
        var section = string.IsNullOrWhiteSpace(path) ? "the configuration" : $"the configuration section '{path}'";
        return new ConfigurationException($"{typeof(T).FullName} needs {section}, but it is missing or empty.");
    }
}
