using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Threading.Channels;
using Akka.Actor;

namespace Akka.Remote.Tests;

public sealed class TlsTests : IDisposable
{
    private readonly string _directory = Scratch.Create("remoting-tls").FullName;

    [Fact]
    public async Task Systems_with_certificates_of_one_authority_talk()
    {
        using X509Certificate2 authority = Authority("ca");
        await using var left = Node.Start("left", Hocon("left", authority));
        await using var right = Node.Start("right", Hocon("right", authority));
        right.System.ActorOf(Props.Create(() => new Echo()), "echo");

        IActorRef echo = await left.Find(right, "/user/echo");

        Assert.Equal(new string('x', 100_000), await echo.Ask<string>(new string('x', 100_000), Node.Patience));
    }

    [Fact]
    public async Task A_certificate_of_another_authority_is_refused_until_the_files_are_replaced()
    {
        using X509Certificate2 authority = Authority("ca");
        using X509Certificate2 stranger = Authority("stranger");
        await using var left = Node.Start("left", Hocon("left", stranger, authority));
        await using var right = Node.Start("right", Hocon("right", authority));
        right.System.ActorOf(Props.Create(() => new Echo()), "echo");

        await Assert.ThrowsAsync<ActorNotFoundException>(() => left.System.ActorSelection($"{right.Address}/user/echo").ResolveOne(TimeSpan.FromSeconds(1)));

        Write("left", authority, DateTime.UtcNow.AddMinutes(1));
        IActorRef? echo = null;
        using var limit = new CancellationTokenSource(Node.Patience);
        while (echo is null && !limit.IsCancellationRequested)
        {
            try
            {
                echo = await left.System.ActorSelection($"{right.Address}/user/echo").ResolveOne(TimeSpan.FromSeconds(1));
            }
            catch (ActorNotFoundException)
            {
                // The refused lane pauses before it tries again.
            }
        }

        Assert.NotNull(echo);
    }

    [Fact]
    public async Task A_certificate_that_is_not_trusted_is_named_with_the_reason()
    {
        using X509Certificate2 authority = Authority("ca");
        using X509Certificate2 stranger = Authority("stranger");
        await using var left = Node.Start("left", Hocon("left", authority));
        await using var right = Node.Start("right", Hocon("right", stranger));
        Channel<object> errors = ConnectionTests.Errors(left);

        left.System.ActorSelection($"{right.Address}/user/echo").Tell("hello");

        var reason = ((AssociationErrorEvent)await TalkingTests.Next(errors)).Cause.Message;
        Assert.Contains("CN=right", reason);
        Assert.Contains("issued by [CN=stranger]", reason);
    }

    [Fact]
    public async Task A_system_without_tls_is_told_that_the_other_one_may_have_it()
    {
        using X509Certificate2 authority = Authority("ca");
        await using var left = Node.Start("left");
        await using var right = Node.Start("right", Hocon("right", authority));
        Channel<object> here = ConnectionTests.Errors(left);
        Channel<object> there = ConnectionTests.Errors(right);

        left.System.ActorSelection($"{right.Address}/user/echo").Tell("hello");

        Assert.Contains("enable-ssl", ((AssociationErrorEvent)await TalkingTests.Next(here)).Cause.Message);
        Assert.Contains("enable-ssl", ((AssociationErrorEvent)await TalkingTests.Next(there)).Cause.Message);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static X509Certificate2 Authority(string name)
    {
        var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    private string Hocon(string name, X509Certificate2 signer, X509Certificate2? trusted = null)
    {
        Write(name, signer, DateTime.UtcNow);
        var authority = Path.Combine(_directory, name + ".ca");
        File.WriteAllText(authority, (trusted ?? signer).ExportCertificatePem());
        return $$"""
            akka.remote {
              dot-netty.tcp { enable-ssl = on, ssl.certificate.path = "{{_directory}}/{{name}}.crt" }
              lanes.tls { key-path = "{{_directory}}/{{name}}.key", ca-path = "{{authority}}" }
            }
            """;
    }

    private void Write(string name, X509Certificate2 signer, DateTime changed)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 made = request.Create(signer, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1), RandomNumberGenerator.GetBytes(8));
        File.WriteAllText(Path.Combine(_directory, name + ".key"), key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(Path.Combine(_directory, name + ".crt"), made.ExportCertificatePem());
        File.SetLastWriteTimeUtc(Path.Combine(_directory, name + ".crt"), changed);
    }
}
