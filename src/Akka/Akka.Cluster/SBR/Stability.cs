#nullable disable
using System.Collections.Immutable;

namespace Akka.Cluster.SBR;

/// <summary>When a partition may be decided: what is seen must not have changed for a while. Pure: time is given.</summary>
internal sealed class Stability
{
    private readonly TimeSpan _stableAfter;
    private readonly TimeSpan _stableAfterProcessEnd;
    private readonly TimeSpan _unstableAfter;
    private ImmutableHashSet<(UniqueAddress Node, MemberStatus Status, bool Unreachable)> _seen;
    private TimeSpan _since;
    private TimeSpan _changedAt;
    private TimeSpan _lookedAt;

    public Stability(SplitBrainResolverSettings settings)
    {
        _stableAfter = settings.DowningStableAfter;
        _stableAfterProcessEnd = settings.StableAfterProcessEnd ?? settings.DowningStableAfter;
        _unstableAfter = settings.DownAllWhenUnstable > TimeSpan.Zero ? settings.DowningStableAfter + settings.DownAllWhenUnstable : TimeSpan.MaxValue;
    }

    public enum Verdict
    {
        /// <summary>Nobody is unreachable who would have to be downed.</summary>
        Quiet,

        /// <summary>Something changed a short while ago.</summary>
        Wait,

        Decide,

        /// <summary>It has been changing for too long.</summary>
        DownAll,
    }

    public Verdict Look(MembershipState state, TimeSpan now)
    {
        // Members that are down or exiting are the leader's to remove.
        Member[] lost = [.. state.Unreachable.Where(static m => m.Status is not (MemberStatus.Down or MemberStatus.Exiting))];
        var wasPaused = now - _lookedAt > _stableAfter;
        _lookedAt = now;
        if (lost.Length == 0)
        {
            _seen = null;
            return Verdict.Quiet;
        }

        ImmutableHashSet<(UniqueAddress, MemberStatus, bool)> seen =
        [
            .. state.Members.Where(static m => m.Status != MemberStatus.Down).Select(m => (m.UniqueAddress, m.Status, !state.Reachability.IsReachable(m.UniqueAddress))),
        ];

        // What a paused process sees is old: it looks again from the beginning.
        if (_seen is null || wasPaused) _since = now;
        if (_seen is null || wasPaused || !SameButForDowned(seen)) _changedAt = now;
        _seen = seen;
        TimeSpan needed = lost.All(m => state.Reachability.IsTerminated(m.UniqueAddress)) ? _stableAfterProcessEnd : _stableAfter;
        if (now - _changedAt >= needed) return Verdict.Decide;
        return now - _since >= _unstableAfter ? Verdict.DownAll : Verdict.Wait;
    }

    /// <summary>
    /// Members of this side that have downed themselves decided what this node is about to decide. Waiting anew because of them would let a losing
    /// side live on after the other one takes over its work.
    /// </summary>
    private bool SameButForDowned(ImmutableHashSet<(UniqueAddress Node, MemberStatus Status, bool Unreachable)> seen) =>
        seen.IsSubsetOf(_seen) && _seen.Except(seen).All(before => !before.Unreachable && !seen.Any(now => now.Node.Equals(before.Node)));
}
