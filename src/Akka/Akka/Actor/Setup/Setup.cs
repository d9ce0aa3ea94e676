#nullable disable
using Akka.Util;

namespace Akka.Actor.Setup;

/// <summary>A part of a system's set-up that is given in code.</summary>
public abstract class Setup
{
    /// <summary>This and another.</summary>
    public ActorSystemSetup And(Setup other) => ActorSystemSetup.Create(this, other);
}

/// <summary>The parts of a set-up, one for each type.</summary>
public sealed class ActorSystemSetup
{
    public static readonly ActorSystemSetup Empty = new([]);

    private readonly Dictionary<Type, Setup> _setups;

    private ActorSystemSetup(Dictionary<Type, Setup> setups) => _setups = setups;

    /// <summary>A set-up of these parts.</summary>
    public static ActorSystemSetup Create(params Setup[] setup)
    {
        var setups = new Dictionary<Type, Setup>();
        foreach (Setup part in setup) setups[part.GetType()] = part;
        return new ActorSystemSetup(setups);
    }

    /// <summary>The set-up with one more part.</summary>
    public ActorSystemSetup And<T>(T setup)
        where T : Setup => WithSetup(setup);

    /// <summary>The part of that type, if there is one.</summary>
    public Option<T> Get<T>()
        where T : Setup => _setups.TryGetValue(typeof(T), out Setup setup) ? new Option<T>((T)setup) : Option<T>.None;

    /// <summary>The set-up with a part added or replaced.</summary>
    public ActorSystemSetup WithSetup<T>(T setup)
        where T : Setup => new(new Dictionary<Type, Setup>(_setups) { [setup.GetType()] = setup });

    public override string ToString() => $"ActorSystemSetup({string.Join(", ", _setups.Keys.Select(static type => type.Name))})";
}
