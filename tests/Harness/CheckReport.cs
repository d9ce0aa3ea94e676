namespace ActorBroker.Harness;

/// <summary>Prints one aligned line for each check and the closing `N passed, N failed`.</summary>
public sealed class CheckReport(string suite)
{
    private int _passed;
    private int _failed;

    /// <summary>0 when everything passed.</summary>
    public int ExitCode => _failed > 0 || _passed == 0 ? 1 : 0;

    public void Add(string check, bool passed, string detail)
    {
        _ = passed ? _passed++ : _failed++;
        Console.WriteLine($"{suite,-8} {check,-44} {(passed ? "passed" : "failed"),-8} {detail}".TrimEnd());
    }

    public void Close() => Console.WriteLine($"{_passed} passed, {_failed} failed");
}
