namespace ActorBroker.Tests.Cli;

public sealed class ProduceOnFullDiskTests
{
    [Fact]
    public async Task A_producer_is_told_that_the_disk_is_full()
    {
        var node = new RunningNode { Sets = ["storage.min-free-bytes=1000000 GiB"] };
        await node.InitializeAsync();
        try
        {
            Assert.Equal(0, (await node.Run("", "topics", "--create", "--topic", "t")).ExitCode);
            var produced = await node.Run("a\n", "produce", "--topic", "t", "--timeout", "0");

            Assert.NotEqual(0, produced.ExitCode);
            Assert.Contains("is full: less than the reserve of 1073741824000000 bytes is free", produced.Error);
        }
        finally
        {
            await node.DisposeAsync();
        }
    }
}
