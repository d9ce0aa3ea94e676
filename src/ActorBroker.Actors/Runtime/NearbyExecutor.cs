using Akka.Configuration;
using Akka.Dispatch;

namespace ActorBroker.Actors.Runtime;

/// <summary>Runs actors on the thread that gathers turns (<see cref="NearbyTurns"/>) where there is one, and in .NET's thread pool otherwise.</summary>
public sealed class NearbyExecutor(Config config, IDispatcherPrerequisites prerequisites) : ExecutorServiceConfigurator(config, prerequisites)
{
    public override ExecutorService Produce(string id) => new Service(id);

    internal static void RunInPool(IRunnable run) => ThreadPool.UnsafeQueueUserWorkItem(run as IThreadPoolWorkItem ?? new WorkItem(run), preferLocal: false);

    private sealed class Service(string id) : ExecutorService(id)
    {
        public override void Execute(IRunnable run)
        {
            if (!NearbyTurns.TryOwe(run))
            {
                RunInPool(run);
            }
        }

        public override void Shutdown()
        {
        }
    }

    private sealed class WorkItem(IRunnable run) : IThreadPoolWorkItem
    {
        public void Execute() => run.Run();
    }
}
