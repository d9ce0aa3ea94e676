namespace ActorBroker.Hocon.Tests;

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

        Assert.Equal(3, config.Int("b"));
        Assert.Equal(2, config.Int("c"));
        Assert.Equal(14, config.Int("d"));
    }

    [Fact]
    public void Substitutions_of_a_nested_include_look_below_the_including_object_first()
    {
        Write("main.conf", "x = outer\ny = outer\nsection { include \"inner.conf\" }");
        Write("inner.conf", "x = inner\nfromX = ${x}\nfromY = ${y}");

        var config = Load("main.conf");

        Assert.Equal("inner", config.Text("section.fromX"));
        Assert.Equal("outer", config.Text("section.fromY"));
    }

    [Fact]
    public void A_missing_file_is_skipped_unless_it_is_required()
    {
        Write("optional.conf", "include \"nowhere.conf\"\na = 1");
        Write("required.conf", "a = 1\ninclude required(file(\"nowhere.conf\"))");

        Assert.Equal(1, Load("optional.conf").Int("a"));
        var error = Assert.Throws<HoconException>(() => Load("required.conf"));
        Assert.Contains("required.conf:2:1: the required include \"nowhere.conf\" does not exist", error.Message);
    }

    [Fact]
    public void Errors_name_the_included_file()
    {
        Write("main.conf", "include \"bad.conf\"");
        Write("bad.conf", "a = 1\nb = = 2\n");

        Assert.Contains("bad.conf:2:5: expected a value for 'b'", Assert.Throws<HoconException>(() => Load("main.conf")).Message);
    }

    [Fact]
    public void A_file_that_includes_itself_is_an_error()
    {
        Write("main.conf", "include \"main.conf\"");

        Assert.Contains("include itself", Assert.Throws<HoconException>(() => Load("main.conf")).Message);
    }

    [Fact]
    public void A_callback_provides_texts_that_share_one_tree_of_values()
    {
        var texts = new Dictionary<string, string> { ["one"] = "a = [1]\nb = ${c}", ["two"] = "a += 2\nc = ${?d}5" };

        var config = HoconDocument.Parse(new HoconSource("include \"one\"\ninclude \"two\"\ninclude \"three\"", null, Include));

        Assert.Equal([1, 2], config.Ints("a"));
        Assert.Equal(5, config.Int("b"));

        HoconSource? Include(string name) => texts.TryGetValue(name, out var text) ? new HoconSource(text, name, Include) : null;
    }

    [Fact]
    public void Errors_in_a_callbacks_text_carry_its_name()
    {
        var error = Assert.Throws<HoconException>(() => HoconDocument.Parse(Including("a = 1\nb")));

        Assert.StartsWith("named.conf:2:2: ", error.Message);
    }

    [Fact]
    public void Values_of_included_texts_say_where_they_were_written()
    {
        var config = HoconDocument.Parse(Including("a {\n  b = many\n}"));

        Assert.Equal(new HoconOrigin("named.conf", 2, 3), config.At("a.b")!.Origin);
        Assert.Equal("named.conf:2:3", config.At("a.b")!.Origin.ToString());
    }

    [Fact]
    public void A_file_that_cannot_be_read_is_an_error_at_the_include()
    {
        var source = new HoconSource("\ninclude \"x\"", "main.conf", _ => throw new IOException("broken disk"));

        var error = Assert.Throws<HoconException>(() => HoconDocument.Parse(source));

        Assert.Equal("main.conf:2:1: cannot read the include \"x\": broken disk", error.Message);
    }

    private static HoconSource Including(string text) => new("include \"named.conf\"", null, name => new HoconSource(text, name));

    private void Write(string name, string text)
    {
        var file = Path.Combine(directory, name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }

    private HoconObject Load(string name) => HoconDocument.Parse($"include required(file({HoconPrinter.Quote(Path.Combine(directory, name))}))");
}
