using Akka.Actor;

namespace ActorBroker.Actors.Tests.Remoting;

/// <summary>Notices when somebody makes one.</summary>
public sealed class Canary
{
    private static int made;

    public Canary() => Interlocked.Increment(ref made);

    public static int Made => Volatile.Read(ref made);

    public string Song { get; set; } = "";

    /// <summary>Forgets those that the test made itself.</summary>
    public static void Reset() => Volatile.Write(ref made, 0);
}

/// <summary>An exception that does the same.</summary>
public sealed class CanaryException : Exception
{
    private static int made;

    public CanaryException() => Interlocked.Increment(ref made);

    public static int Made => Volatile.Read(ref made);

    public static void Reset() => Volatile.Write(ref made, 0);
}

/// <summary>An actor that does the same.</summary>
public sealed class CanaryActor : ReceiveActor
{
    private static int made;

    public CanaryActor() => Interlocked.Increment(ref made);

    public static int Made => Volatile.Read(ref made);
}
