using System.Net;
using ActorBroker.Harness;
using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;

namespace ActorBroker.Crash;

/// <summary>Sends partitions from one data directory of the broker to the other, slowly, so that most kills come in the middle of a copy.</summary>
internal sealed class Moves(string directory, string topic, int partitions, Random random)
{
    private const short AlterReplicaLogDirsVersion = 2;

    private readonly string[] directories = [Path.Combine(directory, "data-1"), Path.Combine(directory, "data-1b")];

    /// <summary>What the broker is started with.</summary>
    public IReadOnlyList<string> Settings => [$"log.dirs={string.Join(',', directories)}", "replica.alter.log.dirs.io.max.bytes.per.second=8000000"];

    /// <summary>Copies that a kill found unfinished.</summary>
    public int Interrupted { get; private set; }

    /// <summary>Asks for each partition to go to one of the directories.</summary>
    public void Ask(IPEndPoint address)
    {
        try
        {
            using var connection = new WireConnection(address, 10_000);
            var wanted = Enumerable.Range(0, partitions).GroupBy(_ => directories[random.Next(directories.Length)]);
            var request = new AlterReplicaLogDirsRequest();
            request.Dirs.AddRange(wanted.Select(group => new AlterReplicaLogDirsRequest.AlterReplicaLogDir { Path = group.Key, Topics = [new() { Name = topic, Partitions = [.. group] }] }));
            connection.Call<AlterReplicaLogDirsResponse>(request, AlterReplicaLogDirsVersion);
        }
        catch (IOException)
        {
            // The broker was killed meanwhile; the next cycle asks again.
        }
    }

    /// <summary>What a kill left.</summary>
    public string Left()
    {
        var copies = directories.Where(Directory.Exists).SelectMany(data => Directory.GetDirectories(data, "*-future")).Count();
        Interrupted += copies;
        return $", {copies} moves interrupted";
    }

    /// <summary>How often the broker said that a partition was moved.</summary>
    public static int Ended(string logFile)
    {
        using var file = new StreamReader(new FileStream(logFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        var count = 0;
        while (file.ReadLine() is { } line)
        {
            count += line.Contains(" was moved from ", StringComparison.Ordinal) ? 1 : 0;
        }

        return count;
    }
}
