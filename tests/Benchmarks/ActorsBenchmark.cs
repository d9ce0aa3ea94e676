using System.Diagnostics;
using ActorBroker.Actors.Runtime;
using Akka.Actor;

namespace ActorBroker.Benchmarks;

/// <summary>Akka.NET as a node sets it up (its scheduler and mailbox): tells from one thread to one actor, asks, and what an idle actor weighs. Medians of five.</summary>
internal static class ActorsBenchmark
{
    private const int Tells = 20_000_000;
    private const int Asks = 200_000;
    private const int Idle = 100_000;
    private const int Rounds = 5;

    public static int Run()
    {
        using ActorSystem system = ActorSystem.Create("bench", "akka.loglevel = OFF\n" + HeapScheduler.Hocon + "\n" + RingMailbox.Hocon);
        Console.WriteLine($"{Environment.ProcessorCount} cores, .NET {Environment.Version}, server GC {System.Runtime.GCSettings.IsServerGC}; medians of {Rounds}");
        Figures.Report("tell, one thread to one actor", "million/s", Figures.Measure(Rounds, () => TellRate(system)));
        Figures.Report("tell, ping-pong of two actors", "million/s", Figures.Measure(Rounds, () => PingPongRate(system)));
        Figures.Report("ask round trip", "us", Figures.Measure(Rounds, () => AskMicroseconds(system)));
        Figures.Report("idle untyped actor", "bytes", Figures.Measure(Rounds, () => IdleBytes(system, Props.Create(() => new Counter()))));
        Figures.Report("idle receive actor", "bytes", Figures.Measure(Rounds, () => IdleBytes(system, Props.Create(() => new Replier()))));
        system.Terminate().Wait();
        return 0;
    }

    private static double TellRate(ActorSystem system)
    {
        IActorRef counter = system.ActorOf(Props.Create(() => new Counter()));
        using var done = new ManualResetEventSlim();
        counter.Tell(new Counter.Expect(Tells, done), ActorRefs.NoSender);
        var message = new object();
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < Tells; i++) counter.Tell(message, ActorRefs.NoSender);
        done.Wait();
        var elapsed = Stopwatch.GetElapsedTime(started);
        system.Stop(counter);
        return Tells / elapsed.TotalSeconds / 1e6;
    }

    private static double PingPongRate(ActorSystem system)
    {
        const int Hits = 2_000_000;
        using var done = new ManualResetEventSlim();
        IActorRef right = system.ActorOf(Props.Create(() => new Replier()));
        IActorRef left = system.ActorOf(Props.Create(() => new Hitter(Hits, done)));
        var started = Stopwatch.GetTimestamp();
        left.Tell(right, ActorRefs.NoSender);
        done.Wait();
        var elapsed = Stopwatch.GetElapsedTime(started);
        system.Stop(left);
        system.Stop(right);
        return 2 * Hits / elapsed.TotalSeconds / 1e6;
    }

    private static double AskMicroseconds(ActorSystem system)
    {
        IActorRef replier = system.ActorOf(Props.Create(() => new Replier()));
        var elapsed = Task.Run(async () =>
        {
            var message = new object();
            var started = Stopwatch.GetTimestamp();
            for (var i = 0; i < Asks; i++) await replier.Ask<object>(message);
            return Stopwatch.GetElapsedTime(started);
        }).Result;
        system.Stop(replier);
        return elapsed.TotalMicroseconds / Asks;
    }

    private static double IdleBytes(ActorSystem system, Props props)
    {
        IActorRef parent = system.ActorOf(Props.Create(() => new Parent()));
        var before = GC.GetTotalMemory(forceFullCollection: true);
        parent.Ask<object>(new Parent.Spawn(props, Idle)).Wait();
        var after = GC.GetTotalMemory(forceFullCollection: true);
        parent.GracefulStop(TimeSpan.FromMinutes(1)).Wait();
        return (after - before) / (double)Idle;
    }

    private sealed class Counter : UntypedActor
    {
        private int left;
        private ManualResetEventSlim? done;

        public sealed record Expect(int Messages, ManualResetEventSlim Done);

        protected override void OnReceive(object message)
        {
            if (message is Expect expect) (left, done) = (expect.Messages, expect.Done);
            else if (--left == 0) done?.Set();
        }
    }

    private sealed class Replier : ReceiveActor
    {
        public Replier() => ReceiveAny(message => Sender.Tell(message, Self));
    }

    private sealed class Hitter(int hits, ManualResetEventSlim done) : UntypedActor
    {
        private int left = hits;

        protected override void OnReceive(object message)
        {
            if (message is IActorRef other) other.Tell("ball", Self);
            else if (--left > 0) Sender.Tell(message, Self);
            else done.Set();
        }
    }

    private sealed class Parent : ReceiveActor
    {
        public Parent() => Receive<Spawn>(spawn =>
        {
            // The last one answers, when all have been started.
            for (var i = 0; i < spawn.Count; i++) Context.ActorOf(spawn.Props);
            Context.ActorOf(Props.Create(() => new Replier())).Forward(spawn);
        });

        public sealed record Spawn(Props Props, int Count);
    }
}
