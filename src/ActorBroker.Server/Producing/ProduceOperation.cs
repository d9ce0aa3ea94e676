using ActorBroker.Actors.Partitions;
using ActorBroker.Model;
using ActorBroker.Protocol.Messages;
using ActorBroker.Protocol;
using ActorBroker.Server.Network;

namespace ActorBroker.Server.Producing;

/// <summary>
/// A produce request on its way: one append for each partition, the answer when all of them are decided. The request's frame stays
/// alive until then, since the appends write straight from it.
/// </summary>
internal sealed class ProduceOperation
{
    private const short FirstVersionWithLeader = 10;

    private readonly Broker broker;
    private readonly RequestContext context;
    private readonly RequiredAcks acks;
    private readonly ProduceResponse response = new();
    private volatile string? failure;
    private volatile bool anyElsewhere;
    private volatile Exception? defect;
    private int undecided = 1;

    public ProduceOperation(Broker broker, RequestContext context, ProduceRequest request)
    {
        this.broker = broker;
        this.context = context;
        acks = (RequiredAcks)request.Acks;
    }

    /// <summary>Validates every partition's batches and sends them to their leaders.</summary>
    public void Start(ProduceRequest request)
    {
        try
        {
            foreach (var topic in request.TopicData)
            {
                var answers = new ProduceResponse.TopicProduceResponse { Name = topic.Name };
                response.Responses.Add(answers);
                foreach (var data in topic.PartitionData)
                {
                    var answer = new ProduceResponse.PartitionProduceResponse { Index = data.Index };
                    answers.PartitionResponses.Add(answer);
                    StartOne(topic.Name, data, answer);
                }
            }
        }
        catch (Exception exception)
        {
            // Appends that are on their way still write from the frame: the request ends after them, not here.
            defect = exception;
        }

        Decided();
    }

    /// <summary>Answers every partition with the same error.</summary>
    public void Refuse(ProduceRequest request, ErrorCode error, string message)
    {
        foreach (var topic in request.TopicData)
        {
            response.Responses.Add(new()
            {
                Name = topic.Name,
                PartitionResponses = [.. topic.PartitionData.Select(data => new ProduceResponse.PartitionProduceResponse
                {
                    Index = data.Index,
                    ErrorCode = error,
                    BaseOffset = -1,
                    ErrorMessage = message,
                })],
            });
        }

        failure = message;
        Decided();
    }

    private void StartOne(string topic, ProduceRequest.PartitionProduceData data, ProduceResponse.PartitionProduceResponse answer)
    {
        var error = broker.FindLeader(topic, data.Index, LeaderEpoch.Unknown, out var partition);
        if (error != ErrorCode.None)
        {
            Fail(answer, AppendOutcome.Failed(error), new TopicPartition(topic, data.Index));
            return;
        }

        var append = new PartitionAppend(this, partition!, answer, acks);
        if (append.TryValidate(data.Records, context.ApiVersion, broker.NowMs(), out var refused))
        {
            Interlocked.Increment(ref undecided);
            partition!.Append(append);
        }
        else
        {
            Fail(answer, refused, partition!.Id);
        }
    }

    /// <summary>From version 10 a producer that asked the wrong node learns where the leader is (KIP-951): by the image, which knows it before the replica does.</summary>
    internal void Fail(ProduceResponse.PartitionProduceResponse answer, in AppendOutcome outcome, TopicPartition partition)
    {
        failure ??= $"{outcome.Error} {outcome.Message}".TrimEnd();
        answer.ErrorCode = outcome.Error;
        answer.BaseOffset = -1;
        answer.LogStartOffset = outcome.LogStartOffset;
        answer.ErrorMessage = outcome.Message;
        if (outcome.Error == ErrorCode.NotLeaderOrFollower && context.ApiVersion >= FirstVersionWithLeader
            && broker.PartitionOf(partition.Topic, partition.Partition) is { } known)
        {
            anyElsewhere = true;
            answer.CurrentLeader.LeaderId = known.Leader.Value;
            answer.CurrentLeader.LeaderEpoch = known.LeaderEpoch.Value;
        }
    }

    internal void Decided()
    {
        if (Interlocked.Decrement(ref undecided) > 0)
        {
            return;
        }

        if (defect is { } exception)
        {
            context.Fail(exception);
        }
        else if (acks != RequiredAcks.None)
        {
            AddLeaderEndpoints();
            context.Complete(response);
        }
        else if (failure is not null)
        {
            // Nobody waits for an answer that could say so: closing makes the producer refresh its metadata, as Kafka does.
            context.Refuse(failure);
        }
        else
        {
            context.CompleteWithoutResponse();
        }
    }

    private void AddLeaderEndpoints()
    {
        if (!anyElsewhere)
        {
            return;
        }

        var leaders = response.Responses.SelectMany(topic => topic.PartitionResponses).Select(answer => answer.CurrentLeader.LeaderId);
        foreach (var id in leaders.Where(id => id >= 0).Distinct())
        {
            if (broker.FindBroker(new(id), context.Connection.Listener.Name) is { } leader)
            {
                response.NodeEndpoints.Add(new() { NodeId = id, Host = leader.Host, Port = leader.Port, Rack = leader.Rack });
            }
        }
    }
}
