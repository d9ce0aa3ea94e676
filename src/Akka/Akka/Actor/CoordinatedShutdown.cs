#nullable disable
using Akka.Configuration;
using Akka.Event;

namespace Akka.Actor;

/// <summary>
/// Stops a system in phases, in the order that akka.coordinated-shutdown.phases gives. The tasks of a phase run together;
/// the next phase begins when all have finished or the phase's timeout has passed.
/// </summary>
public sealed class CoordinatedShutdown : IExtension
{
    public const string PhaseBeforeServiceUnbind = "before-service-unbind";
    public const string PhaseServiceUnbind = "service-unbind";
    public const string PhaseServiceRequestsDone = "service-requests-done";
    public const string PhaseServiceStop = "service-stop";
    public const string PhaseBeforeClusterShutdown = "before-cluster-shutdown";
    public const string PhaseClusterShardingShutdownRegion = "cluster-sharding-shutdown-region";
    public const string PhaseClusterLeave = "cluster-leave";
    public const string PhaseClusterExiting = "cluster-exiting";
    public const string PhaseClusterExitingDone = "cluster-exiting-done";
    public const string PhaseClusterShutdown = "cluster-shutdown";
    public const string PhaseBeforeActorSystemTerminate = "before-actor-system-terminate";
    public const string PhaseActorSystemTerminate = "actor-system-terminate";

    private readonly Dictionary<string, Phase> _phases;
    private readonly List<string> _order;
    private readonly Dictionary<string, List<(string Name, Func<Task<Done>> Run)>> _tasks = [];
    private readonly TaskCompletionSource<Done> _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Reason _reason;

    internal CoordinatedShutdown(ExtendedActorSystem system)
    {
        System = system;
        Config config = system.Settings.Config.GetConfig("akka.coordinated-shutdown");
        _phases = Phase.ReadAll(config);
        _order = Phase.Sort(_phases);
    }

    private ILoggingAdapter Log => field ??= Logging.GetLogger(System, typeof(CoordinatedShutdown));

    /// <summary>Why the shutdown runs; null if it does not.</summary>
    public Reason ShutdownReason => Volatile.Read(ref _reason);

    public ExtendedActorSystem System { get; }

    /// <summary>The sum of all phases' timeouts.</summary>
    public TimeSpan TotalTimeout => _phases.Values.Aggregate(TimeSpan.Zero, static (sum, phase) => sum + phase.Timeout);

    /// <summary>The shutdown of a system.</summary>
    public static CoordinatedShutdown Get(ActorSystem sys) => sys.WithExtension<CoordinatedShutdown, CoordinatedShutdownExtension>();

    /// <summary>Adds a task to a phase. A task that fails is logged; the shutdown goes on.</summary>
    /// <exception cref="ConfigurationException">There is no such phase.</exception>
    public void AddTask(string phase, string taskName, Func<Task<Done>> task)
    {
        if (!_phases.ContainsKey(phase))
            throw new ConfigurationException($"Unknown phase [{phase}], known phases: [{string.Join(", ", _order)}]. All phases must be defined in configuration.");
        lock (_tasks)
        {
            if (!_tasks.TryGetValue(phase, out List<(string, Func<Task<Done>>)> tasks)) _tasks[phase] = tasks = [];
            tasks.Add((taskName, task));
        }
    }

    /// <summary>Runs the shutdown, once: later calls give the task of the first.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="fromPhase">The phase to begin with; null for the first.</param>
    public Task<Done> Run(Reason reason, string fromPhase = null)
    {
        if (Interlocked.CompareExchange(ref _reason, reason, null) is not null) return _finished.Task;
        Log.Debug("Running CoordinatedShutdown with reason [{0}]", reason);
        var start = fromPhase is null ? 0 : _order.IndexOf(fromPhase);
        if (start < 0) throw new ConfigurationException($"Unknown phase [{fromPhase}], known phases: [{string.Join(", ", _order)}].");
        Task.Run(() => RunPhases(_order.Skip(start)));
        return _finished.Task;
    }

    /// <summary>Timeout of a phase.</summary>
    /// <exception cref="ArgumentException">There is no such phase.</exception>
    public TimeSpan Timeout(string phase) => _phases.TryGetValue(phase, out Phase found)
        ? found.Timeout
        : throw new ArgumentException($"Unknown phase [{phase}]. All phases must be defined in configuration.", nameof(phase));

    private async Task RunPhases(IEnumerable<string> phases)
    {
        try
        {
            foreach (var name in phases)
            {
                Phase phase = _phases[name];
                (string Name, Func<Task<Done>> Run)[] tasks;
                lock (_tasks) tasks = _tasks.TryGetValue(name, out List<(string, Func<Task<Done>>)> added) ? [.. added] : [];
                if (!phase.Enabled || tasks.Length == 0) continue;
                Log.Debug("Performing phase [{0}] with [{1}] tasks", name, tasks.Length);
                Task all = Task.WhenAll(tasks.Select(task => RunTask(name, task.Name, task.Run, phase.Recover)));
                try
                {
                    await all.WaitAsync(phase.Timeout).ConfigureAwait(false);
                }
                catch (TimeoutException) when (phase.Recover)
                {
                    Log.Warning("Coordinated shutdown phase [{0}] timed out after {1}", name, phase.Timeout);
                }
            }

            _finished.TrySetResult(Done.Instance);
        }
        catch (Exception e)
        {
            _finished.TrySetException(e);
        }
    }

