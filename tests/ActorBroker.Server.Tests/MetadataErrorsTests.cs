using ActorBroker.Metadata;
using ActorBroker.Protocol;

namespace ActorBroker.Server.Tests;

public sealed class MetadataErrorsTests
{
    [Fact]
    public void Every_refusal_of_the_controller_has_a_code_of_its_own()
    {
        var codes = Enum.GetValues<MetadataError>().ToDictionary(error => error, MetadataErrors.ToErrorCode);

        Assert.DoesNotContain(ErrorCode.UnknownServerError, codes.Values);
        Assert.Equal(
            [MetadataError.UnknownTopic, MetadataError.UnknownPartition],
            codes.GroupBy(entry => entry.Value).Where(group => group.Count() > 1).SelectMany(group => group.Select(entry => entry.Key)));
    }

    [Theory]
    [InlineData(MetadataError.InvalidTopicName, 17)]
    [InlineData(MetadataError.UnknownTopic, 3)]
    [InlineData(MetadataError.UnknownPartition, 3)]
    [InlineData(MetadataError.NotController, 41)]
    [InlineData(MetadataError.NoReassignmentInProgress, 85)]
    [InlineData(MetadataError.FencedLeaderEpoch, 74)]
    [InlineData(MetadataError.StaleBrokerEpoch, 77)]
    [InlineData(MetadataError.PreferredLeaderNotAvailable, 80)]
    [InlineData(MetadataError.EligibleLeadersNotAvailable, 83)]
    [InlineData(MetadataError.ElectionNotNeeded, 84)]
    [InlineData(MetadataError.InvalidUpdateVersion, 95)]
    [InlineData(MetadataError.UnknownTopicId, 100)]
    [InlineData(MetadataError.DuplicateBrokerRegistration, 101)]
    [InlineData(MetadataError.BrokerNotRegistered, 102)]
    [InlineData(MetadataError.InconsistentClusterId, 104)]
    [InlineData(MetadataError.IneligibleReplica, 107)]
    [InlineData(MetadataError.NewLeaderElected, 108)]
    public void A_refusal_has_Kafkas_code(MetadataError error, int code) => Assert.Equal(code, (int)MetadataErrors.ToErrorCode(error));
}
