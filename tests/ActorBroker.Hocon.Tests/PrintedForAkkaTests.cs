using Akka.Configuration;
using AkkaValue = Akka.Configuration.Hocon.HoconValue;

namespace ActorBroker.Hocon.Tests;

/// <summary>Akka.NET's own parser, which is lenient and has its own ideas, reads what we print as we mean it.</summary>
public sealed class PrintedForAkkaTests
{
    /// <summary>Whole documents, each with what is odd about it.</summary>
    public static TheoryData<string, string> Documents => new()
    {
        { "text", "x = text" },
        { "several words", "x = some words of text" },
        { "duration with a space", "x = 100 ms, y = 5s, z = 1.5 minutes, i = infinite" },
        { "switches", "a = on, b = off, c = true, d = false, e = yes, f = no" },
        { "numbers", "a = 1, b = -1, c = 1.5, d = 1e3, e = 0x1F, f = 9223372036854775807, g = .5" },
        { "sizes", "a = 128000b, b = 64 KiB, c = 1MB" },
        { "null", "a = null, b { c = null }, d = 1" },
        { "empty text", "a = \"\", b = 1" },
        { "empty list", "a = [], b = 1" },
        { "empty object", "a {}, b = 1" },
        { "empty object in an empty section", "a { b {} }, c { d {}, e = 1 }" },
        { "list of texts", "a = [one, \"two words\", \"3,4\", \"\"]" },
        { "list of numbers over lines", "a = [\n  1\n  2,\n  3\n]" },
        { "list with null", "a = [null, 1]" },
        { "list of lists", "a = [[1, 2], [], [[3]]]" },
        { "list of objects", "a = [{ b = 1, c { d = 2 } }, { b = 3 }, {}]" },
        { "list last of an object", "a { b = [1] }, c = 2" },
        { "deep object", "a.b.c.d.e.f.g = 1, a.b.h = 2" },
        { "type name as key", "\"System.Object, System.Private.CoreLib\" = json" },
        { "dots in a key", "a { \"b.c\" = 1, \"b\" { c = 2 } }" },
        { "path as key", "/user/worker { router = round-robin }, \"/user/*/x\" = 1" },
        { "spaces in a key", "a b = 1, \" c \" = 2" },
        { "empty key", "\"\" = 1, a { \"\" = 2 }" },
        { "special characters in a key", "\"a#b\" = 1, \"c//d\" = 2, \"e`f\" = 3, \"g{h}\" = 4, \"i=j:k\" = 5, \"l\\\"m\" = 6, \"n\\\\o\" = 7, \"p$q\" = 8, \"r+\" = 9" },
        { "keys like statements", "\"include\" = 1, includes = 2, includes-all { x = 3 }, required = 4, null = 5, true = 6" },
        { "address", "a = \"akka.tcp://actorbroker@127.0.0.1:9093/user/x\", b = \"[::1]:9093\"" },
        { "class name", "a = \"ActorBroker.Hosting.AkkaLogActor, actorbroker\", b = \"X`1[[Y, Z]], Z\"" },
        { "comment signs", "a = \"# no comment\", b = \"// neither\", c = \"x // y\", d = 1 # yes" },
        { "brackets", "a = \"{\", b = \"}\", c = \"[\", d = \"]\", e = \"{}[]\", f = 1" },
        { "signs", "a = \"=\", b = \":\", c = \",\", d = \"+=\", e = \"a=b\", f = \"&*?!@^`\", g = \"%;<>|~'()\"" },
        { "quotes", "a = \"say \\\"x\\\"\", b = \"\\\"\", c = \"\\\"\\\"\\\"\", d = \"'\"" },
        { "backslashes", "a = \"C:\\\\dir\\\\new\", b = \"\\\\\", c = \"\\\\u0041\", d = \"\\\\\\\"\"" },
        { "substitution that is none", "a = \"${x}\", b = \"$\", c = \"${?x}\", d = \"$a\"" },
        { "escapes", "a = \"x\\ty\", b = \"x\\ny\", c = \"x\\r\\ny\", d = \"x\\u0001y\", e = \"x\\by\\fz\"" },
        { "several lines", "a = \"\"\"first\n  second \\n \"third\"\nfourth\"\"\", b = 1" },
        { "other scripts", "a = \"Grüße\", b = \"日本\", c = \"😀\", \"ключ\" = 1, d = \"x\u00a0y\", e = \"x\u2028y\"" },
        { "text that only begins like null", "a = nullable, b = \"null pointer\", c = not null" },
        { "a minus and dots", "a = -, b = \"--\", c = \"...\", d = \".\", e = a.b.c" },
        { "resolved substitutions", "base { x = 1, y = [1] }, a = ${base} { z = 2 }, b = ${base.x} and ${base.x}, c = ${base.y} [2]" },
        { "appended", "a = [1], a += 2, b += x" },
        { "merged and replaced", "a { x = 1 }, a { y = 2 }, b { x = 1 }, b = 5, c = 5, c { x = 1 }, d = 1, d = null" },
        { "joined parts", "a = x \"y\" z, b = \"x\"\"y\", c = 1 \"\" 2" },
        { "carriage returns", "a = 1\r\nb {\r\n  c = [1,\r\n2]\r\n}\r\n" },
        { "json", "{\"a\": [1, 2, {\"b\": null}], \"c\": {\"d\": \"e\\u0041\\nf\", \"f\": true}}" },
        { "long text", $"a = \"{new string('x', 10_000)}\"" },
    };

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_value_arrives(string oddity, string hocon)
    {
        var ours = HoconDocument.Parse(hocon);

        Assert.True(AssertArrives(ours) > 0, oddity);
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Our_own_reader_reads_it_back_as_well(string oddity, string hocon)
    {
        var printed = HoconDocument.Parse(hocon).ToString();

        Assert.True(printed == HoconDocument.Parse(printed).ToString(), oddity);
    }

    [Fact]
    public void Every_setting_of_the_actor_system_arrives()
    {
        var source = new HoconSource("include \"reference.conf\"\ninclude \"cluster.conf\"", null, name => new HoconSource(File.ReadAllText(Path.Combine(Checkout.Root, "hocon", name)), name));
        var akka = HoconDocument.Parse(source).Items["akka"].Object!;

        Assert.InRange(AssertArrives(akka), 20, int.MaxValue);
    }

    [Fact]
    public void Durations_and_switches_are_what_they_were()
    {
        var config = Printed(HoconDocument.Parse("wait = 100 ms, long = 2 minutes, never = infinite, is-on = on, is-off = off, size = 128000b"));

        Assert.Equal(TimeSpan.FromMilliseconds(100), config.GetTimeSpan("akka.wait"));
        Assert.Equal(TimeSpan.FromMinutes(2), config.GetTimeSpan("akka.long"));
        Assert.Equal(Timeout.InfiniteTimeSpan, config.GetTimeSpan("akka.never"));
        Assert.True(config.GetBoolean("akka.is-on"));
        Assert.False(config.GetBoolean("akka.is-off", true));
        Assert.Equal(128_000, config.GetByteSize("akka.size"));
    }

    [Fact]
    public void What_is_printed_wins_over_akkas_defaults()
    {
        var config = Printed(HoconDocument.Parse("loggers = [], loglevel = WARNING, actor.provider = cluster")).WithFallback(ConfigurationFactory.Default());

        Assert.Empty(config.GetStringList("akka.loggers"));
        Assert.Equal("WARNING", config.GetString("akka.loglevel"));
        Assert.Equal("cluster", config.GetString("akka.actor.provider"));
    }

    [Theory]
    [InlineData("null")]
    [InlineData(" x")]
    [InlineData("x\n")]
    public void Akka_cannot_hold_the_word_null_nor_space_around_a_text(string text)
    {
        var printed = Printed(HoconDocument.Parse($"x = {HoconPrinter.Quote(text)}"));

        Assert.NotEqual(text, printed.GetString("akka.x"));
    }

    /// <summary>Compares all values, in both directions.</summary>
    /// <returns>How many keys there were.</returns>
    private static int AssertArrives(HoconObject ours) => AssertSame("akka", ours, Printed(ours).GetValue("akka"));

    private static Config Printed(HoconObject akka) => ConfigurationFactory.ParseString($"akka {akka}");

    private static int AssertSame(string path, HoconObject ours, AkkaValue theirs)
    {
        Assert.True(theirs.IsObject(), path);
        Assert.Equal(ours.Items.Keys.Order(StringComparer.Ordinal), theirs.GetObject().Items.Keys.Order(StringComparer.Ordinal));
        return ours.Items.Sum(item => 1 + AssertSame($"{path}.{item.Key}", item.Value, theirs.GetObject().Items[item.Key]));
    }

    private static int AssertSame(string path, HoconValue ours, AkkaValue theirs)
    {
        if (ours.Object is { } fields)
            return AssertSame(path, fields, theirs);
        Assert.False(theirs.IsObject(), path);
        if (ours.List is { } list)
            return AssertSame(path, list, theirs.GetArray());
        Assert.True(theirs.IsString(), path);
        Assert.Equal((path, ours.Text), (path, theirs.GetString()));
        return 0;
    }

    private static int AssertSame(string path, IReadOnlyList<HoconValue> ours, IList<AkkaValue> theirs)
    {
        Assert.Equal((path, ours.Count), (path, theirs.Count));
        return ours.Select((item, i) => AssertSame($"{path}[{i}]", item, theirs[i])).Sum();
    }
}
