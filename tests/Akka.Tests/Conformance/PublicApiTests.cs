using System.Reflection;

namespace Akka.Tests.Conformance;

/// <summary>What we have of Akka.NET's API is the same as there; what we do not have is absent.</summary>
public sealed class PublicApiTests
{
    [ApiListingFact]
    public void Every_public_type_and_member_of_Akka_is_as_listed() => Compare("Akka", typeof(Akka.Actor.ActorSystem).Assembly);

    [ApiListingFact]
    public void Every_public_type_and_member_of_the_TestKit_is_as_listed() => Compare("Akka.TestKit", typeof(TestKit.TestKitBase).Assembly);

    [ApiListingFact]
    public void Every_public_type_and_member_of_the_xunit_TestKit_is_as_listed() =>
        Compare("Akka.TestKit.Xunit2", typeof(TestKit.Xunit2.TestKit).Assembly);

    [ApiListingFact]
    public void Every_public_type_and_member_of_remoting_is_as_listed() => Compare("Akka.Remote", typeof(Remote.RemoteSettings).Assembly);

    [ApiListingFact]
    public void Every_public_type_and_member_of_the_cluster_is_as_listed() => Compare("Akka.Cluster", typeof(Cluster.Cluster).Assembly);

    [ApiListingFact]
    public void Every_public_type_and_member_of_Akka_Persistence_is_as_listed() =>
        Compare("Akka.Persistence", typeof(Persistence.Persistence).Assembly);

    [ApiListingFact]
    public void Every_public_type_and_member_of_Akka_Cluster_Tools_is_as_listed() =>
        Compare("Akka.Cluster.Tools", typeof(Cluster.Tools.Singleton.ClusterSingletonManager).Assembly);

    [ApiListingFact]
    public void Every_public_type_and_member_of_Akka_Cluster_Sharding_is_as_listed() =>
        Compare("Akka.Cluster.Sharding", typeof(Cluster.Sharding.ClusterSharding).Assembly);

    private static void Compare(string package, Assembly assembly)
    {
        var listing = ApiListing.Read(package);
        var differences = new List<string>();
        foreach (var type in assembly.GetTypes().Where(ApiSignature.IsVisible))
        {
            // Optional extensions of ours have a namespace of their own.
            if (type.Namespace!.StartsWith("AkkaExtensions.", StringComparison.Ordinal)) continue;
            var key = ApiSignature.Key(type);
            if (!listing.HasType(key))
            {
                differences.Add($"{key}: not in the listing");
                continue;
            }

            var header = listing.Header(key);
            differences.AddRange(ApiSignature.HeaderParts(type).Where(part => !header.Contains(part)).Select(part => $"{key}: listed as [{header}], without [{part}]"));
            differences.AddRange(ApiSignature.Members(type).Where(member => !listing.HasMember(key, member)).Select(member =>
                $"{key}: [{member}] is not listed; listed are: {string.Join(" | ", listing.Like(key, member))}"));
        }

        Assert.True(differences.Count == 0, $"{differences.Count} differences{Environment.NewLine}{string.Join(Environment.NewLine, differences)}");
    }
}
