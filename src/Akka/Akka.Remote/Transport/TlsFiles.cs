#nullable disable
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Akka.Configuration;

namespace Akka.Remote.Transport;

/// <summary>Certificates for mutual TLS from files that are read again when they change; each new connection uses what is there then.</summary>
internal sealed class TlsFiles
{
    private readonly object _gate = new();
    private readonly string _certificatePath;
    private readonly string _keyPath;
    private readonly string _password;
    private readonly string _authoritiesPath;
    private readonly bool _acceptAny;
    private (DateTime, DateTime, DateTime) _readAt;
    private X509Certificate2 _certificate;
    private X509Certificate2Collection _authorities;

    public TlsFiles(Config ssl, Config lanes)
    {
        _certificatePath = ssl.GetString("certificate.path", "");
        _password = ssl.GetString("certificate.password", "");
        _acceptAny = ssl.GetBoolean("suppress-validation");
        _keyPath = lanes.GetString("key-path", "");
        _authoritiesPath = lanes.GetString("ca-path", "");
        if (_certificatePath.Length == 0) throw new ConfigurationException("akka.remote.dot-netty.tcp.ssl.certificate.path is needed for enable-ssl.");
    }

    public SslStream Client(Stream inner, string host)
    {
        (X509Certificate2 own, X509Certificate2Collection authorities) = Current();
        var stream = new SslStream(inner, leaveInnerStreamOpen: false);
        string rejection = null;
        Explain(() => rejection, () => stream.AuthenticateAsClient(new SslClientAuthenticationOptions
        {
            TargetHost = host,
            ClientCertificates = [own],
            RemoteCertificateValidationCallback = (_, certificate, _, errors) => (rejection = WhyNot(certificate, errors, authorities)) is null,
        }));
        return stream;
    }

    public SslStream Server(Stream inner)
    {
        (X509Certificate2 own, X509Certificate2Collection authorities) = Current();
        var stream = new SslStream(inner, leaveInnerStreamOpen: false);
        string rejection = null;
        Explain(() => rejection, () => stream.AuthenticateAsServer(new SslServerAuthenticationOptions
        {
            ServerCertificate = own,
            ClientCertificateRequired = true,
            RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
                (rejection = WhyNot(certificate, errors & ~SslPolicyErrors.RemoteCertificateNameMismatch, authorities)) is null,
        }));
        return stream;
    }

    /// <summary>Lets a failed authentication say what this side found wrong with the peer's certificate.</summary>
    private static void Explain(Func<string> rejection, Action authenticate)
    {
        try
        {
            authenticate();
        }
        catch (AuthenticationException e) when (rejection() is { } reason)
        {
            throw new AuthenticationException(reason, e);
        }
        catch (AuthenticationException e)
        {
            throw new AuthenticationException($"TLS failed: {e.Message} Both sides need akka.remote.dot-netty.tcp.enable-ssl and a certificate that the other one trusts.", e);
        }
    }

    /// <summary>What is wrong with a peer's certificate; null if nothing is.</summary>
    private string WhyNot(X509Certificate certificate, SslPolicyErrors errors, X509Certificate2Collection authorities)
    {
        if (certificate is null) return "the peer shows no certificate";
        if (_acceptAny) return null;
        if (authorities is null) return errors == SslPolicyErrors.None ? null : $"the certificate of [{certificate.Subject}] is not trusted: {errors}";
        if ((errors & SslPolicyErrors.RemoteCertificateNameMismatch) != 0) return $"the certificate of [{certificate.Subject}] is not for the name or address that was connected to";
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        if (chain.Build(new X509Certificate2(certificate))) return null;
        return $"the certificate of [{certificate.Subject}], issued by [{certificate.Issuer}], is not trusted here: {string.Join(' ', chain.ChainStatus.Select(static s => s.StatusInformation.Trim()))}";
    }

    private (X509Certificate2 Own, X509Certificate2Collection Authorities) Current()
    {
        lock (_gate)
        {
            (DateTime, DateTime, DateTime) changed = (Changed(_certificatePath), Changed(_keyPath), Changed(_authoritiesPath));
            if (_certificate is not null && changed == _readAt) return (_certificate, _authorities);
            X509Certificate2 certificate;
            if (_keyPath.Length > 0)
            {
                using var pem = X509Certificate2.CreateFromPemFile(_certificatePath, _keyPath);
                certificate = X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
            }
            else
            {
                certificate = X509CertificateLoader.LoadPkcs12FromFile(_certificatePath, _password);
            }

            X509Certificate2Collection authorities = null;
            if (_authoritiesPath.Length > 0)
            {
                authorities = [];
                authorities.ImportFromPemFile(_authoritiesPath);
            }

            (_certificate, _authorities, _readAt) = (certificate, authorities, changed);
            return (certificate, authorities);
        }
    }

    private static DateTime Changed(string path) => path.Length == 0 ? default : File.GetLastWriteTimeUtc(path);
}
