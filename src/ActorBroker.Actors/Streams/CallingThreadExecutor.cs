using Akka.Configuration;
using Akka.Dispatch;

namespace ActorBroker.Actors.Streams;

/// <summary>
/// Runs an actor on the thread that sent it a message: for actors that only hand messages over, to which a thread of their own would be a detour. What it is
/// given while it runs on a thread comes after that on the same thread. Such an actor must not block, and nobody may send to it while holding a lock.
/// </summary>
public sealed class CallingThreadExecutor(Config config, IDispatcherPrerequisites prerequisites) : ExecutorServiceConfigurator(config, prerequisites)
{
    /// <summary>The dispatcher of such actors.</summary>
    public const string DispatcherId = "actorbroker-calling-thread-dispatcher";

    /// <summary>HOCON of the dispatcher.</summary>
    public const string Configuration = $$"""
        {{DispatcherId}} { type = Dispatcher, throughput = 100, executor = "ActorBroker.Actors.Streams.CallingThreadExecutor, ActorBroker.Actors" }
        """;

    [ThreadStatic]
    private static Queue<IRunnable>? waiting;

    [ThreadStatic]
    private static bool isRunning;

    public override ExecutorService Produce(string id) => new Service(id);

    private sealed class Service(string id) : ExecutorService(id)
    {
        public override void Execute(IRunnable run)
        {
            if (isRunning)
            {
                (waiting ??= new Queue<IRunnable>()).Enqueue(run);
                return;
            }

            isRunning = true;
            try
            {
                do
                {
                    run.Run();
                }
                while (waiting is not null && waiting.TryDequeue(out run!));
            }
            finally
            {
                isRunning = false;
            }
        }

        public override void Shutdown()
        {
        }
    }
}
