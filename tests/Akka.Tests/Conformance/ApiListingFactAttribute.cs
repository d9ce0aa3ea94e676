namespace Akka.Tests.Conformance;

/// <summary>Skipped where the listing is not beside the checkout.</summary>
internal sealed class ApiListingFactAttribute : FactAttribute
{
    public ApiListingFactAttribute()
    {
        if (ApiListing.Directory is null) Skip = "../shared/akka-api is not beside this checkout.";
    }
}
