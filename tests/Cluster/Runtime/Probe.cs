using ActorBroker.Faults.Machine;
using Akka.Actor;

namespace ActorBroker.Faults.Runtime;

/// <summary>Asks somebody all the time, without waiting for the last answer, and tells each answer with the time of its question.</summary>
internal static class Probe
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Starts to ask, until the actor system ends.</summary>
    public static void Start(IActorRef target, string kind, TimeSpan interval, Func<int, string> question) => Task.Run(async () =>
    {
        using var timer = new PeriodicTimer(interval);
        for (var turn = 0; await timer.WaitForNextTickAsync().ConfigureAwait(false); turn++)
        {
            _ = Ask(target, kind, question(turn));
        }
    });

    private static async Task Ask(IActorRef target, string kind, string question)
    {
        var askedUs = SharedClock.NowUs;
        try
        {
            var answer = await target.Ask<string>(question, Patience).ConfigureAwait(false);
            Events.Emit(kind, askedUs.ToString(), answer);
        }
        catch (AskTimeoutException)
        {
            Events.Emit(kind + "-missing", askedUs.ToString(), question);
        }
        catch (TaskCanceledException)
        {
            // The actor system has ended.
        }
    }
}
