using ActorBroker.Protocol.Messages;
using ActorBroker.Protocol;
using ActorBroker.Server.Network;

namespace ActorBroker.Server.Handlers;

/// <summary>
/// DescribeCluster, versions 0 and 1: brokers as seen through the listener that the request came in by (KIP-700); endpoint type from 1
/// (KIP-919). Errors: UNSUPPORTED_ENDPOINT_TYPE for controllers, which have no endpoints of their own here.
/// </summary>
public sealed class DescribeClusterHandler(Broker broker) : AsyncApiHandler<DescribeClusterRequest>(DescribeClusterRequest.MinVersion, DescribeClusterRequest.MaxVersion)
{
    private const sbyte Brokers = 1;

    protected override ValueTask<IApiResponse?> HandleAsync(RequestContext context, DescribeClusterRequest request)
    {
        var response = new DescribeClusterResponse { ClusterId = broker.Cluster.ClusterId, EndpointType = request.EndpointType };
        if (request.EndpointType != Brokers)
        {
            response.ErrorCode = ErrorCode.UnsupportedEndpointType;
            response.ErrorMessage = $"Endpoint type {request.EndpointType} cannot be described here; only brokers (1) have endpoints.";
            return new(response);
        }

        var visible = broker.VisibleBrokers(context.Connection.Listener.Name).ToList();
        response.ControllerId = Broker.ControllerFor(visible).Value;
        response.Brokers = [.. visible.Select(entry => new DescribeClusterResponse.DescribeClusterBroker
        {
            BrokerId = entry.Id.Value,
            Host = entry.Host,
            Port = entry.Port,
            Rack = entry.Rack,
        })];
        return new(response);
    }
}
