#nullable disable
using Akka.Actor;
using Akka.Configuration;

namespace Akka.Remote;

/// <summary>What akka.remote says.</summary>
public class RemoteSettings
{
    public static readonly string AkkaScheme = "akka.remote";

    public RemoteSettings(Config config)
    {
        Config = config;
        FlushWait = config.GetTimeSpan("akka.remote.flush-wait-on-shutdown");
        ShutdownTimeout = config.GetTimeSpan("akka.remote.shutdown-timeout");
        BackoffPeriod = config.GetTimeSpan("akka.remote.backoff-interval");
        Dispatcher = config.GetString("akka.remote.use-dispatcher");
        UntrustedMode = config.GetBoolean("akka.remote.untrusted-mode");
        TrustedSelectionPaths = [.. config.GetStringList("akka.remote.trusted-selection-paths")];
        RemoteLifecycleEventsLogLevel = config.GetString("akka.remote.log-remote-lifecycle-events") switch
        {
            "on" or "true" => "DEBUG",
            var level => level,
        };
        RetryGateClosedFor = config.GetTimeSpan("akka.remote.retry-gate-closed-for");
        SysMsgBufferSize = config.GetInt("akka.remote.system-message-buffer-size");
        SysResendTimeout = config.GetTimeSpan("akka.remote.resend-interval");
        WatchFailureDetectorConfig = config.GetConfig("akka.remote.watch-failure-detector");
        WatchFailureDetectorImplementationClass = WatchFailureDetectorConfig.GetString("implementation-class");
        WatchHeartBeatInterval = WatchFailureDetectorConfig.GetTimeSpan("heartbeat-interval");
        WatchUnreachableReaperInterval = WatchFailureDetectorConfig.GetTimeSpan("unreachable-nodes-reaper-interval");
        WatchHeartbeatExpectedResponseAfter = WatchFailureDetectorConfig.GetTimeSpan("expected-response-after");
    }

    /// <summary>First pause after a connection that failed.</summary>
    public TimeSpan BackoffPeriod { get; set; }

    public Config Config { get; }

    /// <summary>Id of the dispatcher of remoting's actors; empty for the default one.</summary>
    public string Dispatcher { get; set; }

    /// <summary>Longest wait for queues to be written at the end.</summary>
    public TimeSpan FlushWait { get; set; }

    /// <summary>Level of connections' log lines, or off.</summary>
    public string RemoteLifecycleEventsLogLevel { get; set; }

    /// <summary>How long a quarantined system is left alone before its restart is looked for.</summary>
    public TimeSpan RetryGateClosedFor { get; set; }

    public TimeSpan ShutdownTimeout { get; set; }

    /// <summary>System messages that may wait for an acknowledgement.</summary>
    public int SysMsgBufferSize { get; set; }

    /// <summary>After which they are sent again.</summary>
    public TimeSpan SysResendTimeout { get; set; }

    /// <summary>Paths that selections may name in untrusted mode.</summary>
    public HashSet<string> TrustedSelectionPaths { get; set; }

    public bool UntrustedMode { get; set; }

    public Config WatchFailureDetectorConfig { get; set; }

    public string WatchFailureDetectorImplementationClass { get; set; }

    public TimeSpan WatchHeartBeatInterval { get; set; }

    public TimeSpan WatchHeartbeatExpectedResponseAfter { get; set; }

    public TimeSpan WatchUnreachableReaperInterval { get; set; }

    /// <summary>Puts an actor of remoting on remoting's dispatcher.</summary>
    public Props ConfigureDispatcher(Props props) => string.IsNullOrEmpty(Dispatcher) ? props : props.WithDispatcher(Dispatcher);
}
