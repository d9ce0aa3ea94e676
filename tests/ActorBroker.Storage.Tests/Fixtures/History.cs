namespace ActorBroker.Storage.Tests.Fixtures;

/// <summary>What happens to a log, step by step at random, and a model of it that each step is compared with. The seed, or the choices, alone decide it.</summary>
internal abstract class History(int seed)
{
    protected Random Random { get; private set; } = new(seed);

    /// <summary>One step, and the comparison.</summary>
    public abstract void Step();

    /// <summary>Steps that FsCheck chooses, and leaves out one after the other when a history fails.</summary>
    public static void CheckChosen(Func<int, History> start) => FsCheck.Check.One(
        FsCheck.Config.QuickThrowOnFailure.WithMaxTest(150).WithEndSize(100),
        FsCheck.Fluent.Prop.ForAll<int[]>(steps =>
        {
            var history = start(steps.Length);
            foreach (var choice in steps)
            {
                history.Random = new Random(choice);
                history.Step();
            }
        }));

    public void Run(int steps)
    {
        for (var step = 0; step < steps; step++)
            Step();
    }
}
