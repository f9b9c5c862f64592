//! A certificate authority for a test, and the certificates of the Nodes.

use std::path::Path;

use anyhow::Context as _;
use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// The certificate and key of one host.
#[derive(Debug)]
pub struct NodeCertificate {
    pub chain: Vec<CertificateDer<'static>>,
    pub key: PrivateKeyDer<'static>,
}

/// Makes a new authority and a certificate for each host, as PEM files in a folder: `ca.pem`, `HOST.pem`, `HOST.key`.
///
/// The key of the authority is kept nowhere.
pub fn make(folder: &Path, hosts: &[&str]) -> anyhow::Result<()> {
    crate::seal::private_folder(folder)?;
    let ca_key = KeyPair::generate()?;
    let mut ca = CertificateParams::new(Vec::new())?;
    ca.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    ca.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    ca.distinguished_name
        .push(rcgen::DnType::CommonName, "medmij-rs test CA, trust it nowhere");
    write(folder, "ca.pem", &ca.self_signed(&ca_key)?.pem())?;
    let issuer = Issuer::new(ca, ca_key);
    for host in hosts {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(vec![(*host).to_owned()])?;
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(rcgen::DnType::CommonName, *host);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        write(folder, &format!("{host}.pem"), &params.signed_by(&key, &issuer)?.pem())?;
        write(folder, &format!("{host}.key"), &key.serialize_pem())?;
    }
    Ok(())
}

fn write(folder: &Path, name: &str, text: &str) -> anyhow::Result<()> {
    let path = folder.join(name);
    crate::seal::write_private(&path, text.as_bytes()).with_context(|| format!("cannot write {}", path.display()))
}

/// The certificate of the authority.
pub fn authority(folder: &Path) -> anyhow::Result<CertificateDer<'static>> {
    let path = folder.join("ca.pem");
    CertificateDer::from_pem_file(&path).with_context(|| format!("cannot read {}", path.display()))
}

/// The certificate and key of a host.
pub fn node(folder: &Path, host: &str) -> anyhow::Result<NodeCertificate> {
    let path = folder.join(format!("{host}.pem"));
    let chain = CertificateDer::pem_file_iter(&path).and_then(Iterator::collect);
    let chain = chain.with_context(|| format!("cannot read {}", path.display()))?;
    let path = folder.join(format!("{host}.key"));
    let key = PrivateKeyDer::from_pem_file(&path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(NodeCertificate { chain, key })
}
