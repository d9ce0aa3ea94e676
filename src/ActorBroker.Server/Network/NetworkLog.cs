using System.Net;
using ActorBroker.Protocol;
using Microsoft.Extensions.Logging;

namespace ActorBroker.Server.Network;

/// <summary>What the network side has to say. Ids: 1000 listeners, 1100 connections, 1200 bad requests.</summary>
internal static partial class NetworkLog
{
    [LoggerMessage(1000, LogLevel.Information, "listener {Listener}: listening at {Address}, clients are told {Host}:{Port}")]
    public static partial void Listening(ILogger logger, string listener, EndPoint address, string host, int port);

    [LoggerMessage(1001, LogLevel.Warning,
        "listener {Listener}: clients are told to connect to {Host}:{Port}, but not even this machine can connect there ({Reason}); set the advertised host and port of the listener to an address that clients reach (advertised.listeners)")]
    public static partial void AdvertisedUnreachable(ILogger logger, string listener, string host, int port, string reason);

    [LoggerMessage(1002, LogLevel.Error, "listener {Listener}: accepting a connection failed: {Reason}")]
    public static partial void AcceptFailed(ILogger logger, string listener, string reason);

    [LoggerMessage(1003, LogLevel.Warning, "{Count} connections had requests in progress {Seconds:F1} s after the stop began and were cut")]
    public static partial void ConnectionsCut(ILogger logger, int count, double seconds);

    [LoggerMessage(1100, LogLevel.Debug, "{Client}: connected")]
    public static partial void Connected(ILogger logger, ConnectionInfo client);

    [LoggerMessage(1101, LogLevel.Debug, "{Client}: closed, {Reason}")]
    public static partial void Closed(ILogger logger, ConnectionInfo client, string reason);

    [LoggerMessage(1102, LogLevel.Warning, "listener {Listener}: refused a connection from {Remote}: {Limit} connections are open, as many as {Setting} allows")]
    public static partial void Refused(ILogger logger, string listener, IPAddress remote, int limit, string setting);

    [LoggerMessage(1103, LogLevel.Information, "{Client}: closed after {Seconds:F0} s without traffic (connections.max.idle.ms)")]
    public static partial void Idle(ILogger logger, ConnectionInfo client, double seconds);

    [LoggerMessage(1104, LogLevel.Warning, "{Count} more lines of kind {Kind} were left out within {Seconds:F0} s")]
    public static partial void LinesLeftOut(ILogger logger, long count, EventId kind, double seconds);

    [LoggerMessage(1200, LogLevel.Warning, "{Client}: closed, {Reason}")]
    public static partial void BadFrame(ILogger logger, ConnectionInfo client, string reason);

    [LoggerMessage(1201, LogLevel.Warning, "{Client}: closed in the middle of a request, after {Bytes} bytes of it")]
    public static partial void TruncatedFrame(ILogger logger, ConnectionInfo client, int bytes);

    [LoggerMessage(1202, LogLevel.Warning, "{Client}: closed, the request header is malformed: {Reason}")]
    public static partial void BadHeader(ILogger logger, ConnectionInfo client, string reason);

    [LoggerMessage(1203, LogLevel.Warning, "{Client}: closed, the {Api} request (version {Version}, correlation id {CorrelationId}, client id {ClientId}) is malformed: {Reason}")]
    public static partial void BadRequest(ILogger logger, ConnectionInfo client, ApiKey api, short version, int correlationId, string? clientId, string reason);

    [LoggerMessage(1204, LogLevel.Warning, "{Client}: closed, it asks for API key {Api}, which is not served here (version {Version}, client id {ClientId})")]
    public static partial void UnknownApi(ILogger logger, ConnectionInfo client, short api, short version, string? clientId);

    [LoggerMessage(1205, LogLevel.Warning, "{Client}: closed, it asks for {Api} version {Version}, served are {MinVersion} to {MaxVersion} (client id {ClientId})")]
    public static partial void UnsupportedVersion(ILogger logger, ConnectionInfo client, ApiKey api, short version, short minVersion, short maxVersion, string? clientId);

    [LoggerMessage(1206, LogLevel.Error, "{Client}: closed, the {Api} request (version {Version}, correlation id {CorrelationId}, client id {ClientId}) failed")]
    public static partial void RequestFailed(ILogger logger, Exception exception, ConnectionInfo client, ApiKey api, short version, int correlationId, string? clientId);

    [LoggerMessage(1207, LogLevel.Error, "{Client}: closed, the connection failed")]
    public static partial void ConnectionFailed(ILogger logger, Exception exception, ConnectionInfo client);

    [LoggerMessage(1208, LogLevel.Information, "{Client}: closed, the {Api} request (version {Version}, correlation id {CorrelationId}, client id {ClientId}) wants no answer and could not be served: {Reason}")]
    public static partial void RequestRefused(ILogger logger, ConnectionInfo client, ApiKey api, short version, int correlationId, string? clientId, string reason);
}
