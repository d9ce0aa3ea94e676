namespace ActorBroker.Harness;

/// <summary>A process that somebody else has started.</summary>
public sealed record LaunchedProcess(int Id)
{
    /// <summary>Whether it runs; one that ended and was not waited for does not.</summary>
    public bool IsAlive => Read("stat") is { } stat && stat[(stat.LastIndexOf(')') + 2)..][0] != 'Z';

    /// <summary>Resident memory in MiB; 0 when it is gone.</summary>
    public double ResidentMiB
    {
        get
        {
            var line = Read("status")?.Split('\n').FirstOrDefault(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
            return line is null ? 0 : double.Parse(line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1]) / 1024;
        }
    }

    private string? Read(string file)
    {
        try
        {
            return File.ReadAllText($"/proc/{Id}/{file}");
        }
        catch (IOException)
        {
            return null;
        }
    }
}
