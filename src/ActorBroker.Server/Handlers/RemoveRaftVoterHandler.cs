using ActorBroker.Metadata;
using ActorBroker.Metadata.Quorum;
using ActorBroker.Model;
using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;
using ActorBroker.Server.Network;

namespace ActorBroker.Server.Handlers;

/// <summary>
/// RemoveRaftVoter, version 0: takes a controller node's vote in the metadata quorum away (KIP-853). Errors: INCONSISTENT_CLUSTER_ID, VOTER_NOT_FOUND, INVALID_REQUEST for the only voter
/// and while another change is under way.
/// </summary>
public sealed class RemoveRaftVoterHandler(Broker broker)
    : AsyncApiHandler<RemoveRaftVoterRequest>(RemoveRaftVoterRequest.MinVersion, RemoveRaftVoterRequest.MaxVersion)
{
    protected override async ValueTask<IApiResponse?> HandleAsync(RequestContext context, RemoveRaftVoterRequest request)
    {
        if (broker.ProblemOfCluster(request.ClusterId) is { } problem)
        {
            return new RemoveRaftVoterResponse { ErrorCode = ErrorCode.InconsistentClusterId, ErrorMessage = problem };
        }

        var answer = await broker.AskController<VerdictReply>(new RemoveQuorumVoter(new NodeId(request.VoterId), request.VoterDirectoryId)).ConfigureAwait(false);
        return new RemoveRaftVoterResponse
        {
            ErrorCode = answer.Reply?.Verdict.ToErrorCode() ?? answer.Error,
            ErrorMessage = answer.Reply is { } reply ? reply.Verdict.Message : answer.Message,
        };
    }
}
