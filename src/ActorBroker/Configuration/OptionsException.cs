namespace ActorBroker.Configuration;

/// <summary>Settings that cannot be used. Each problem is one line: where, what is wrong, what to do.</summary>
public sealed class OptionsException(IReadOnlyList<string> problems) : Exception(string.Join(Environment.NewLine, problems))
{
    public OptionsException(string problem)
        : this([problem])
    {
    }

    public IReadOnlyList<string> Problems { get; } = problems;
}
