using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace ActorBroker.Harness;

/// <summary>Awaits what others bring about and nobody announces.</summary>
public static class Eventually
{
    /// <summary>Ends a test that would never end; says nothing about how fast anything is.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    /// <summary>Between two looks: leaves the processor to those who are awaited.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(2);

    /// <summary>Done when the condition holds.</summary>
    /// <param name="what">What is awaited, for the message of a failure.</param>
    /// <param name="details">How it is instead.</param>
    /// <exception cref="TimeoutException">It does not within <see cref="Deadline"/>.</exception>
    public static Task Holds(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string what = "", Func<string>? details = null) =>
        Holds(() => Task.FromResult(condition()), what, details);

    /// <summary>The same for what has to be asked.</summary>
    /// <exception cref="TimeoutException">The condition does not hold within <see cref="Deadline"/>.</exception>
    public static async Task Holds(Func<Task<bool>> condition, [CallerArgumentExpression(nameof(condition))] string what = "", Func<string>? details = null)
    {
        var clock = Stopwatch.StartNew();
        while (!await condition())
        {
            if (clock.Elapsed > Deadline)
            {
                throw new TimeoutException($"not within {Deadline.TotalSeconds} s: {what}; {details?.Invoke()}");
            }

            await Task.Delay(Pause);
        }
    }
}
