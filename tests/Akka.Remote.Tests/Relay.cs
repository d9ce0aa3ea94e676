using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Akka.Remote.Transport;

namespace Akka.Remote.Tests;

/// <summary>Stands before a system and passes on what others send to it and it answers, and keeps what they sent.</summary>
internal sealed class Relay : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentBag<MemoryStream> _sent = [];
    private readonly ConcurrentBag<Socket> _sockets = [];
    private int _target;

    public Relay() => _listener.Start();

    /// <summary>Its own port, which the system tells others.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Passes connections on to a port from now on.</summary>
    public void PassTo(int port)
    {
        _target = port;
        new Thread(Accept) { IsBackground = true }.Start();
    }

    /// <summary>The lane and the frames after the handshake of each connection so far.</summary>
    public IReadOnlyList<(Lane Lane, List<byte[]> Frames)> Recorded() => [.. _sent.Select(Split).Where(static c => c.Frames.Count > 0)];

    public void Dispose()
    {
        _listener.Dispose();
        foreach (var socket in _sockets) socket.Dispose();
    }

    private static (Lane Lane, List<byte[]> Frames) Split(MemoryStream sent)
    {
        byte[] bytes;
        lock (sent) bytes = sent.ToArray();
        List<byte[]> frames = [];
        for (var at = 0; at + 4 <= bytes.Length && at + 4 + BitConverter.ToInt32(bytes, at) <= bytes.Length; at += frames[^1].Length) frames.Add(bytes[at..(at + 4 + BitConverter.ToInt32(bytes, at))]);

        // The greeting has magic, version and lane after its length; the proof comes second.
        return frames.Count < 2 ? (Lane.Bulk, []) : ((Lane)frames[0][10], frames[2..]);
    }

    private void Accept()
    {
        try
        {
            while (true)
            {
                Socket from = Keep(_listener.AcceptSocket());
                Socket to = Keep(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
                to.Connect(IPAddress.Loopback, _target);
                var sent = new MemoryStream();
                _sent.Add(sent);
                Pass(from, to, sent);
                Pass(to, from, null);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The end of the test.
        }
    }

    private Socket Keep(Socket socket)
    {
        _sockets.Add(socket);
        return socket;
    }

    private static void Pass(Socket from, Socket to, MemoryStream? kept) => new Thread(() =>
    {
        byte[] buffer = new byte[64 * 1024];
        try
        {
            for (int read; (read = from.Receive(buffer)) > 0; to.Send(buffer, read, SocketFlags.None))
            {
                if (kept is null) continue;
                lock (kept) kept.Write(buffer, 0, read);
            }

            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            from.Dispose();
            to.Dispose();
        }
    })
    { IsBackground = true }.Start();
}
