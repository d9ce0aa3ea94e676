namespace ActorBroker;

/// <summary>What the process returns.</summary>
internal static class ExitCode
{
    public const int Ok = 0;

    /// <summary>It did not work.</summary>
    public const int Failed = 1;

    /// <summary>The command line or the settings cannot be used; trying again changes nothing.</summary>
    public const int Usage = 2;
}
