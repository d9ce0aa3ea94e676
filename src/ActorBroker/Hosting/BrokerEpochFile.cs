using System.Globalization;
using ActorBroker.Model;
using ActorBroker.Storage;

namespace ActorBroker.Hosting;

/// <summary>
/// <c>broker-epoch</c> in the first log directory: the last registration of this broker. A process that died without its machine has lost nothing of
/// what it had written, so its next incarnation may say that it continues that registration, as after an orderly stop (KIP-966).
/// </summary>
internal static class BrokerEpochFile
{
    private const string Name = "broker-epoch";

    /// <summary>The registration whose records are all still here; -1 when some may be lost.</summary>
    public static BrokerEpoch Previous(LogManager logs)
    {
        if (logs.Directories.All(directory => directory.WasCleanShutdown))
        {
            return new BrokerEpoch(logs.Directories.Max(directory => directory.PreviousBrokerEpoch));
        }

        var path = PathIn(logs);
        return logs.Directories.All(directory => !directory.LostPower) && File.Exists(path)
            && long.TryParse(File.ReadAllText(path), NumberStyles.None, CultureInfo.InvariantCulture, out var epoch)
            ? new BrokerEpoch(epoch)
            : new BrokerEpoch(-1);
    }

    /// <summary>Keeps a registration for the next start.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(LogManager logs, BrokerEpoch epoch)
    {
        var path = PathIn(logs);
        File.WriteAllText(path + ".tmp", epoch.Value.ToString(CultureInfo.InvariantCulture));
        File.Move(path + ".tmp", path, overwrite: true);
    }

    private static string PathIn(LogManager logs) => Path.Combine(logs.Directories[0].Path, Name);
}
