using Akka.Configuration;
using Akka.Configuration.Hocon;

namespace Akka.Tests.Configuration;

public sealed class HoconIncludeTests : IDisposable
{
    private readonly string directory = Scratch.Create("hocon").FullName;

    public void Dispose() => Directory.Delete(directory, true);

    [Fact]
    public void A_file_is_included_relative_to_the_including_file()
    {
        Write("main.conf", "a = 1\ninclude \"sub/one.conf\"\nb = 3");
        Write("sub/one.conf", "b = 2, c = 2\ninclude file(\"two\")");
        Write("sub/two.conf", "d = ${a}4");

        var config = Load("main.conf");

        Assert.Equal(3, config.GetInt("b"));
        Assert.Equal(2, config.GetInt("c"));
        Assert.Equal(14, config.GetInt("d"));
    }

    [Fact]
    public void Substitutions_of_a_nested_include_look_below_the_including_object_first()
    {
        Write("main.conf", "x = outer\ny = outer\nsection { include \"inner.conf\" }");
        Write("inner.conf", "x = inner\nfromX = ${x}\nfromY = ${y}");

        var config = Load("main.conf");

        Assert.Equal("inner", config.GetString("section.fromX"));
        Assert.Equal("outer", config.GetString("section.fromY"));
    }

    [Fact]
    public void A_missing_file_is_skipped_unless_it_is_required()
    {
        Write("optional.conf", "include \"nowhere.conf\"\na = 1");
        Write("required.conf", "a = 1\ninclude required(file(\"nowhere.conf\"))");

        Assert.Equal(1, Load("optional.conf").GetInt("a"));
        var error = Assert.Throws<ConfigurationException>(() => Load("required.conf"));
        Assert.Contains("required.conf:2:1: the required include \"nowhere.conf\" does not exist", error.Message);
    }

    [Fact]
    public void Errors_name_the_included_file()
    {
        Write("main.conf", "include \"bad.conf\"");
        Write("bad.conf", "a = 1\nb = = 2\n");

        Assert.Contains("bad.conf:2:5: expected a value for 'b'", Assert.Throws<ConfigurationException>(() => Load("main.conf")).Message);
    }

    [Fact]
    public void A_file_that_includes_itself_is_an_error()
    {
        Write("main.conf", "include \"main.conf\"");

        Assert.Contains("include itself", Assert.Throws<ConfigurationException>(() => Load("main.conf")).Message);
    }

    [Fact]
    public void A_callback_provides_texts_that_share_one_tree_of_values()
    {
        var texts = new Dictionary<string, string> { ["one"] = "a = [1]\nb = ${c}", ["two"] = "a += 2\nc = ${?d}5" };

        var config = ConfigurationFactory.ParseString("include \"one\"\ninclude \"two\"\ninclude \"three\"", Include);

        Assert.Equal([1, 2], config.GetIntList("a"));
        Assert.Equal(5, config.GetInt("b"));

        HoconRoot Include(string name) =>
            texts.TryGetValue(name, out var text) ? new HoconRoot(Parsed(text).Root, Parsed(text).Substitutions) : null!;

        Config Parsed(string text) => ConfigurationFactory.ParseString(text, Include);
    }

    [Fact]
    public void Errors_in_a_callbacks_text_carry_the_name_that_was_included()
    {
        var error = Assert.Throws<ConfigurationException>(() => ConfigurationFactory.ParseString("include \"named.conf\"", _ => Parser.Parse("a = 1\nb", null)));

        Assert.StartsWith("named.conf:2:2: ", error.Message);
    }

    [Fact]
    public void Values_of_included_texts_say_where_they_were_written()
    {
        var config = ConfigurationFactory.ParseString("include \"named.conf\"", _ => Parser.Parse("a {\n  b = many\n}", null));

        var error = Assert.Throws<ConfigurationException>(() => config.GetInt("a.b"));

        Assert.Equal("a.b: named.conf:2:3: expected a whole number of 32 bits, found \"many\".", error.Message);
    }

    private void Write(string name, string text)
    {
        var file = Path.Combine(directory, name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }

    private Config Load(string name) => ConfigurationFactory.ParseString($"include required(file({HoconPrinter.Quote(Path.Combine(directory, name))}))");
}
