using System.Diagnostics;
using System.Runtime.InteropServices;
using ActorBroker.Faults.Machine;
using ActorBroker.Harness;

namespace ActorBroker.Faults;

/// <summary>Tells scenarios one after the other and reports what became of them.</summary>
internal sealed class Suite(Options options, bool isShort)
{
    private readonly CheckReport _report = new("cluster");
    private Stage? _stage;

    /// <summary>Runs those that were asked for; the result is the exit code.</summary>
    public int Run(IReadOnlyList<Scenario> scenarios)
    {
        var only = options.Text("only", "").Split(',', StringSplitOptions.RemoveEmptyEntries);
        if (Array.Find(only, name => !scenarios.Any(scenario => scenario.Name == name)) is { } unknown)
        {
            Console.Error.WriteLine($"cluster: there is no {unknown}; the names are {string.Join(", ", scenarios.Select(static scenario => scenario.Name))}");
            return 2;
        }

        var seed = options.Number("seed", Environment.TickCount & 0xffff);
        Console.WriteLine($"cluster  seed {seed}");
        var random = new Random(seed);
        using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => _stage?.Dispose());
        using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => _stage?.Dispose());
        var whyNoCuts = new Lazy<string?>(Namespaces.WhyNot);
        foreach (var scenario in scenarios.Where(scenario => only.Length > 0 ? only.Contains(scenario.Name) : scenario.InShort || !isShort))
        {
            if (scenario.NeedsCuts && whyNoCuts.Value is { } reason)
            {
                Console.WriteLine($"cluster  {scenario.Name,-20} skipped: no network namespaces here ({reason})");
                continue;
            }

            Tell(scenario, random);
        }

        _report.Close();
        return _report.ExitCode;
    }

    private void Tell(Scenario scenario, Random random)
    {
        var clock = Stopwatch.StartNew();
        using var stage = _stage = new Stage(options.Number("rounds", isShort ? 1 : 5), random);
        try
        {
            var detail = scenario.Tell(stage);
            _report.Add($"{scenario.Name}: {scenario.Claim}", true, $"{detail} [{clock.Elapsed.TotalSeconds:0} s]");
        }
        catch (Exception error)
        {
            _report.Add($"{scenario.Name}: {scenario.Claim}", false, error is FaultException ? error.Message : error.ToString());
            stage.OnFailure?.Invoke();
        }
    }
}
