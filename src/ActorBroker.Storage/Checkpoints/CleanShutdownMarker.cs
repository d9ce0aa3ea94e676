using System.Globalization;
using System.Text;
using System.Text.Json;
using ActorBroker.Storage.Files;

namespace ActorBroker.Storage.Checkpoints;

/// <summary>.kafka_cleanshutdown: the node closed the logs of this directory in order. See docs/formats/log-directory.md.</summary>
internal static class CleanShutdownMarker
{
    /// <summary>Writes the marker, as the last act on a directory.</summary>
    /// <param name="brokerEpoch">The broker's last epoch, -1 when unknown.</param>
    public static void Write(IFileSystem fileSystem, string directory, long brokerEpoch) =>
        AtomicFile.WriteText(
            fileSystem,
            Path.Combine(directory, LogFileNames.CleanShutdown),
            string.Create(CultureInfo.InvariantCulture, $$"""{"version":0,"brokerEpoch":{{brokerEpoch}}}"""),
            sync: true);

    /// <summary>Takes the marker away, so that a crash from now on is seen as one. False when there was none.</summary>
    public static bool TryTake(IFileSystem fileSystem, string directory, out long brokerEpoch)
    {
        brokerEpoch = -1;
        var path = Path.Combine(directory, LogFileNames.CleanShutdown);
        if (AtomicFile.TryRead(fileSystem, path) is not { } content)
            return false;
        fileSystem.DeleteFile(path);
        fileSystem.SyncDirectory(directory);
        try
        {
            // An empty marker is what Kafka wrote before 3.7.
            if (content.Length > 0)
            {
                using var document = JsonDocument.Parse(Encoding.UTF8.GetString(content));
                if (document.RootElement.TryGetProperty("brokerEpoch", out var value) && value.TryGetInt64(out var epoch))
                    brokerEpoch = epoch;
            }
        }
        catch (JsonException)
        {
            return false;
        }
        return true;
    }
}
