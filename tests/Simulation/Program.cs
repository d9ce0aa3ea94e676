using System.Diagnostics;
using System.Globalization;
using Simulation;

// Clusters of the pure cores with faults, one for each seed: see run. A failing seed is printed with the command that replays it.
var options = new Dictionary<string, long> { ["seeds"] = 200, ["steps"] = 20_000, ["first"] = 1, ["seed"] = -1, ["fine"] = 0, ["until-failure"] = 0 };
for (var i = 0; i < args.Length; i += 2)
{
    var name = args[i].TrimStart('-');
    if (!options.ContainsKey(name) || i + 1 == args.Length || !long.TryParse(args[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out var value))
    {
        Console.Error.WriteLine($"simulation: cannot use '{args[i]}'; known are --seeds N, --steps N, --first SEED, --until-failure 1 to end with the first failed seed, and --seed SEED to see one run, with --fine 1 every step of its replicas");
        return 2;
    }

    options[name] = value;
}

if (options["seed"] >= 0)
{
    var world = new World(Shape.Of((int)options["seed"]), Console.WriteLine) { IsFine = options["fine"] > 0 };
    Console.WriteLine(world.Shape);
    world.Run(options["steps"]);
    Console.WriteLine($"{world.Steps} steps, {world.Checks.Acknowledged} records acknowledged, all laws held");
    return 0;
}

var clock = Stopwatch.StartNew();
long passed = 0, failed = 0, steps = 0, acknowledged = 0;
var gate = new Lock();
Parallel.For(options["first"], options["first"] + options["seeds"], (seed, loop) =>
{
    var world = new World(Shape.Of((int)seed));
    string? problem = null;
    try
    {
        world.Run(options["steps"]);
    }
    catch (Exception e)
    {
        problem = e is LawBrokenException ? e.Message : e.ToString();
    }

    lock (gate)
    {
        (passed, failed) = problem is null ? (passed + 1, failed) : (passed, failed + 1);
        steps += world.Steps;
        acknowledged += world.Checks.Acknowledged;
        if (problem is not null)
        {
            if (options["until-failure"] > 0)
            {
                loop.Stop();
            }

            Console.WriteLine($"seed {seed} failed after {world.Steps} steps: {problem}");
            Console.WriteLine($"  replay: tests/Simulation/run --seed {seed} --steps {options["steps"]}");
        }

        if ((passed + failed) % Math.Max(50, options["seeds"] / 20) == 0)
        {
            Console.WriteLine($"{passed + failed} of {options["seeds"]} seeds, {steps:N0} steps, {acknowledged:N0} records acknowledged, {clock.Elapsed.TotalSeconds:F0} s");
        }
    }
});
Console.WriteLine($"{steps:N0} steps in {clock.Elapsed.TotalSeconds:F0} s, {acknowledged:N0} records acknowledged");
Console.WriteLine($"{passed} passed, {failed} failed");
return failed == 0 ? 0 : 1;
