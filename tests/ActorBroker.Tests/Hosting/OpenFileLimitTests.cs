using ActorBroker.Hosting;

namespace ActorBroker.Tests.Hosting;

public sealed class OpenFileLimitTests
{
    [Theory]
    [InlineData("Max open files            1024                 524288               files     ", 1024)]
    [InlineData("Max open files            unlimited            unlimited            files     ", int.MaxValue)]
    [InlineData("Max cpu time              10                   unlimited            seconds   ", int.MaxValue)]
    public void The_soft_limit_is_found(string line, int limit) => Assert.Equal(limit, OpenFileLimit.Parse(["Limit  Soft Limit  Hard Limit  Units", line]));

    [Theory]
    [InlineData(2_000, 20_000, 2_000)]
    [InlineData(2_000, 1_024, 512)]
    [InlineData(2_000, int.MaxValue, 2_000)]
    public void The_logs_keep_at_most_half_of_the_files(int configured, int limit, int used) => Assert.Equal(used, OpenFileLimit.Bound(configured, limit));
}
