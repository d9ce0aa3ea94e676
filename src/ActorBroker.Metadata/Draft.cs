using System.Collections.Immutable;

namespace ActorBroker.Metadata;

/// <summary>A decision in the making: each event is applied at once, so that what is decided next stands on what was decided before.</summary>
internal sealed class Draft(ClusterImage image)
{
    private readonly ImmutableArray<MetadataEvent>.Builder events = ImmutableArray.CreateBuilder<MetadataEvent>();

    /// <summary>The cluster after the events so far.</summary>
    public ClusterImage Image { get; private set; } = image;

    public void Add(MetadataEvent? change)
    {
        if (change is not null)
        {
            events.Add(change);
            Image = Image.Apply(change);
        }
    }

    public Decision Answer(ControllerReply reply) => new(events.ToImmutable(), reply);
}