    private async Task RunTask(string phase, string name, Func<Task<Done>> run, bool recover)
    {
        try
        {
            await run().ConfigureAwait(false);
        }
        catch (Exception e) when (recover)
        {
            Log.Error(e, "Task [{0}] failed in phase [{1}]", name, phase);
        }
    }

    /// <summary>Why a system is shut down.</summary>
    public class Reason
    {
        protected Reason()
        {
        }
    }

    /// <summary>It is not known why.</summary>
    public class UnknownReason : Reason
    {
        public static readonly Reason Instance = new UnknownReason();

        private UnknownReason()
        {
        }
    }

    /// <summary>Somebody called Terminate.</summary>
    public class ActorSystemTerminateReason : Reason
    {
        public static readonly Reason Instance = new ActorSystemTerminateReason();

        private ActorSystemTerminateReason()
        {
        }
    }

    /// <summary>The process exits.</summary>
    public class ClrExitReason : Reason
    {
        public static readonly Reason Instance = new ClrExitReason();

        private ClrExitReason()
        {
        }
    }

    /// <summary>The cluster considers the node down.</summary>
    public class ClusterDowningReason : Reason
    {
        public static readonly Reason Instance = new ClusterDowningReason();

        private ClusterDowningReason()
        {
        }
    }

    /// <summary>The node leaves the cluster.</summary>
    public class ClusterLeavingReason : Reason
    {
        public static readonly Reason Instance = new ClusterLeavingReason();

        private ClusterLeavingReason()
        {
        }
    }

    /// <summary>The node could not join the cluster.</summary>
    public class ClusterJoinUnsuccessfulReason : Reason
    {
        public static readonly Reason Instance = new ClusterJoinUnsuccessfulReason();

        private ClusterJoinUnsuccessfulReason()
        {
        }
    }

    private sealed record Phase(HashSet<string> DependsOn, TimeSpan Timeout, bool Recover, bool Enabled)
    {
        public static Dictionary<string, Phase> ReadAll(Config config)
        {
            TimeSpan timeout = config.GetTimeSpan("default-phase-timeout", TimeSpan.FromSeconds(5));
            var phases = new Dictionary<string, Phase>();
            Config section = config.GetConfig("phases");
            if (section is null) return phases;
            foreach (var name in section.AsEnumerable().Select(static entry => entry.Key.Trim('"')))
            {
                Config phase = section.GetConfig($"\"{name}\"") ?? Config.Empty;
                phases[name] = new Phase(
                    [.. phase.GetStringList("depends-on", [])],
                    phase.GetTimeSpan("timeout", timeout),
                    phase.GetBoolean("recover", true),
                    phase.GetBoolean("enabled", true));
            }

            // A phase that is only named as a dependency is one without tasks of its own.
            foreach (var name in phases.Values.SelectMany(static phase => phase.DependsOn).ToList())
                phases.TryAdd(name, new Phase([], timeout, true, true));
            return phases;
        }

        public static List<string> Sort(Dictionary<string, Phase> phases)
        {
            var sorted = new List<string>();
            var open = new HashSet<string>();
            foreach (var name in phases.Keys) Visit(name);
            return sorted;

            void Visit(string name)
            {
                if (sorted.Contains(name)) return;
                if (!open.Add(name)) throw new ArgumentException($"Cycle detected in graph of phases. It must be a DAG. phase [{name}] depends transitively on itself.");
                foreach (var dependency in phases[name].DependsOn) Visit(dependency);
                open.Remove(name);
                sorted.Add(name);
            }
        }
    }
}

/// <summary>Makes the coordinated shutdown of a system.</summary>
public sealed class CoordinatedShutdownExtension : ExtensionIdProvider<CoordinatedShutdown>
{
    public override CoordinatedShutdown CreateExtension(ExtendedActorSystem system)
    {
        var shutdown = new CoordinatedShutdown(system);
        Config config = system.Settings.Config.GetConfig("akka.coordinated-shutdown");
        if (config.GetBoolean("terminate-actor-system", true)) AddTermination(system, shutdown, config.GetBoolean("exit-clr"));
        if (config.GetBoolean("run-by-clr-shutdown-hook", true)) RunAtExit(system, shutdown);
        return shutdown;
    }

    private static void AddTermination(ExtendedActorSystem system, CoordinatedShutdown shutdown, bool exitProcess) => shutdown.AddTask(
        CoordinatedShutdown.PhaseActorSystemTerminate,
        "terminate-system",
        async () =>
        {
            await ((Internal.ActorSystemImpl)system).FinalTerminate().ConfigureAwait(false);
            if (exitProcess && shutdown.ShutdownReason is not CoordinatedShutdown.ClrExitReason) Environment.Exit(0);
            return Done.Instance;
        });

    private static void RunAtExit(ExtendedActorSystem system, CoordinatedShutdown shutdown)
    {
        EventHandler hook = (_, _) => shutdown.Run(CoordinatedShutdown.ClrExitReason.Instance).Wait(shutdown.TotalTimeout);
        AppDomain.CurrentDomain.ProcessExit += hook;
        system.RegisterOnTermination(() => AppDomain.CurrentDomain.ProcessExit -= hook);
    }
}
