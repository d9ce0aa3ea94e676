using ActorBroker.Protocol;

namespace ActorBroker.Server.Network;

/// <summary>
/// Answers the requests of one API. One object serves all connections, so it keeps no state of a request. ApiVersions lists
/// exactly the handlers that are registered, with their versions.
/// </summary>
public interface IApiHandler
{
    /// <summary>The API that this handler answers.</summary>
    ApiKey ApiKey { get; }

    /// <summary>The oldest version that is answered.</summary>
    short MinVersion { get; }

    /// <summary>The newest version that is answered.</summary>
    short MaxVersion { get; }

    /// <summary>
    /// Whether the connection's next request may start while this one still waits. Without it, Kafka's rule holds: a request of a
    /// connection starts when the one before is answered. Responses leave in the order of the requests either way.
    /// </summary>
    bool AllowsPipelining => false;

    /// <summary>
    /// Starts one request; called on a network thread, so it must not block. Exactly one of <see cref="RequestContext.Complete"/>,
    /// <see cref="RequestContext.CompleteWithoutResponse"/> and <see cref="RequestContext.Fail"/> must follow, now or later, on any thread.
    /// </summary>
    /// <exception cref="ProtocolException">The body does not follow its schema: logged with its reason, and the connection is closed.</exception>
    void Handle(RequestContext context);
}

/// <summary>A handler that gets its request decoded.</summary>
/// <typeparam name="TRequest">The request's message.</typeparam>
public abstract class ApiHandler<TRequest> : IApiHandler
    where TRequest : class, IApiRequest, new()
{
    /// <param name="minVersion">The oldest version that is answered.</param>
    /// <param name="maxVersion">The newest version that is answered.</param>
    protected ApiHandler(short minVersion, short maxVersion)
    {
        ApiKey = new TRequest().ApiKey;
        MinVersion = minVersion;
        MaxVersion = maxVersion;
    }

    public ApiKey ApiKey { get; }

    public short MinVersion { get; }

    public short MaxVersion { get; }

    public virtual bool AllowsPipelining => false;

    public void Handle(RequestContext context)
    {
        var request = new TRequest();
        var reader = context.OpenBody();
        request.Read(ref reader, context.ApiVersion);
        Handle(context, request);
    }

    /// <summary>
    /// Starts the request, as <see cref="IApiHandler.Handle"/> says. Byte fields and records of <paramref name="request"/> are slices of the
    /// connection's buffer: they are valid until the context is completed, longer only for who retains <see cref="RequestContext.Buffer"/>.
    /// </summary>
    protected abstract void Handle(RequestContext context, TRequest request);
}

/// <summary>A handler for rare requests that is written with await; costs a task per request that really waits.</summary>
/// <typeparam name="TRequest">The request's message.</typeparam>
public abstract class AsyncApiHandler<TRequest>(short minVersion, short maxVersion) : ApiHandler<TRequest>(minVersion, maxVersion)
    where TRequest : class, IApiRequest, new()
{
    /// <summary>Answers the request; null when it has no response. An exception closes the connection.</summary>
    protected abstract ValueTask<IApiResponse?> HandleAsync(RequestContext context, TRequest request);

    protected sealed override void Handle(RequestContext context, TRequest request)
    {
        var answer = HandleAsync(context, request);
        if (answer.IsCompletedSuccessfully)
        {
            Complete(context, answer.Result);
        }
        else
        {
            _ = AwaitAsync(context, answer);
        }
    }

    private static async Task AwaitAsync(RequestContext context, ValueTask<IApiResponse?> answer)
    {
        IApiResponse? response;
        try
        {
            response = await answer.ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            context.Fail(exception);
            return;
        }

        Complete(context, response);
    }

    private static void Complete(RequestContext context, IApiResponse? response)
    {
        if (response is null)
        {
            context.CompleteWithoutResponse();
        }
        else
        {
            context.Complete(response);
        }
    }
}
