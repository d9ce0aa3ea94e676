using System.Net.Sockets;
using System.Text.Json;
using ActorBroker.Storage;

namespace ActorBroker.Status;

/// <summary>Answers whoever connects to the Unix socket in a data directory with one report, and ends the connection: what may be known of a node that does not serve
/// yet. Who may enter the directory may ask. One thread of its own, since a node that recovers has no other to spare.</summary>
internal sealed class StatusSocket : IDisposable
{
    private const int AnswerTimeoutMs = 2_000;
    private const int StackBytes = 256 * 1024;

    private readonly Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly string path;
    private readonly Func<byte[]> report;
    private volatile bool disposed;

    /// <param name="directory">The data directory, locked by this process: a socket that is found there is one that an earlier process left.</param>
    /// <param name="report">The answer, made for each question.</param>
    public StatusSocket(string directory, Func<byte[]> report)
    {
        path = Path.Combine(directory, LogFileNames.StatusSocket);
        this.report = report;
        try
        {
            File.Delete(path);
            listener.Bind(new UnixDomainSocketEndPoint(path));
            listener.Listen();
        }
        catch
        {
            listener.Dispose();
            throw;
        }

        new Thread(Serve, StackBytes) { IsBackground = true, Name = "status" }.Start();
    }

    /// <summary>Asks the node that has a data directory; null when no node has it, or the node cannot be asked.</summary>
    public static NodeReport? Ask(string directory)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { ReceiveTimeout = AnswerTimeoutMs * 2 };
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(Path.Combine(directory, LogFileNames.StatusSocket)));
            using var answer = new NetworkStream(socket);
            return JsonSerializer.Deserialize(answer, NodeReportJson.Default.NodeReport);
        }
        catch (Exception e) when (e is SocketException or IOException or JsonException or ArgumentException)
        {
            return null;
        }
    }

    public void Dispose()
    {
        if (disposed)
        {
            return;
        }

        disposed = true;
        listener.Dispose();
        File.Delete(path);
    }

    private void Serve()
    {
        while (!disposed)
        {
            try
            {
                using var client = listener.Accept();
                client.SendTimeout = AnswerTimeoutMs;
                client.Send(report());
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // The one who asked is gone, or the node ends.
            }
        }
    }
}
