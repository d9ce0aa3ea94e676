using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Akka.Configuration;

namespace Akka.Tests.Conformance;

/// <summary>A setting that we have under Akka.NET's key has Akka.NET's default, unless it stands here with the reason.</summary>
public sealed partial class DefaultSettingsTests
{
    private static readonly Assembly[] Assemblies =
    [
        typeof(Akka.Actor.ActorSystem).Assembly, typeof(Remote.RemoteSettings).Assembly, typeof(Cluster.Cluster).Assembly, typeof(Persistence.Persistence).Assembly,
        typeof(Cluster.Tools.Singleton.ClusterSingletonManager).Assembly, typeof(Cluster.Sharding.ClusterSharding).Assembly, typeof(TestKit.TestKitBase).Assembly,
    ];

    private static readonly Dictionary<string, string> Ours = new()
    {
        ["akka.actor.serializers.primitive"] = "Numbers and texts have a form of our own, in Akka itself.",
        ["akka.cluster.sharding.remember-entities-store"] = "There is no distributed data; events are what there is.",
    };

    [ApiListingFact]
    public void Every_setting_under_a_key_of_Akka_NET_has_its_default_or_a_stated_one()
    {
        Config ours = Assemblies
            .SelectMany(static assembly => assembly.GetManifestResourceNames().Where(static name => name.EndsWith(".conf", StringComparison.Ordinal)).Select(name => ConfigurationFactory.FromResource(name, assembly)))
            .Aggregate(static (over, under) => over.WithFallback(under));
        Dictionary<string, string> found = [];
        var compared = 0;
        foreach (var listed in Listed())
        {
            if (!TryText(ours, listed.Key, out var value)) continue;
            compared++;
            if (!listed.Any(row => row.StartsWith("${", StringComparison.Ordinal) || Plain(row) == Plain(value))) found[listed.Key] = $"{value} (listed: {string.Join(" or ", listed)})";
        }

        Assert.InRange(compared, 150, int.MaxValue);
        string[] unstated = [.. found.Where(static difference => !Ours.ContainsKey(difference.Key)).Select(static difference => $"{difference.Key} = {difference.Value}")];
        string[] untrue = [.. Ours.Keys.Where(key => !found.ContainsKey(key)).Select(static key => $"{key} does not differ")];
        Assert.True(unstated is [] && untrue is [], string.Join(Environment.NewLine, [.. unstated, .. untrue]));
    }

    private static ILookup<string, string> Listed() => File.ReadLines(Path.Combine(ApiListing.Directory!, "hocon-keys.tsv")).Skip(1)
        .Select(static line => line.Split('\t')).Where(static columns => columns.Length == 3).ToLookup(static columns => columns[1], static columns => columns[2]);

    /// <summary>Keys with names of types in them, sections and lists are left to the tests of what reads them.</summary>
    private static bool TryText(Config config, string key, out string value)
    {
        value = "";
        if (!PlainKey().IsMatch(key) || !config.HasPath(key)) return false;
        try
        {
            value = config.GetString(key) ?? "";
            return true;
        }
        catch (Exception e) when (e is ConfigurationException or FormatException or InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>One way of writing each time, size, truth and number.</summary>
    private static string Plain(string value)
    {
        // Some rows of the listing end with a comma or a comment.
        var text = value.Split('#')[0].Trim().TrimEnd(',').Trim('"').ToLowerInvariant();
        text = text switch
        {
            "on" or "yes" or "true" => "on",
            "off" or "no" or "false" => "off",
            _ => text,
        };
        if (Quantity().Match(text) is not { Success: true } quantity) return text;
        var number = double.Parse(quantity.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
        (double factor, string unit) = quantity.Groups[2].Value switch
        {
            "ms" or "millis" or "milliseconds" => (1, "ms"),
            "s" or "seconds" => (1000, "ms"),
            "m" or "minutes" => (60_000, "ms"),
            "h" or "hours" => (3_600_000, "ms"),
            var other => (1, other == "b" ? "" : other),
        };
        return string.Create(CultureInfo.InvariantCulture, $"{number * factor}{unit}");
    }

    [GeneratedRegex(@"^[A-Za-z0-9.\-]+$")]
    private static partial Regex PlainKey();

    [GeneratedRegex(@"^(-?[0-9]+(?:\.[0-9]+)?)\s*([a-z]*)$")]
    private static partial Regex Quantity();
}
