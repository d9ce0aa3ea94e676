using ActorBroker.Metadata;
using ActorBroker.Metadata.Quorum;
using ActorBroker.Model;
using ActorBroker.Storage;
using ActorBroker.Storage.Files;
using Akka.Event;

namespace ActorBroker.Actors.Controller;

/// <summary>
/// The image of a node without a journal, kept in a snapshot file (<c>cluster-image/</c> in the first log directory), so that the node starts with what it knew and
/// fetches only what is new. Losing it costs a fetch of everything.
/// </summary>
public sealed class ImageFile
{
    private const string DirectoryName = "cluster-image";

    private readonly IFileSystem files;
    private readonly string directory;
    private readonly TimeProvider time;
    private readonly TimeSpan interval;
    private long storedVersion;
    private long? storedAt;

    private ImageFile(IFileSystem files, string directory, TimeProvider time, TimeSpan interval)
    {
        this.files = files;
        this.directory = directory;
        this.time = time;
        this.interval = interval;
    }

    /// <summary>Opens the file of a node.</summary>
    /// <param name="interval">How often a changed image is stored.</param>
    /// <param name="image">What it holds; empty when there is none, or it cannot be read.</param>
    public static ImageFile Open(LogManager logs, TimeProvider time, TimeSpan interval, out ClusterImage image)
    {
        var state = logs.Directories[0].State;
        var file = new ImageFile(state.FileSystem, Path.Combine(state.Path, DirectoryName), time, interval);
        file.files.CreateDirectory(file.directory);
        image = file.Load();
        file.storedVersion = image.Version;
        return file;
    }

    /// <summary>Stores the image when it is another one and the last time is long enough ago.</summary>
    internal void MaybeStore(ClusterImage image, ILoggingAdapter log)
    {
        if (storedAt is not { } last || time.GetElapsedTime(last) >= interval)
        {
            StoreLast(image, log);
        }
    }

    /// <summary>Stores the image of a node that stops when it is another one, so that the next start knows what this node gave up before.</summary>
    internal void StoreLast(ClusterImage image, ILoggingAdapter log)
    {
        if (image.Version == storedVersion)
        {
            return;
        }

        storedAt = time.GetTimestamp();
        try
        {
            var position = new JournalPosition(new Offset(image.Version), ControllerEpoch.None);
            MetadataSnapshot.Store(files, directory, position, MetadataSnapshot.Encode(image, position, voters: null, time.GetUtcNow().ToUnixTimeMilliseconds()));
            storedVersion = image.Version;
            foreach (var older in MetadataSnapshot.Find(files, directory).Where(other => other != position))
            {
                MetadataSnapshot.Delete(files, directory, older);
            }
        }
        catch (IOException e)
        {
            log.Warning("the cluster image could not be stored in {0}: {1}", directory, e.Message);
        }
    }

    private ClusterImage Load()
    {
        foreach (var position in MetadataSnapshot.Find(files, directory))
        {
            try
            {
                return MetadataSnapshot.Decode(MetadataSnapshot.Load(files, directory, position), position).Image;
            }
            catch (Exception e) when (e is InvalidDataException or IOException)
            {
                // The controller sends everything instead.
                MetadataSnapshot.Delete(files, directory, position);
            }
        }

        return ClusterImage.Empty;
    }
}
