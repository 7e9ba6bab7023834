use std::{
    fmt,
    path::{Path, PathBuf},
};

use super::address::Address;

/// The address of an engine, and the variables that make a child program use
/// the same engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Where the engine listens.
    pub address: Address,
    /// Name of the Docker context that the address comes from, if any.
    pub context: Option<String>,
    /// Certificates for TCP; without them the connection is plain.
    pub tls: Option<TlsFiles>,
}

/// Certificate files of one engine, named as Docker names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// Certificate of the authority.
    pub ca: PathBuf,
    /// The client's certificate.
    pub cert: PathBuf,
    /// The client's key.
    pub key: PathBuf,
}

impl Endpoint {
    /// Variables that make Docker's programs connect to this engine; `None`
    /// means that the variable must be unset.
    #[must_use]
    pub fn environment(&self) -> Vec<(&'static str, Option<String>)> {
        if let Some(context) = &self.context {
            return vec![("DOCKER_HOST", None), ("DOCKER_CONTEXT", Some(context.clone()))];
        }
        let verify = self.tls.as_ref().map(|_| "1".to_owned());
        let folder = self.tls.as_ref().and_then(TlsFiles::folder);
        vec![
            ("DOCKER_HOST", Some(self.address.to_string())),
            ("DOCKER_CONTEXT", None),
            ("DOCKER_TLS_VERIFY", verify),
            ("DOCKER_CERT_PATH", folder),
        ]
    }

    /// Name of the buildx builder that is this engine itself: buildx has one
    /// for each Docker context, with the same name.
    #[must_use]
    pub fn builder_name(&self) -> &str {
        self.context.as_deref().unwrap_or("default")
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.context {
            Some(context) => write!(f, "{} (Docker context `{context}`)", self.address),
            None => self.address.fmt(f),
        }
    }
}

impl TlsFiles {
    /// `ca.pem`, `cert.pem` and `key.pem` in a folder.
    #[must_use]
    pub fn in_folder(folder: &Path) -> Self {
        Self {
            ca: folder.join("ca.pem"),
            cert: folder.join("cert.pem"),
            key: folder.join("key.pem"),
        }
    }

    fn folder(&self) -> Option<String> {
        self.ca.parent().map(|folder| folder.display().to_string())
    }
}
