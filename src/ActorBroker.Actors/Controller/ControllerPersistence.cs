using Akka.Actor;
using Akka.Persistence;

namespace ActorBroker.Actors.Controller;

/// <summary>What the persistent controller's plug-ins of an actor system work with: they are made by the system, which knows only their names.</summary>
public sealed class ControllerPersistence : IExtension
{
    /// <summary>The one persistent actor of the journal.</summary>
    public const string PersistenceId = "controller";

    internal const string Journal = "actorbroker.controller.journal";
    internal const string Snapshots = "actorbroker.controller.known-image";

    /// <summary>
    /// The plug-ins, to be added to the actor system's settings. What a starting controller waits for is a majority, for as long as that takes: no time-out of Akka's ends
    /// it. Where "infinite" is not understood, the time is as long as timers allow; when it is over, the controller begins to wait again.
    /// <para>The circuit breaker never opens, since a lost quorum is told by a failed write and the next start asks again. The replay filter is off: who wrote a batch
    /// is fenced by its controller epoch. The plug-ins do not block, so they need no threads of their own; what reads the disk runs on the pool. The limit of
    /// concurrent recoveries and the internal stash stay as they are: there is one persistent actor, and <see cref="ControllerSupervisor"/> keeps what comes before it
    /// has recovered.</para>
    /// </summary>
    public const string Hocon = """
        actorbroker.controller {
          journal {
            class = "ActorBroker.Actors.Controller.QuorumJournal, ActorBroker.Actors"
            plugin-dispatcher = "akka.actor.default-dispatcher"
            replay-dispatcher = "akka.actor.default-dispatcher"
            recovery-event-timeout = 20d
            circuit-breaker {
              max-failures = 2147483647
              call-timeout = 20d
              reset-timeout = 1s
            }
            replay-filter.mode = off
          }
          known-image {
            class = "ActorBroker.Actors.Controller.KnownImageStore, ActorBroker.Actors"
            plugin-dispatcher = "akka.actor.default-dispatcher"
            circuit-breaker {
              max-failures = 2147483647
              call-timeout = 20d
              reset-timeout = 1s
            }
          }
        }
        """;

    private readonly ActorSystem system;
    private ControllerSetup? setup;

    private ControllerPersistence(ActorSystem system) => this.system = system;

    /// <summary>What this system's controller works with.</summary>
    /// <exception cref="InvalidOperationException">Nobody has said so yet.</exception>
    internal ControllerSetup Setup => Volatile.Read(ref setup) ?? throw new InvalidOperationException("the controller's plug-ins were started before its setup was known");

    /// <summary>The extension of a system.</summary>
    public static ControllerPersistence Of(ActorSystem system) => system.WithExtension<ControllerPersistence, Provider>();

    /// <summary>Says what this system's controller works with, and starts the plug-ins: a node that may have to take over shall not load them only then.</summary>
    public void Provide(ControllerSetup provided)
    {
        Volatile.Write(ref setup, provided);
        var persistence = Persistence.Instance.Apply(system);
        persistence.JournalFor(Journal);
        persistence.SnapshotStoreFor(Snapshots);
    }

    private sealed class Provider : ExtensionIdProvider<ControllerPersistence>
    {
        public override ControllerPersistence CreateExtension(ExtendedActorSystem system) => new(system);
    }
}
