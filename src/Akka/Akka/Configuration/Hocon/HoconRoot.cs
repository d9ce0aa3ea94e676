namespace Akka.Configuration.Hocon;

/// <summary>What one text parses to.</summary>
public class HoconRoot
{
    protected HoconRoot()
    {
        Value = new HoconValue();
        Substitutions = [];
    }

    public HoconRoot(HoconValue value, IEnumerable<HoconSubstitution> substitutions)
    {
        Value = value;
        Substitutions = substitutions;
    }

    public HoconRoot(HoconValue value)
        : this(value, [])
    {
    }

    /// <summary>The root object.</summary>
    public HoconValue Value { get; }

    /// <summary>The substitutions in it. Those of an included text are resolved by the text that includes it.</summary>
    public IEnumerable<HoconSubstitution> Substitutions { get; }
}
