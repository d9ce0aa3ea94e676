namespace ActorBroker.Hocon.Tests;

public sealed class HoconSyntaxTests
{
    private static HoconObject Parse(string hocon) => HoconDocument.Parse(hocon);

    [Fact]
    public void Objects_dotted_keys_and_quoted_keys_build_one_tree()
    {
        var config = Parse("""
            a { b.c = 1, d : 2 }
            a.b.e = 3
            "x.y" { z = 4 }
            /user/worker { router = round-robin }
            """);

        Assert.Equal(1, config.Int("a.b.c"));
        Assert.Equal(2, config.Int("a.d"));
        Assert.Equal(3, config.Int("a.b.e"));
        Assert.Equal(4, config.Items["x.y"].Object!.Int("z"));
        Assert.Equal("round-robin", config.Text("/user/worker.router"));
    }

    [Fact]
    public void Braces_around_everything_are_optional() => Assert.Equal(1, Parse("\uFEFF { a : 1 } # end").Int("a"));

    [Fact]
    public void Json_is_hocon()
    {
        var config = Parse("""{"a": [1, 2, {"b": null}], "c": {"d": "e\u0041\n\"", "f": true}}""");

        Assert.Equal("eA\n\"", config.Text("c.d"));
        Assert.Equal("true", config.Text("c.f"));
        Assert.Equal(3, config.At("a")!.List!.Count);
    }

    [Fact]
    public void Comments_end_at_the_line_and_do_not_start_inside_quotes()
    {
        var config = Parse("a = 1 # one\nb = 2 // two\n// c = 3\nd = \"#//\"\ne = [ 1, # first\n 2 // second\n ]");

        Assert.Equal(1, config.Int("a"));
        Assert.Equal(2, config.Int("b"));
        Assert.False(config.Has("c"));
        Assert.Equal("#//", config.Text("d"));
        Assert.Equal([1, 2], config.Ints("e"));
    }

    [Fact]
    public void Triple_quotes_hold_several_lines_as_they_are()
    {
        var config = Parse("a = \"\"\"line 1\n  \\line \"2\" \"\"\"\"\nb = 1");

        Assert.Equal("line 1\n  \\line \"2\" \"", config.Text("a"));
        Assert.Equal(1, config.Int("b"));
    }

    [Fact]
    public void Unquoted_text_keeps_its_inner_white_space() => Assert.Equal("a  b c", Parse("x =  a  b c  # comment").Text("x"));

    [Fact]
    public void Parts_are_joined_with_the_white_space_between_them() =>
        Assert.Equal("a b-\"c\" d", Parse("x = a \"b-\\\"c\\\"\" d").Text("x"));

    [Fact]
    public void Lists_end_at_commas_or_lines_and_may_end_in_a_comma()
    {
        Assert.Equal(["a", "b c", "d"], Parse("x = [a, b c\n d,\n]").Texts("x"));
        Assert.Empty(Parse("x = [ ]").Texts("x"));
        Assert.Equal([1, 2, 3], Parse("x = [1] [2,3]").Ints("x"));
    }

    [Fact]
    public void Objects_next_to_each_other_merge()
    {
        var config = Parse("x = { a = 1, b = 1 } { b = 2 }");

        Assert.Equal(1, config.Int("x.a"));
        Assert.Equal(2, config.Int("x.b"));
    }

    [Fact]
    public void A_later_value_replaces_and_a_later_object_merges()
    {
        var config = Parse("a = 1\na = 2\nb { x = 1 }\nb { y = 2 }\nc { x = 1 }\nc = 3\nd = 1\nd { x = 5 }");

        Assert.Equal(2, config.Int("a"));
        Assert.Equal(1, config.Int("b.x"));
        Assert.Equal(2, config.Int("b.y"));
        Assert.Equal(3, config.Int("c"));
        Assert.Equal(5, config.Int("d.x"));
    }

    [Fact]
    public void Null_hides_what_was_there_before()
    {
        var config = Parse("a = 1\na = null\nb = \"null\"\nc = null\n");

        Assert.False(config.Has("a"));
        Assert.True(config.At("a")!.IsNull);
        Assert.Equal("null", config.Text("b"));
        Assert.True(config.At("c")!.IsNull);
    }

