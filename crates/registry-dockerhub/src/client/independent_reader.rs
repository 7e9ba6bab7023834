use std::time::Duration;

use futures_util::StreamExt as _;
use image_ref::Digest;
use oci_distribution::{
    Client, Reference,
    client::{BlobResponse, ClientConfig, ClientProtocol},
    secrets::RegistryAuth,
};
use oci_image::{Descriptor, Manifest, MediaType};
use secrecy::ExposeSecret as _;
use tokio::{io::AsyncWrite, sync::Mutex};
use transport::{Authorization, Backoff};

use super::{
    blobs::blob_label,
    connection::Connection,
    download::Download,
    independent_error::{FailedRequest, RequestFailure},
    manifest_name::ManifestName,
    manifests::Manifests,
};
use crate::{
    RegistryError,
    auth::{Access, Authorized},
    endpoint::RegistryEndpoint,
};

/// How long a connection may take, as in our own client.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// Reads manifests and blobs with the client of the crate `oci-client` (formerly
/// `oci-distribution`): what our own client wrote is not read by itself.
pub(super) struct IndependentReader<'a> {
    connection: &'a Connection,
    access: Access,
    endpoint: RegistryEndpoint,
    /// The manifest that is asked for when the registry wants a new login.
    root: Digest,
    session: Mutex<Option<Session>>,
}

/// A client, and what it authorizes its requests with.
#[derive(Clone)]
struct Session {
    client: Client,
    auth: RegistryAuth,
}

/// What is left of the attempts at one request.
struct Attempts {
    backoff: Backoff,
    may_log_in: bool,
}

impl<'a> IndependentReader<'a> {
    /// `None` for a registry below a path, which this client cannot address.
    pub(super) fn new(
        connection: &'a Connection,
        access: Access,
        root: &Digest,
    ) -> Result<Option<Self>, RegistryError> {
        let endpoint = connection.endpoint(access.repository.registry())?;
        let is_at_root = endpoint.base_url().path() == "/";
        let (root, session) = (root.clone(), Mutex::default());
        Ok(is_at_root.then_some(Self { connection, access, endpoint, root, session }))
    }

    /// A manifest of this digest; its digest is computed here again.
    pub(super) async fn manifest(
        &self,
        digest: &Digest,
        media_type: &MediaType,
    ) -> Result<Manifest, RegistryError> {
        let mut attempts = self.attempts();
        loop {
            match self.pull_manifest(digest).await {
                Ok(bytes) => {
                    return self.verified(digest, Manifest::new(bytes, media_type.clone()));
                }
                Err(failure) => self.prepare_retry(failure, &mut attempts).await?,
            }
        }
    }

    /// Streams a blob into `sink`; its length and its digest are computed here
    /// again. A broken connection is resumed where it broke.
    pub(super) async fn blob(
        &self,
        wanted: &Descriptor,
        sink: &mut (impl AsyncWrite + Unpin + Send),
    ) -> Result<(), RegistryError> {
        let what = blob_label(&self.access.repository, &wanted.digest);
        let mut download = Download::new(wanted, what, sink);
        let mut attempts = self.attempts();
        loop {
            match self.continue_download(&mut download).await {
                Ok(()) => return download.finish().await,
                Err(failure) => self.prepare_retry(failure, &mut attempts).await?,
            }
        }
    }

    async fn pull_manifest(&self, digest: &Digest) -> Result<bytes::Bytes, RequestFailure> {
        let (session, sent) = self.session().await?;
        let request = self.manifest_request(&sent, digest);
        let (reference, accepted) = (self.reference(digest), MediaType::MANIFESTS);
        let pulled = session.client.pull_manifest_raw(&reference, &session.auth, &accepted).await;
        pulled.map(|(bytes, _)| bytes).map_err(|error| request.failure(error))
    }

    async fn continue_download<W: AsyncWrite + Unpin + Send>(
        &self,
        download: &mut Download<'_, W>,
    ) -> Result<(), RequestFailure> {
        let digest = &download.wanted.digest;
        let (session, sent) = self.session().await?;
        let request = self.blob_request(&sent, digest);
        let reference = self.reference(digest);
        session.client.store_auth_if_needed(reference.resolve_registry(), &session.auth).await;
        let mut stream = match download.next_byte() {
            0 => session.client.pull_blob_stream(&reference, digest.as_str()).await,
            offset => {
                let client = &session.client;
                let digest = digest.as_str();
                match client.pull_blob_stream_partial(&reference, digest, offset, None).await {
                    Ok(BlobResponse::Partial(rest)) => Ok(rest),
                    // The server does not support ranges: what we have comes again.
                    Ok(BlobResponse::Full(whole)) => {
                        download.skip_received();
                        Ok(whole)
                    }
                    Err(error) => Err(error),
                }
            }
        }
        .map_err(|error| request.failure(error))?;
        while let Some(chunk) = stream.next().await {
            download.accept(&chunk.map_err(|error| request.stream_error(error))?).await?;
        }
        Ok(())
    }

