using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ActorBroker.Faults.Machine;

/// <summary>Certificates of two authorities, "ours" and "theirs", in PEM files that go with this object.</summary>
internal sealed class CertificateFolder : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("certificates.").FullName;

    /// <param name="addresses">The addresses of the nodes that the certificates are for.</param>
    public CertificateFolder(Func<int, string> addresses)
    {
        Make("ours", addresses);
        Make("theirs", addresses);
    }

    /// <summary>Settings of a node with a certificate of an authority, which believes that authority.</summary>
    public string Hocon(string authority) => $$"""
        akka.remote {
          dot-netty.tcp { enable-ssl = on, ssl.certificate.path = "{{_path}}/{{authority}}.crt" }
          lanes.tls { key-path = "{{_path}}/{{authority}}.key", ca-path = "{{_path}}/{{authority}}-ca.crt" }
        }
        """;

    public void Dispose() => Directory.Delete(_path, recursive: true);

    private void Make(string authority, Func<int, string> addresses)
    {
        var from = DateTimeOffset.UtcNow.AddDays(-1);
        var until = DateTimeOffset.UtcNow.AddDays(1);
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var authorityRequest = new CertificateRequest($"CN={authority} authority", authorityKey, HashAlgorithmName.SHA256);
        authorityRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var issuer = authorityRequest.CreateSelfSigned(from, until);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={authority}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        for (var node = 1; node < 10; node++)
        {
            names.AddIpAddress(IPAddress.Parse(addresses(node)));
        }

        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(issuer, from, until, RandomNumberGenerator.GetBytes(8));
        File.WriteAllText(Path.Combine(_path, $"{authority}-ca.crt"), issuer.ExportCertificatePem());
        File.WriteAllText(Path.Combine(_path, $"{authority}.crt"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(_path, $"{authority}.key"), key.ExportPkcs8PrivateKeyPem());
    }
}
