namespace ActorBroker.Harness;

/// <summary>The checkout that holds the program that runs.</summary>
public static class Checkout
{
    public static string Root { get; } = FindRoot();

    /// <summary>The full path of a file of <c>../shared</c>, which lies beside the checkout of those who have it; null when it is not there.</summary>
    public static string? FindShared(string path)
    {
        var full = Path.GetFullPath(Path.Combine(Root, "..", "shared", path));
        return File.Exists(full) ? full : null;
    }

    private static string FindRoot()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "ActorBroker.sln")))
            {
                return at.FullName;
            }
        }

        throw new DirectoryNotFoundException($"{AppContext.BaseDirectory} is not in a checkout");
    }
}
