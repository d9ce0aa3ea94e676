using System.Xml.Linq;

namespace Architecture.Tests;

/// <summary>The dependency table of docs/ARCHITECTURE.md, checked against the project files.</summary>
public sealed class RoomReferencesTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Hocon"] = [],
        ["Model"] = [],
        ["Records"] = ["Model"],
        ["Protocol"] = ["Model"],
        ["Storage"] = ["Model", "Records"],
        ["Replication"] = ["Model"],
        ["Network"] = ["Model"],
        ["Links"] = ["Model", "Network", "Replication"],
        ["Metadata"] = ["Model"],
        ["Coordination"] = ["Model"],
        ["Network"] = ["Model"],
        ["Links"] = ["Model", "Network", "Replication"],
        ["Actors"] = ["Links", "Model", "Records", "Protocol", "Storage", "Replication", "Metadata", "Coordination", "Links", "Akka"],
        ["Server"] = ["Network", "Model", "Network", "Records", "Protocol", "Replication", "Metadata", "Coordination", "Actors", "Akka"],
        ["Client"] = ["Model", "Records", "Protocol"],
        [""] = ["Network", "Links", "Hocon", "Model", "Network", "Links", "Records", "Protocol", "Storage", "Replication", "Metadata", "Coordination", "Actors", "Server", "Client", "Akka"],
    };

    public static TheoryData<string> Rooms => new(Allowed.Keys);

    [Theory]
    [MemberData(nameof(Rooms))]
    public void A_room_references_only_the_rooms_below_it(string room)
    {
        var references = References(room);

        Assert.Empty(references.Except(Allowed[room]));
    }

    [Fact]
    public void Every_broker_project_is_in_the_table()
    {
        var projects = Directory.GetDirectories(Path.Combine(Checkout.Root, "src"), "ActorBroker*").Select(Path.GetFileName);

        Assert.Equal(Allowed.Keys.Select(ProjectName).Order(), projects.Order());
    }

    [Fact]
    public void No_file_of_ours_declares_a_namespace_of_akkas()
    {
        var files = Directory.GetFiles(Path.Combine(Checkout.Root, "src"), "*.cs", SearchOption.AllDirectories);

        Assert.All(files, file => Assert.DoesNotContain(File.ReadLines(file), static line => line.StartsWith("namespace Akka", StringComparison.Ordinal)));
    }

    private static string ProjectName(string room) => room == "" ? "ActorBroker" : "ActorBroker." + room;

    private static List<string> References(string room)
    {
        var name = ProjectName(room);
        var project = XDocument.Load(Path.Combine(Checkout.Root, "src", name, name + ".csproj"));
        var rooms = project.Descendants("ProjectReference")
            .Where(reference => reference.Attribute("ReferenceOutputAssembly")?.Value != "false")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/')))
            .Select(reference => reference.StartsWith("ActorBroker.") ? reference["ActorBroker.".Length..] : reference);
        var akka = project.Descendants("PackageReference").Where(package => package.Attribute("Include")!.Value.Split('.')[0] == "Akka").Select(_ => "Akka");
        return [.. rooms.Concat(akka).Distinct()];
    }
}