    [Fact]
    public void Plus_equals_appends_to_a_list()
    {
        Assert.Equal([1, 2, 3], Parse("a = [1]\na += 2\na += 3").Ints("a"));
        Assert.Equal([1], Parse("b { a += 1 }").Ints("b.a"));
    }

    [Fact]
    public void A_value_may_start_in_the_next_line() => Assert.Equal([1], Parse("a =\n  # why\n  [ 1 ]").Ints("a"));

    [Fact]
    public void Keys_may_hold_spaces_and_be_called_include()
    {
        var config = Parse("a b = 1\ninclude = 2\nincludes { x = 3 }");

        Assert.Equal(1, config.Int("a b"));
        Assert.Equal(2, config.Int("include"));
        Assert.Equal(3, config.Int("includes.x"));
    }

    [Theory]
    [InlineData("a = 1\nb = {\n  c = 2\n", "hocon:4:1: expected the '}' that closes the object opened in line 2, found the end of the text")]
    [InlineData("a = [1, 2", "hocon:1:10: expected the ']' that closes the list opened in line 1")]
    [InlineData("a = 1\n}", "hocon:2:1: expected a key; there is no open object")]
    [InlineData("a = \"x\n", "hocon:1:5: expected the closing double quote")]
    [InlineData("a = \"\"\"x\n", "hocon:1:5: expected the closing triple quotes")]
    [InlineData("a\nb = 1", "hocon:1:2: expected '=', ':', '+=' or '{' after the key 'a', found the end of the line")]
    [InlineData("a =", "hocon:1:4: expected a value for 'a', found the end of the text")]
    [InlineData("a = 127.0.0.1:9092", "hocon:1:14: expected a comma, a new line or '}' after the value, found ':'. Text with ':' in it has to be in double quotes.")]
    [InlineData("x {\n a = *\n}", "hocon:2:6: expected a value for 'a', found '*'. Text with '*'")]
    [InlineData("a..b = 1", "hocon:1:3: expected a key, found '.'")]
    [InlineData("a = ${b", "hocon:1:8: expected '}' at the end of the substitution")]
    [InlineData("a = \"\\q\"", "hocon:1:6: expected one of")]
    [InlineData("a = \"\\u12\"", "hocon:1:6: expected four hexadecimal digits")]
    [InlineData("a = [1,,2]", "hocon:1:8: expected a value, found ','")]
    [InlineData("a = 1,,b = 2", "hocon:1:7: expected a key, found ','")]
    [InlineData("a = 1 {}", "hocon:1:1: cannot join a single value and an object")]
    [InlineData("[1]", "hocon:1:1: expected an object; a configuration cannot be a list")]
    [InlineData("include url(\"x\")", "hocon:1:1: expected include")]
    [InlineData("include file(x)", "hocon:1:14: expected a name in double quotes")]
    public void Errors_say_line_column_and_what_was_expected(string hocon, string expected)
    {
        var error = Assert.Throws<HoconException>(() => Parse(hocon));

        Assert.StartsWith(expected, error.Message);
    }

    [Fact]
    public void Nesting_is_limited()
    {
        Assert.Contains("nested deeper", Assert.Throws<HoconException>(() => Parse("a = " + new string('[', 100_000))).Message);
        Assert.Contains("nested deeper", Assert.Throws<HoconException>(() => Parse(string.Concat(Enumerable.Repeat("a {", 100_000)))).Message);
    }

    [Fact]
    public void What_is_printed_reads_back_the_same()
    {
        var config = Parse("a { \"b.c\" = [1, \"x y\", { d = \"q\\\"\\\\\\n\" }], e = null, f = {} }, g = text of words");

        var again = Parse(config.ToString());

        Assert.Equal(config.ToString(), again.ToString());
        Assert.Equal("q\"\\\n", again.At("a")!.Object!.Items["b.c"].List![2].Object!.Text("d"));
    }
}
