use base64::{Engine as _, prelude::BASE64_STANDARD};
use rustls::pki_types::{CertificateDer, pem::PemObject as _};
use secrecy::SecretSlice;

/// A client certificate with its key, both PEM.
pub(super) struct ClientIdentity {
    pub(super) certificate: Vec<u8>,
    pub(super) key: SecretSlice<u8>,
}

/// A certificate or key in a kubeconfig: inline, else in a file. The inline one wins.
pub(super) struct PemSource<'a> {
    /// For messages.
    pub(super) description: &'static str,
    /// Base64.
    pub(super) data: Option<&'a str>,
    /// Absolute, or relative to the working folder.
    pub(super) file: Option<&'a str>,
}

impl PemSource<'_> {
    /// `None` when there is neither inline data nor a file.
    pub(super) fn read_pem(&self) -> Result<Option<Vec<u8>>, String> {
        let description = self.description;
        if let Some(data) = self.data.filter(|data| !data.is_empty()) {
            let bytes = BASE64_STANDARD.decode(data.trim());
            return bytes.map(Some).map_err(|_| format!("the {description} is not valid Base64"));
        }
        // An empty file name became a folder's when relative names were resolved.
        let Some(file) = self.file.filter(|file| !file.is_empty() && !file.ends_with('/')) else {
            return Ok(None);
        };
        let bytes = std::fs::read(file);
        bytes.map(Some).map_err(|error| format!("cannot read the {description} {file}: {error}"))
    }
}

/// The certificates of an authority; at least one.
pub(super) fn parse_authority(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let parsed: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let certificates = parsed.map_err(|_| "the certificate authority is not valid PEM")?;
    if certificates.is_empty() {
        return Err("the certificate authority contains no certificate".to_owned());
    }
    Ok(certificates)
}
