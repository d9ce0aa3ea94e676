using System.Diagnostics;
using ActorBroker.Faults.Machine;

namespace ActorBroker.Faults.Brokers;

/// <summary>The process of one broker. It ends with the thread that started it, whatever becomes of this program.</summary>
internal sealed class BrokerNode(int id, IReadOnlyList<string> command, string logFile) : IDisposable
{
    private Process? _process;

    public int Id => id;

    public bool IsRunning => _process is { HasExited: false };

    public void Start()
    {
        if (IsRunning)
        {
            return;
        }

        _process?.Dispose();
        string[] arguments = ["-c", "log=$1; shift; exec setpriv --pdeathsig KILL \"$@\" >>\"$log\" 2>&1 </dev/null", "sh", logFile, .. command];
        _process = Process.Start("sh", arguments);
    }

    /// <summary>Signal 9, and waits until the process is gone.</summary>
    public void Kill()
    {
        Send(Signals.Kill);
        _process?.WaitForExit();
    }

    public void Pause() => Send(Signals.Stop);

    public void PrintTree() => Send(Signals.PrintTree);

    public void Resume() => Send(Signals.Continue);

    /// <summary>Asks the process to end and waits until it has.</summary>
    /// <exception cref="FaultException">It has not within the time, or ended with an error.</exception>
    public void Terminate(TimeSpan limit)
    {
        Send(Signals.Terminate);
        if (_process?.WaitForExit(limit) == false)
        {
            throw new FaultException($"broker {id} did not end within {limit.TotalSeconds} s of SIGTERM");
        }
    }

    public void Dispose()
    {
        if (IsRunning)
        {
            Kill();
        }

        _process?.Dispose();
    }

    private void Send(int signal)
    {
        if (_process is { HasExited: false })
        {
            Signals.Send(_process.Id, signal);
        }
    }
}
