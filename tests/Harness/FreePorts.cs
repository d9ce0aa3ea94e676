using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace ActorBroker.Harness;

/// <summary>
/// Ports of 127.0.0.1 that nobody listens at, for nodes that have to know theirs before they start. They lie below those that Linux gives to outgoing connections, of which tests
/// that run at the same time make thousands: a port of those may be taken between the look and the start. None is given twice by a process.
/// </summary>
public static class FreePorts
{
    private const int First = 10_000;
    private const int End = 32_000;
    private const int Attempts = 10_000;

    private static readonly ConcurrentDictionary<int, bool> Given = new();

    public static int One() => WithAnother(0);

    public static int[] Some(int count) => [.. Enumerable.Range(0, count).Select(_ => One())];

    /// <summary>A port that is free together with the one that is <paramref name="distance"/> above it.</summary>
    public static int WithAnother(int distance) => With(distance == 0 ? [] : [distance]);

    /// <summary>A port that is free together with those that are so far above it.</summary>
    public static int With(params IReadOnlyList<int> distances)
    {
        var highest = distances.Append(0).Max();
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var port = Random.Shared.Next(First, End - highest);
            if (distances.Prepend(0).All(distance => Given.TryAdd(port + distance, true) && IsFree(port + distance)))
            {
                return port;
            }
        }

        throw new InvalidOperationException($"No port of 127.0.0.1 between {First} and {End} is free.");
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
