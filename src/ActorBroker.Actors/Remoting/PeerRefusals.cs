using Akka.Event;

namespace ActorBroker.Actors.Remoting;

/// <summary>Tells the operator who was refused, and why: each peer and reason at most once a minute. Any thread.</summary>
internal sealed class PeerRefusals(ILoggingAdapter log, TimeProvider time)
{
    private const int MaxRemembered = 1_000;
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private readonly Dictionary<(string Peer, string Reason), long> said = [];

    /// <param name="peer">Without the port where that changes with each connection.</param>
    public void Say(string peer, string reason)
    {
        if (IsNews(peer, reason))
        {
            log.Warning("the connection with {0} was refused: {1}", peer, reason);
        }
    }

    private bool IsNews(string peer, string reason)
    {
        lock (said)
        {
            var now = time.GetTimestamp();
            if (said.TryGetValue((peer, reason), out var at) && time.GetElapsedTime(at, now) < Pause)
            {
                return false;
            }

            if (said.Count >= MaxRemembered)
            {
                foreach (var old in said.Where(entry => time.GetElapsedTime(entry.Value, now) >= Pause).Select(entry => entry.Key).ToList())
                {
                    said.Remove(old);
                }
            }

            // A crowd of strangers fills no log: what cannot be remembered is not said.
            return said.Count < MaxRemembered && (said[(peer, reason)] = now) == now;
        }
    }
}
