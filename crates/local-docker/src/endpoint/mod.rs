//! Which engine is meant: flags, environment and Docker's own configuration,
//! in the order in which Docker's command line reads them.

mod address;
mod choice;
mod context;

pub use address::{Address, TlsFiles};
pub use choice::{DockerEnvironment, EndpointChoice};

/// An engine's address, and how a child program is told to use the same one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Where the engine listens.
    pub address: Address,
    /// Name of the Docker context that stated the address, if one did.
    pub context: Option<String>,
    /// Certificates to use with TCP; plain without.
    pub tls: Option<TlsFiles>,
}

impl Endpoint {
    /// Variables that make Docker's programs talk to this engine; `None`
    /// takes the variable away.
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
    /// for each Docker context, named like it.
    #[must_use]
    pub fn builder_name(&self) -> &str {
        self.context.as_deref().unwrap_or("default")
    }
}

impl std::fmt::Display for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.context {
            Some(context) => write!(f, "{} (Docker context `{context}`)", self.address),
            None => self.address.fmt(f),
        }
    }
}
