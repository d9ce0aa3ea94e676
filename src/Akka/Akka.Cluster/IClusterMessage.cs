namespace Akka.Cluster;

/// <summary>Marks messages between the cluster's nodes.</summary>
public interface IClusterMessage
{
}
