using System.Collections;
using System.Globalization;
using System.Reflection;
using Akka.Configuration.Hocon;

namespace Akka.Configuration;

/// <summary>Makes <see cref="Config"/> values from text, resources and objects.</summary>
public class ConfigurationFactory
{
    private const string ReferenceResource = "Akka.Configuration.Pigeon.conf";

    private static Config? defaults;

    /// <summary>A configuration without any key.</summary>
    public static Config Empty => Config.Empty;

    /// <summary>Reads HOCON. Includes name files, relative to the current directory.</summary>
    /// <exception cref="ConfigurationException">The text is not HOCON, or a substitution cannot be resolved.</exception>
    public static Config ParseString(string hocon) => new(Parser.Parse(hocon, null));

    /// <summary>Reads HOCON and asks <paramref name="includeCallback"/> for what an include names; null from it means that there is no such thing.</summary>
    /// <exception cref="ConfigurationException">The text is not HOCON, or a substitution cannot be resolved.</exception>
    public static Config ParseString(string hocon, Func<string, HoconRoot>? includeCallback) => new(Parser.Parse(hocon, includeCallback));

    /// <summary>The configuration that the process brings along. There is no App.config section in this implementation, so it is empty.</summary>
    public static Config Load() => Empty;

    /// <summary>The actor runtime's own defaults.</summary>
    public static Config Default() => defaults ??= FromResource(ReferenceResource, typeof(ConfigurationFactory).Assembly);

    /// <summary>Reads HOCON from an embedded resource of the assembly that holds the type of <paramref name="instanceInAssembly"/>.</summary>
    public static Config FromResource(string resourceName, object instanceInAssembly) => instanceInAssembly switch
    {
        Type type => FromResource(resourceName, type.Assembly),
        Assembly assembly => FromResource(resourceName, assembly),
        _ => FromResource(resourceName, instanceInAssembly.GetType().Assembly),
    };

    /// <summary>Reads HOCON from an embedded resource of the assembly that holds <typeparamref name="TAssembly"/>.</summary>
    public static Config FromResource<TAssembly>(string resourceName) => FromResource(resourceName, typeof(TAssembly).Assembly);

    /// <summary>Reads HOCON from an embedded resource.</summary>
    /// <exception cref="ConfigurationException">There is no such resource, or it is not HOCON.</exception>
    public static Config FromResource(string resourceName, Assembly assembly)
    {
        using var stream = assembly.GetManifestResourceStream(resourceName)
            ?? throw new ConfigurationException($"There is no embedded resource '{resourceName}' in {assembly.GetName().Name}.");
        using var reader = new StreamReader(stream);
        return new Config(Parser.ParseNamed(reader.ReadToEnd(), resourceName, null));
    }

    /// <summary>Makes a configuration of the public properties of <paramref name="source"/>, or of a dictionary with string keys. Nested objects become sections.</summary>
    public static Config FromObject(object source)
    {
        var value = ToValue(source, 0);
        return value.IsObject()
            ? new Config(new HoconRoot(value))
            : throw new ConfigurationException($"A configuration is an object, but {source.GetType().Name} is a single value.");
    }

    private static HoconValue ToValue(object? source, int depth)
    {
        if (depth > HoconReader.MaxDepth)
            throw new ConfigurationException($"The object is nested deeper than {HoconReader.MaxDepth} levels, or refers to itself.");

        switch (source)
        {
            case null:
                return HoconValue.Of(HoconLiteral.Null());
            case string text:
                return HoconValue.Of(new HoconLiteral { Value = text });
            case bool flag:
                return HoconValue.Of(new HoconLiteral { Value = flag ? "true" : "false" });
            case TimeSpan time:
                return HoconValue.Of(new HoconLiteral { Value = time.TotalMilliseconds.ToString("R", CultureInfo.InvariantCulture) + "ms" });
            case IFormattable plain:
                return HoconValue.Of(new HoconLiteral { Value = plain.ToString(null, CultureInfo.InvariantCulture) });
            case IDictionary dictionary:
                var fields = new HoconObject();
                foreach (DictionaryEntry entry in dictionary)
                    fields.Items[Convert.ToString(entry.Key, CultureInfo.InvariantCulture) ?? ""] = ToValue(entry.Value, depth + 1);
                return HoconValue.Of(fields);
            case IEnumerable list:
                var array = new HoconArray();
                foreach (var item in list)
                    array.Add(ToValue(item, depth + 1));
                return HoconValue.Of(array);
            default:
                var properties = new HoconObject();
                foreach (var property in source.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance))
                {
                    if (property.CanRead && property.GetIndexParameters().Length == 0)
                        properties.Items[property.Name] = ToValue(property.GetValue(source), depth + 1);
                }

                return HoconValue.Of(properties);
        }
    }
}
