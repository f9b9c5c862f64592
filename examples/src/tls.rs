//! TLS on both sides: the frontchannel, the backchannel that demands a certificate, and who the peer is by it.

use std::path::Path;
use std::sync::Arc;

use medmij_core::ClientIdentity;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, DistinguishedName, RootCertStore, ServerConfig,
    SignatureScheme,
};
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use crate::pki;

/// Whether a TLS client may come in, by the names in its certificate: the check of the Whitelist.
pub type Admits = Arc<dyn Fn(&ClientIdentity) -> bool + Send + Sync>;

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn roots(folder: &Path) -> anyhow::Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    roots.add(pki::authority(folder)?)?;
    Ok(roots)
}

/// A server in frontchannel traffic: browsers have no certificate.
pub fn front_server(folder: &Path, host: &str) -> anyhow::Result<Arc<ServerConfig>> {
    let node = pki::node(folder, host)?;
    let config = ServerConfig::builder_with_provider(provider()).with_safe_default_protocol_versions()?;
    Ok(Arc::new(
        config.with_no_client_auth().with_single_cert(node.chain, node.key)?,
    ))
}

/// A server in backchannel traffic: the client must have a certificate of the authority, with a name that is admitted.
pub fn back_server(folder: &Path, host: &str, admits: Admits) -> anyhow::Result<Arc<ServerConfig>> {
    let node = pki::node(folder, host)?;
    let inner = WebPkiClientVerifier::builder_with_provider(Arc::new(roots(folder)?), provider()).build()?;
    let config = ServerConfig::builder_with_provider(provider()).with_safe_default_protocol_versions()?;
    let verifier = Arc::new(Admitted { inner, admits });
    let mut config = config
        .with_client_cert_verifier(verifier)
        .with_single_cert(node.chain, node.key)?;
    // A resumed session would skip the verifier, and with it the Whitelist: each handshake is a whole one.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(Arc::new(config))
}

/// A client that trusts the authority, and presents the certificate of a host in backchannel traffic.
pub fn client(folder: &Path, host: Option<&str>) -> anyhow::Result<ClientConfig> {
    let config = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions()?;
    let config = config.with_root_certificates(roots(folder)?);
    Ok(match host {
        None => config.with_no_client_auth(),
        Some(host) => {
            let node = pki::node(folder, host)?;
            config.with_client_auth_cert(node.chain, node.key)?
        }
    })
}

/// Who a certificate is made out to: its Common Name and its DNS names.
pub fn identity(certificate: &CertificateDer<'_>) -> Option<ClientIdentity> {
    let (_, parsed) = X509Certificate::from_der(certificate).ok()?;
    let common = parsed
        .subject()
        .iter_common_name()
        .filter_map(|name| name.as_str().ok());
    let alternative = parsed.subject_alternative_name().ok().flatten();
    let alternative = alternative.iter().flat_map(|names| &names.value.general_names);
    let dns = alternative.filter_map(|name| match name {
        GeneralName::DNSName(name) => Some(*name),
        _ => None,
    });
    Some(ClientIdentity::from_names(common.chain(dns)))
}

/// The Whitelist check of a TLS server, where TLS 1.3 lets it be done: in the verifier of the client's certificate. A name
/// that is not admitted ends the handshake with the alert `access_denied`.
struct Admitted {
    inner: Arc<dyn ClientCertVerifier>,
    admits: Admits,
}

impl std::fmt::Debug for Admitted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Admitted")
    }
}

impl ClientCertVerifier for Admitted {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.inner.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        let verified = self.inner.verify_client_cert(end_entity, intermediates, now)?;
        match identity(end_entity) {
            Some(client) if (self.admits)(&client) => Ok(verified),
            _ => Err(rustls::Error::InvalidCertificate(
                CertificateError::ApplicationVerificationFailure,
            )),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.inner.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.inner.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}
