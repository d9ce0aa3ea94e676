using System.Text.RegularExpressions;

namespace ActorBroker.AkkaSettings.Tests;

/// <summary>Akka.NET ignores a key that it does not know, so a misspelt or outdated one would be lost silently.</summary>
public sealed partial class AkkaKeysTests
{
    public static TheoryData<string> Keys => new(All);

    private static IEnumerable<string> All => OurKeys.OfFiles.Keys.Concat(OurKeys.OfCode.Keys).Distinct().Order(StringComparer.Ordinal);

    [Theory]
    [MemberData(nameof(Keys))]
    public void A_key_that_we_set_is_one_of_akkas(string key) => Assert.Contains(ReferenceKeys.Of(key), ReferenceKeys.All);

    [Fact]
    public void Keys_are_found_in_files_and_in_code()
    {
        Assert.Contains("akka.cluster.split-brain-resolver.stable-after", OurKeys.OfFiles.Keys);
        Assert.Contains("akka.cluster.roles", OurKeys.OfCode.Keys);
        Assert.Contains("akka.remote.dot-netty.tcp.hostname", OurKeys.OfCode.Keys);
        Assert.Contains(OurKeys.OfCode.Keys, key => key.StartsWith("akka.actor.serializers.", StringComparison.Ordinal));
    }

    [Fact]
    public void A_misspelt_key_is_not_one_of_akkas() => Assert.DoesNotContain("akka.cluster.gosip-interval", ReferenceKeys.All);

    [Fact]
    public void The_page_names_each_key_and_no_other() =>
        Assert.Equal(All.Select(Documented).Distinct().Order(StringComparer.Ordinal), Rows().Select(row => row.Key).Order(StringComparer.Ordinal));

    [Fact]
    public void The_page_gives_the_values_of_the_files() =>
        Assert.All(Rows().Where(row => OurKeys.OfFiles.ContainsKey(row.Key)), row => Assert.Equal((row.Key, $"`{OurKeys.OfFiles[row.Key]}`"), row));

    [Fact]
    public void The_page_gives_every_reason() => Assert.All(Lines(), line => Assert.False(string.IsNullOrWhiteSpace(line.Groups[3].Value), line.Value));

    /// <summary>A page names an open section once, and sharding's keys as they are set.</summary>
    private static string Documented(string key) => ReferenceKeys.Of(key) is var known && key.StartsWith(known + ".", StringComparison.Ordinal) ? known : key;

    private static IEnumerable<(string Key, string Value)> Rows() => Lines().Select(line => (line.Groups[1].Value, line.Groups[2].Value));

    private static IEnumerable<Match> Lines() => Row().Matches(File.ReadAllText(Path.Combine(Checkout.Root, "docs", "akka.md")));

    [GeneratedRegex(@"^\| `(akka\.[^`]+)` \| ([^|]*?) \| ([^|]*?) \|\r?$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
