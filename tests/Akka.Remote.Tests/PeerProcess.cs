using System.Diagnostics;
using Akka.Actor;

namespace Akka.Remote.Tests;

/// <summary>A node in a process of its own, with an echo at /user/echo. It ends with this object, or with its parent's end.</summary>
internal sealed class PeerProcess : IDisposable
{
    private readonly Process _process;

    private PeerProcess(Process process, Address address)
    {
        _process = process;
        Address = address;
    }

    public Address Address { get; }

    public static int Main(string[] args)
    {
        Node node = Node.Start(args[0]);
        node.System.ActorOf(Props.Create(() => new Echo()), "echo");
        Console.WriteLine(node.Address);
        Console.In.ReadToEnd();
        return 0;
    }

    public static async Task<PeerProcess> Start(string name)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.ArgumentList.Add(typeof(PeerProcess).Assembly.Location);
        start.ArgumentList.Add(name);
        Process process = Process.Start(start)!;
        var line = await process.StandardOutput.ReadLineAsync().WaitAsync(Node.Patience);
        return new PeerProcess(process, Address.Parse(line!));
    }

    /// <summary>Ends the process at once, without a word to anybody.</summary>
    public void Kill() => _process.Kill();

    /// <summary>Stops the process's clock, so to speak: sockets stay open, nothing answers.</summary>
    public void Pause() => Signal("-STOP");

    public void Continue() => Signal("-CONT");

    public void Dispose()
    {
        _process.Kill();
        _process.Dispose();
    }

    private void Signal(string signal)
    {
        using Process kill = Process.Start("kill", [signal, _process.Id.ToString()]);
        kill.WaitForExit();
    }
}
