using System.Globalization;
using ActorBroker.Hocon;

namespace ActorBroker.Configuration;

/// <summary>Kafka's broker properties: which of our keys each one sets, and which have no meaning here.</summary>
internal static class KafkaProperties
{
    private const string ControllerListenerNames = "controller.listener.names";

    private static readonly Dictionary<string, Target> ByName = Index();

    private static HashSet<string>? allOfKafka;

    /// <summary>Whether one of our keys is set by it.</summary>
    public static bool IsMapped(string name) => ByName.ContainsKey(name);

    /// <summary>Whether Kafka has it, ours or not.</summary>
    public static bool IsKafkas(string name) => (allOfKafka ??= LoadNames()).Contains(name) || name.StartsWith("listener.name.", StringComparison.Ordinal);

    /// <summary>The property of Kafka's that was probably meant.</summary>
    public static string? Nearest(string name)
    {
        _ = IsKafkas(name);
        return NearestName.Find(name, allOfKafka!);
    }

    /// <summary>
    /// Translates properties of one source. Of several for the same key the one that Kafka prefers counts (<c>log.retention.ms</c> before
    /// <c>log.retention.hours</c>). What has no meaning here is handed to <paramref name="unused"/>.
    /// </summary>
    public static IEnumerable<Translated> Translate(IReadOnlyList<Property> properties, Action<Property> unused)
    {
        // As in a Java properties file, the last one of the same name counts.
        var last = new Dictionary<string, Property>();
        foreach (var property in properties)
            last[property.Name] = property;

        foreach (var property in last.Values)
        {
            if (!ByName.TryGetValue(property.Name, out var target))
            {
                if (property.Name != ControllerListenerNames)
                    unused(property);
                continue;
            }

            var preferred = target.Key.Kafka.Take(target.Priority).Any(kafka => last.ContainsKey(kafka.Name));
            if (!preferred)
                yield return new(target.Key, Value(property, target.Key, target.Factor, last), property.Line);
        }
    }

    private static string Value(Property property, SettingKey key, long factor, Dictionary<string, Property> all) => key.Kind switch
    {
        SettingKind.List => "[" + string.Join(", ", List(property, all).Select(HoconPrinter.Quote)) + "]",
        SettingKind.Text when property.Value.Length == 0 => "null",
        _ when factor != 1 && long.TryParse(property.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) =>
            HoconPrinter.Quote((number < 0 ? number : number > long.MaxValue / factor ? long.MaxValue : number * factor).ToString(CultureInfo.InvariantCulture)),
        _ => HoconPrinter.Quote(property.Value),
    };

    /// <summary>A comma-separated list. Controller listeners are left out: controllers talk through the actor runtime.</summary>
    private static IEnumerable<string> List(Property property, Dictionary<string, Property> all)
    {
        var elements = property.Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (property.Name is not ("listeners" or "advertised.listeners" or "listener.security.protocol.map") || !all.TryGetValue(ControllerListenerNames, out var controllers))
            return elements;
        var names = controllers.Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return elements.Where(element => !names.Contains(element[..Math.Max(0, element.IndexOf(':'))], StringComparer.OrdinalIgnoreCase));
    }

    private static Dictionary<string, Target> Index()
    {
        var index = new Dictionary<string, Target>();
        foreach (var key in SettingKeys.All)
        {
            for (var i = 0; i < key.Kafka.Length; i++)
                index.Add(key.Kafka[i].Name, new Target(key, i, key.Kafka[i].Factor));
        }

        return index;
    }

    private static HashSet<string> LoadNames()
    {
        using var stream = typeof(KafkaProperties).Assembly.GetManifestResourceStream("kafka-properties.txt")!;
        using var reader = new StreamReader(stream);
        return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)];
    }

    /// <summary>What a property sets.</summary>
    /// <param name="Priority">0 for the property that counts before the others of the same key.</param>
    private sealed record Target(SettingKey Key, int Priority, long Factor);

    /// <summary>A property in our words.</summary>
    /// <param name="Hocon">The value as HOCON.</param>
    /// <param name="Line">Of the property.</param>
    internal sealed record Translated(SettingKey Key, string Hocon, int Line);
}
