using System.Diagnostics;
using ActorBroker.Faults.Machine;

namespace ActorBroker.Faults.Runtime;

/// <summary>The process of one node, from its start to its end. What it tells goes to the event log, its log to a file.</summary>
internal sealed class NodeProcess : IDisposable
{
    private readonly EventLog _log;
    private readonly Process _process;
    private readonly Thread _reader;

    /// <param name="node">Its number.</param>
    /// <param name="command">Program and arguments.</param>
    /// <param name="logFile">Where its log is appended.</param>
    /// <param name="log">Where its events go.</param>
    public NodeProcess(int node, IReadOnlyList<string> command, string logFile, EventLog log)
    {
        Node = node;
        _log = log;
        log.Add(node, 0, "start");
        // The shell becomes the program: it only leads the log to its file.
        string[] arguments = ["-c", "log=$1; shift; exec \"$@\" 2>>\"$log\"", "sh", logFile, .. command];
        _process = Process.Start(new ProcessStartInfo("sh", arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        Id = _process.Id;
        _reader = new Thread(Read) { IsBackground = true, Name = $"events of node {node}" };
        _reader.Start();
    }

    public int Node { get; }

    public int Id { get; }

    public bool HasEnded => _process.HasExited;

    /// <summary>Resident memory in MiB; 0 when the process is gone.</summary>
    public double ResidentMiB
    {
        get
        {
            _process.Refresh();
            return HasEnded ? 0 : _process.WorkingSet64 / 1048576.0;
        }
    }

    /// <summary>Ends the process at once and waits until it is gone. The result is the time of the signal, in microseconds.</summary>
    public long Kill()
    {
        var timeUs = Send(Signals.Kill, "kill");
        _process.WaitForExit();
        return timeUs;
    }

    /// <summary>Asks the process to end. The result is the time of the signal.</summary>
    public long Terminate() => Send(Signals.Terminate, "terminate");

    /// <summary>Stops the process where it is; its connections stay open and nothing answers.</summary>
    public void Pause()
    {
        Signals.Send(Id, Signals.Stop);
        _log.Add(Node, Id, "pause");
    }

    /// <summary>Lets a paused process go on. The result is the time.</summary>
    public long Resume() => Send(Signals.Continue, "resume");

    /// <summary>Waits until the process has ended by itself.</summary>
    public void AwaitEnd(TimeSpan limit) => Patience.Await($"node {Node} ends by itself", limit, () => HasEnded);

    public void Dispose()
    {
        if (!HasEnded)
        {
            Kill();
        }

        _reader.Join(TimeSpan.FromSeconds(5));
        _process.Dispose();
    }

    private long Send(int signal, string name)
    {
        var timeUs = SharedClock.NowUs;
        _log.Add(Node, Id, name);
        Signals.Send(Id, signal);
        return timeUs;
    }

    private void Read()
    {
        while (_process.StandardOutput.ReadLine() is { } line)
        {
            _log.AddLine(Node, Id, line);
        }

        _process.WaitForExit();
        _log.Add(Node, Id, "ended", $"code={_process.ExitCode}");
    }
}