    /// A client with the present authorization. Tokens come from our own
    /// authorization: it sends credentials to no realm that is not to be trusted,
    /// and exchanges identity tokens.
    async fn session(&self) -> Result<(Session, Authorized), RegistryError> {
        let authorizer = self.connection.authorizer(self.access.repository.registry())?;
        let sent = authorizer.authorize(&self.access).await?;
        let auth = registry_auth(sent.authorization.as_ref());
        let mut session = self.session.lock().await;
        if let Some(session) = session.as_ref().filter(|session| session.auth == auth) {
            return Ok((session.clone(), sent));
        }
        let client = Client::try_from(self.config())
            .map_err(|error| self.manifest_request(&sent, &self.root).error(error))?;
        let opened = session.insert(Session { client, auth });
        Ok((opened.clone(), sent))
    }

    /// Certificates are verified by the system's verifier with ring, as in
    /// `transport`, which has installed that provider.
    fn config(&self) -> ClientConfig {
        ClientConfig {
            protocol: match self.endpoint.base_url().scheme() {
                "http" => ClientProtocol::Http,
                _ => ClientProtocol::Https,
            },
            connect_timeout: Some(CONNECT_TIMEOUT),
            read_timeout: Some(self.connection.limits().patience),
            ..ClientConfig::default()
        }
    }

    fn reference(&self, digest: &Digest) -> Reference {
        let path = self.access.repository.path().to_owned();
        Reference::with_digest(self.endpoint.host_and_port(), path, digest.to_string())
    }

    fn verified(&self, expected: &Digest, manifest: Manifest) -> Result<Manifest, RegistryError> {
        if manifest.digest() == expected {
            return Ok(manifest);
        }
        Err(RegistryError::DigestMismatch {
            what: ManifestName::from(expected).in_repository(&self.access.repository),
            expected: expected.clone(),
            actual: manifest.digest().clone(),
        })
    }

    fn attempts(&self) -> Attempts {
        Attempts { backoff: self.connection.backoff(), may_log_in: true }
    }

    /// Waits, or logs in once, before the next attempt; the error when there is
    /// none.
    async fn prepare_retry(
        &self,
        failure: RequestFailure,
        attempts: &mut Attempts,
    ) -> Result<(), RegistryError> {
        if failure.wants_login && attempts.may_log_in && self.sends_token().await {
            attempts.may_log_in = false;
            return self.send_own_request().await;
        }
        match failure.error {
            // Our own client waits for as long as the registry asks.
            RegistryError::RateLimited { .. } if attempts.backoff.wait().await => {
                self.send_own_request().await
            }
            error if error.may_pass() && attempts.backoff.wait().await => Ok(()),
            error => Err(error),
        }
    }

    /// Whether requests are authorized with a token, which may have expired.
    async fn sends_token(&self) -> bool {
        let session = self.session.lock().await;
        session.as_ref().is_some_and(|session| matches!(session.auth, RegistryAuth::Bearer(_)))
    }

    async fn send_own_request(&self) -> Result<(), RegistryError> {
        let manifests = Manifests::new(self.connection, self.access.clone());
        manifests.head(&self.root).await.map(drop)
    }

    fn manifest_request(&self, sent: &Authorized, digest: &Digest) -> FailedRequest<'_> {
        let what = ManifestName::from(digest).in_repository(&self.access.repository);
        self.failed_request(sent, &format!("manifests/{digest}"), what)
    }

    fn blob_request(&self, sent: &Authorized, digest: &Digest) -> FailedRequest<'_> {
        let what = blob_label(&self.access.repository, digest);
        self.failed_request(sent, &format!("blobs/{digest}"), what)
    }

    fn failed_request(&self, sent: &Authorized, path: &str, what: String) -> FailedRequest<'_> {
        FailedRequest {
            repository: &self.access.repository,
            has_credentials: sent.has_credentials,
            url: self.endpoint.url(&self.access.repository, path),
            patience: self.connection.limits().patience,
            what,
        }
    }
}

/// A token that no header can carry would make that client panic: it is left
/// out, and the registry refuses the request.
fn registry_auth(authorization: Option<&Authorization>) -> RegistryAuth {
    match authorization {
        Some(Authorization::Bearer(token)) if is_header_text(token.expose_secret()) => {
            RegistryAuth::Bearer(token.expose_secret().to_owned())
        }
        Some(Authorization::Basic { user, password }) => {
            RegistryAuth::Basic(user.clone(), password.expose_secret().to_owned())
        }
        _ => RegistryAuth::Anonymous,
    }
}

fn is_header_text(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_that_no_header_can_carry_is_left_out() {
        for (token, expected) in [
            ("abc.def", RegistryAuth::Bearer("abc.def".to_owned())),
            ("abc\ndef", RegistryAuth::Anonymous),
        ] {
            let authorization = Authorization::Bearer(token.into());
            assert_eq!(registry_auth(Some(&authorization)), expected);
        }
    }
}
