namespace ActorBroker.Benchmarks;

/// <summary>The figures of several rounds of the same work.</summary>
internal static class Figures
{
    /// <summary>Does the work once for nothing and then a number of times.</summary>
    public static double[] Measure(int rounds, Func<double> once)
    {
        once();
        return [.. Enumerable.Range(0, rounds).Select(_ => once())];
    }

    /// <summary>A line with the median and the range.</summary>
    public static void Report(string what, string unit, double[] rounds)
    {
        double[] sorted = [.. rounds.Order()];
        Console.WriteLine($"{what,-32} {sorted[sorted.Length / 2],10:0.00##} {unit,-10} ({sorted[0]:0.00} to {sorted[^1]:0.00})");
    }
}
