using ActorBroker.Metadata;
using ActorBroker.Metadata.Quorum;
using ActorBroker.Model;
using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;
using ActorBroker.Server.Network;

namespace ActorBroker.Server.Handlers;

/// <summary>
/// AddRaftVoter, version 0: gives a controller node a vote in the metadata quorum (KIP-853), once its journal is complete. The node has to be among the configured controllers, whose
/// addresses count rather than the request's. Errors: INCONSISTENT_CLUSTER_ID, DUPLICATE_VOTER, REQUEST_TIMED_OUT while it has not caught up, INVALID_REQUEST.
/// </summary>
public sealed class AddRaftVoterHandler(Broker broker)
    : AsyncApiHandler<AddRaftVoterRequest>(AddRaftVoterRequest.MinVersion, AddRaftVoterRequest.MaxVersion)
{
    protected override async ValueTask<IApiResponse?> HandleAsync(RequestContext context, AddRaftVoterRequest request)
    {
        if (broker.ProblemOfCluster(request.ClusterId) is { } problem)
        {
            return new AddRaftVoterResponse { ErrorCode = ErrorCode.InconsistentClusterId, ErrorMessage = problem };
        }

        var answer = await broker.AskController<VerdictReply>(new AddQuorumVoter(new NodeId(request.VoterId), request.VoterDirectoryId)).ConfigureAwait(false);
        return new AddRaftVoterResponse
        {
            ErrorCode = answer.Reply?.Verdict.ToErrorCode() ?? answer.Error,
            ErrorMessage = answer.Reply is { } reply ? reply.Verdict.Message : answer.Message,
        };
    }
}
