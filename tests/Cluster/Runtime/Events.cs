using System.Globalization;
using ActorBroker.Faults.Machine;

namespace ActorBroker.Faults.Runtime;

/// <summary>What a node tells its driver: lines of time in microseconds of the <see cref="SharedClock"/>, kind and words.</summary>
internal static class Events
{
    private static readonly Lock Gate = new();
    private static TextWriter _output = TextWriter.Null;

    /// <summary>Keeps standard output for events; what others print goes to standard error.</summary>
    public static void TakeOverOutput()
    {
        _output = new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true };
        Console.SetOut(Console.Error);
    }

    /// <summary>Tells of something that happens now.</summary>
    public static void Emit(string kind, params ReadOnlySpan<string> words)
    {
        var line = $"{SharedClock.NowUs.ToString(CultureInfo.InvariantCulture)} {kind} {string.Join(' ', words)}";
        lock (Gate)
        {
            _output.WriteLine(line);
        }
    }
}
