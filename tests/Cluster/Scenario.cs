using ActorBroker.Faults.Machine;

namespace ActorBroker.Faults;

/// <summary>One story of what goes wrong, and what must hold then.</summary>
/// <param name="Name">What --only calls it.</param>
/// <param name="Claim">What passes or fails.</param>
/// <param name="InShort">Whether the short form has it.</param>
/// <param name="Tell">Makes it happen; the result is what to report. Throws <see cref="FaultException"/> when the claim does not hold.</param>
/// <param name="NeedsCuts">Whether it needs a network that can be cut.</param>
internal sealed record Scenario(string Name, string Claim, bool InShort, Func<Stage, string> Tell, bool NeedsCuts = false)
{
    /// <summary>A story that measures a time, told several times.</summary>
    /// <param name="limit">What the median must not exceed.</param>
    /// <param name="tell">Makes it happen; the result is the time.</param>
    /// <inheritdoc cref="Scenario(string, string, bool, Func{Stage, string}, bool)"/>
    public static Scenario Measured(string name, string claim, TimeSpan limit, Func<Stage, TimeSpan> tell, bool needsCuts = false) => new(name, claim, true, stage =>
    {
        var times = Enumerable.Range(0, stage.Rounds).Select(_ =>
        {
            var time = tell(stage).TotalSeconds;
            stage.Dispose();
            return time;
        }).Order().ToList();
        var median = times[times.Count / 2];
        var said = $"median {median:0.000} s of {times.Count} ({times[0]:0.000} to {times[^1]:0.000}), wanted {limit.TotalSeconds:0.0} s";
        return median <= limit.TotalSeconds ? said : throw new FaultException(said);
    }, needsCuts);
}

/// <summary>What a scenario is told on: makes networks and takes everything away afterwards.</summary>
internal sealed class Stage(int rounds, Random random) : IDisposable
{
    private readonly Stack<IDisposable> _made = new();

    /// <summary>How often measurements are repeated.</summary>
    public int Rounds => rounds;

    public Random Random => random;

    /// <summary>Shows what is to be seen of what failed.</summary>
    public Action? OnFailure { get; set; }

    /// <summary>Keeps something until the scenario ends.</summary>
    public T Keep<T>(T made)
        where T : IDisposable
    {
        _made.Push(made);
        return made;
    }

    /// <summary>Takes away everything that was made, the newest first.</summary>
    public void Dispose()
    {
        while (_made.TryPop(out var made))
        {
            made.Dispose();
        }

        OnFailure = null;
    }
}
