using System.Net;
using System.Net.Sockets;
using ActorBroker.Actors.Membership;
using ActorBroker.Harness;
using Akka.Actor;

namespace ActorBroker.Actors.Tests.Membership;

public sealed class AddressProbeTests
{
    [Fact]
    public async Task An_address_where_nobody_listens_refuses() => Assert.True(await AddressProbe.IsRefusedAsync(At(FreePorts.One())));

    [Fact]
    public async Task A_process_that_listens_has_not_ended_even_if_it_accepts_nobody()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var address = At(((IPEndPoint)listener.LocalEndpoint).Port);

        await Eventually.Holds(async () => await AddressProbe.LookAsync(address) == AddressState.Listens, "the listener is seen");
        Assert.False(await AddressProbe.IsRefusedAsync(address));
    }

    [Fact]
    public async Task A_listener_that_goes_away_meanwhile_is_noticed()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var refused = AddressProbe.IsRefusedAsync(At(((IPEndPoint)listener.LocalEndpoint).Port));

        listener.Stop();

        Assert.True(await refused);
    }

    [Fact]
    public async Task A_name_without_an_address_says_nothing() =>
        Assert.Equal(AddressState.Silent, await AddressProbe.LookAsync(new Address("akka.tcp", "test", "nosuch.invalid", 1)));

    [Fact]
    public async Task An_address_without_a_host_says_nothing() => Assert.Equal(AddressState.Silent, await AddressProbe.LookAsync(new Address("akka", "test")));

    private static Address At(int port) => new("akka.tcp", "test", "127.0.0.1", port);
}
