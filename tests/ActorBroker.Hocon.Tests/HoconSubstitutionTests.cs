using System.Globalization;

namespace ActorBroker.Hocon.Tests;

public sealed class HoconSubstitutionTests
{
    private static HoconObject Parse(string hocon) => HoconDocument.Parse(hocon);

    [Fact]
    public void A_substitution_sees_the_last_value_wherever_it_stands()
    {
        var config = Parse("a = ${b.c}\nb.c = 1\nb.c = 2\nd = x ${b.c} y\ne = [${b.c}, 3]\nf { g = ${a} }");

        Assert.Equal(2, config.Int("a"));
        Assert.Equal("x 2 y", config.Text("d"));
        Assert.Equal([2, 3], config.Ints("e"));
        Assert.Equal(2, config.Int("f.g"));
    }

    [Fact]
    public void An_object_can_be_taken_over_and_extended()
    {
        var config = Parse("base { x = 1, y { p = 1, q = 1 } }\nmore = ${base} { y { q = 2 }, z = 3 }\nmore.w = 4\nlate = ${base}\nlate { x = 9 }");

        Assert.Equal(1, config.Int("more.x"));
        Assert.Equal(1, config.Int("more.y.p"));
        Assert.Equal(2, config.Int("more.y.q"));
        Assert.Equal(3, config.Int("more.z"));
        Assert.Equal(4, config.Int("more.w"));
        Assert.Equal(1, config.Int("base.y.q"));
        Assert.Equal(9, config.Int("late.x"));
        Assert.Equal(1, config.Int("late.y.p"));
    }

    [Fact]
    public void An_undefined_optional_substitution_leaves_the_earlier_value_or_nothing()
    {
        var config = Parse("a = 1\na = ${?nowhere}\nb = ${?nowhere}\nc = x${?nowhere}y\nd = [1, ${?nowhere}, 2]\ne { f = ${?nowhere} }");

        Assert.Equal(1, config.Int("a"));
        Assert.False(config.Has("b"));
        Assert.Equal("xy", config.Text("c"));
        Assert.Equal([1, 2], config.Ints("d"));
        Assert.False(config.Has("e.f"));
    }

    [Fact]
    public void A_value_that_refers_to_itself_sees_the_one_before()
    {
        var config = Parse("""
            path = "/bin"
            path = ${path}":/usr/bin"
            path = ${path}":/opt"
            list = [1]
            list = ${list} [2]
            obj = { a { c = 1 } }
            obj = ${obj.a}
            obj = { a = 2 }
            fields { x = 1 }
            fields = ${fields} { y = ${fields.x} }
            """);

        Assert.Equal("/bin:/usr/bin:/opt", config.Text("path"));
        Assert.Equal([1, 2], config.Ints("list"));
        Assert.Equal(2, config.Int("obj.a"));
        Assert.Equal(1, config.Int("obj.c"));
        Assert.Equal(1, config.Int("fields.y"));
    }

    [Fact]
    public void A_field_sees_later_values_of_its_siblings()
    {
        var config = Parse("bar { foo = 42, baz = ${bar.foo} }\nbar { foo = 43 }");

        Assert.Equal(43, config.Int("bar.baz"));
    }

    [Fact]
    public void Environment_variables_answer_for_what_is_not_defined()
    {
        Environment.SetEnvironmentVariable("HOCON_TEST_HOME", "/home/x");

        var config = Parse("a = ${HOCON_TEST_HOME}/data\nb = ${?HOCON_TEST_HOME}");

        Assert.Equal("/home/x/data", config.Text("a"));
        Assert.Equal("/home/x", config.Text("b"));
    }

    [Fact]
    public void What_is_not_defined_anywhere_is_an_error_with_its_place()
    {
        var error = Assert.Throws<HoconException>(() => Parse("x = 1\na = ${no.such.thing}"));

        Assert.StartsWith("hocon:2:5: ${no.such.thing} is not defined", error.Message);
    }

    [Theory]
    [InlineData("a = ${b}\nb = ${a}")]
    [InlineData("a = ${b}\nb = ${c}x\nc = [${a}] ${a}")]
    [InlineData("a = 1\nb = ${a}\na = ${b}2")]
    public void A_circle_is_an_error(string hocon) =>
        Assert.Contains("refers to itself", Assert.Throws<HoconException>(() => Parse(hocon)).Message);

    [Fact]
    public void Deep_chains_of_shared_lists_resolve_quickly()
    {
        var hocon = "a0 = [1]\n" + string.Concat(Enumerable.Range(1, 60).Select(i => $"a{i} = [${{a{i - 1}}}, ${{a{i - 1}}}]\n"));

        Assert.Equal(2, Parse(hocon).At("a60")!.List!.Count);
    }

    [Theory]
    [InlineData("a{0} = ${{a{1}}}\n")]
    [InlineData("a{0} = {{ x = ${{a{1}}} }}\n")]
    [InlineData("a += {0}\n")]
    public void Endless_chains_are_an_error(string line)
    {
        var hocon = string.Concat(Enumerable.Range(0, 50_000).Select(i => string.Format(CultureInfo.InvariantCulture, line, i, i + 1))) + "a50000 = 1";

        Assert.Contains("within each other", Assert.Throws<HoconException>(() => Parse(hocon)).Message);
    }
}
