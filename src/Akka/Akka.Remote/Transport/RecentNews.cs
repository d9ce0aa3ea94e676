#nullable disable
using System.Diagnostics;

namespace Akka.Remote.Transport;

/// <summary>What the log was told lately: a peer that is tried again and again for the same reason is worth a line a minute. Any thread.</summary>
internal sealed class RecentNews
{
    /// <summary>Beyond these all is forgotten, so that strangers cannot fill the memory.</summary>
    private const int Most = 256;
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);
    private readonly Dictionary<string, long> _said = [];

    /// <summary>True when this was not said within the last minute; from now on it was.</summary>
    public bool IsNew(string text)
    {
        var now = Stopwatch.GetTimestamp();
        lock (_said)
        {
            if (_said.TryGetValue(text, out var at) && Stopwatch.GetElapsedTime(at, now) < Period) return false;
            if (_said.Count >= Most) _said.Clear();
            _said[text] = now;
            return true;
        }
    }
}
