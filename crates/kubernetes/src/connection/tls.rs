use std::sync::Arc;

use rustls::{
    ClientConfig, ConfigBuilder, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::{
        WantsClientCert,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject as _},
};
use rustls_platform_verifier::Verifier;
use secrecy::ExposeSecret as _;

use super::{pem_source::ClientIdentity, server::ServerTrust};

/// A configuration that still needs the client's identity.
type WithoutIdentity = ConfigBuilder<ClientConfig, WantsClientCert>;

/// TLS with ring, whatever the process's default is: a library should neither depend
/// on it nor set it. The reason of the error is for people.
pub(super) fn trust_servers(trust: ServerTrust) -> Result<WithoutIdentity, String> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions();
    // ring has the suites of both versions: this cannot fail.
    let builder = builder.map_err(|error| error.to_string())?;
    Ok(match trust {
        ServerTrust::Authorities(roots) => builder.with_root_certificates(root_store(roots)?),
        ServerTrust::System => {
            let verifier = Verifier::new(provider);
            let verifier = verifier.map_err(|_| "the system has no certificate authorities")?;
            builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier))
        }
        ServerTrust::Anything => {
            let verifier = Arc::new(AnyCertificate(provider));
            builder.dangerous().with_custom_certificate_verifier(verifier)
        }
    })
}

/// The reason of the error is for people.
pub(super) fn identify_client(
    builder: WithoutIdentity,
    identity: Option<&ClientIdentity>,
) -> Result<ClientConfig, String> {
    let Some(identity) = identity else { return Ok(builder.with_no_client_auth()) };
    parse_identity(identity)
        .and_then(|(chain, key)| builder.with_client_auth_cert(chain, key).ok())
        .ok_or_else(|| "the client certificate and its key cannot be used".to_owned())
}

fn root_store(roots: Vec<CertificateDer<'static>>) -> Result<RootCertStore, String> {
    let mut store = RootCertStore::empty();
    for root in roots {
        store.add(root).map_err(|_| "a certificate of the certificate authority cannot be used")?;
    }
    Ok(store)
}

fn parse_identity(
    identity: &ClientIdentity,
) -> Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&identity.certificate).collect();
    let key = PrivateKeyDer::from_pem_slice(identity.key.expose_secret()).ok()?;
    Some((chain.ok()?, key))
}

/// For `insecure-skip-tls-verify`.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
