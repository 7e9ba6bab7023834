use base64::{Engine as _, prelude::BASE64_STANDARD};
use rustls::pki_types::{CertificateDer, pem::PemObject as _};
use secrecy::SecretSlice;

/// A client certificate with its key, both PEM.
pub(super) struct Identity {
    pub(super) certificate: Vec<u8>,
    pub(super) key: SecretSlice<u8>,
}

/// A certificate or key as a kubeconfig gives it: inline, else in a file.
/// `None` when it gives neither; the inline one wins.
pub(super) struct Material<'a> {
    /// What it is, for a person.
    pub(super) what: &'static str,
    /// Base64.
    pub(super) data: Option<&'a str>,
    /// Absolute, or relative to the working folder.
    pub(super) file: Option<&'a str>,
}

impl Material<'_> {
    pub(super) fn read(&self) -> Result<Option<Vec<u8>>, String> {
        if let Some(data) = self.data.filter(|data| !data.is_empty()) {
            let bytes = BASE64_STANDARD.decode(data.trim());
            return bytes.map(Some).map_err(|_| format!("the {} is no Base64", self.what));
        }
        // An empty file name was made a folder's when relative names were resolved.
        let Some(file) = self.file.filter(|file| !file.is_empty() && !file.ends_with('/')) else {
            return Ok(None);
        };
        let bytes = std::fs::read(file);
        bytes.map(Some).map_err(|error| format!("cannot read the {} {file}: {error}", self.what))
    }
}

/// The certificates in a PEM text; at least one.
pub(super) fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let parsed: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let certificates = parsed.map_err(|_| "the certificate authority is no PEM text".to_owned())?;
    if certificates.is_empty() {
        return Err("the certificate authority has no certificate".to_owned());
    }
    Ok(certificates)
}
