namespace ActorBroker.Client.Tests;

public sealed class ProducerRecordTests
{
    [Fact]
    public void A_missing_key_or_value_is_null_and_not_empty()
    {
        Assert.Null(new ProducerRecord("t", null, "v").Key);
        Assert.Null(new ProducerRecord("t", "k", null).Value);
        Assert.Equal(0, new ProducerRecord("t", "", "v").Key?.Length);
    }
}
