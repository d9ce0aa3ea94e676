#nullable disable
using System.Collections.Immutable;
using Akka.Persistence;

namespace Akka.Cluster.Sharding;

/// <summary>A set of ids in the journal. After so many events the whole set is written, and what came before is deleted.</summary>
internal abstract class RememberedIds : UntypedPersistentActor
{
    private readonly HashSet<string> _ids = [];
    private readonly int _compactAfter;
    private int _events;

    protected RememberedIds(string persistenceId, ClusterShardingSettings settings)
    {
        PersistenceId = persistenceId;
        JournalPluginId = settings.JournalPluginId;
        _compactAfter = Math.Max(1, settings.TuningParameters.SnapshotAfter);
    }

    public override string PersistenceId { get; }

    public override Recovery Recovery => new(SnapshotSelectionCriteria.None);

    /// <summary>What is remembered now.</summary>
    protected ImmutableArray<string> Ids => [.. _ids];

    protected sealed override void OnRecover(object message)
    {
        switch (message)
        {
            case RememberedEvent remembered: Apply(remembered); break;
            case RecoveryCompleted: Recovered(); break;
        }
    }

    /// <summary>Everything has been read.</summary>
    protected abstract void Recovered();

    /// <summary>Writes a change, then runs <paramref name="done"/>.</summary>
    protected void Write(RememberedEvent change, Action done) => Persist(change, written =>
    {
        Apply(written);
        done();
        if (_events < _compactAfter) return;
        Persist(new RememberedAll(Ids), all =>
        {
            Apply(all);
            DeleteMessages(LastSequenceNr - 1);
        });
    });

    private void Apply(RememberedEvent remembered)
    {
        _events++;
        switch (remembered)
        {
            case RememberedStarted: _ids.UnionWith(remembered.Ids); break;
            case RememberedStopped: _ids.ExceptWith(remembered.Ids); break;
            case RememberedAll:
                _ids.Clear();
                _ids.UnionWith(remembered.Ids);
                _events = 0;
                break;
        }
    }
}
