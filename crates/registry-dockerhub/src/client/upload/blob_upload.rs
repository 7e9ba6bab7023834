use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use image_ref::{Digest, Repository};
use oci_image::BlobContent;
use transport::{Fetched, Progress, Request, StatusCode};

use super::session::{ANSWER_LIMIT, Opened, Session, open_session, unexpected};
use crate::{
    RegistryError,
    auth::Access,
    client::{blob_body::blob_body, blobs::Blobs, connection::Connection},
};

/// How a blob came to be in the repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlobOutcome {
    /// The repository had it.
    Existing,
    /// The registry took it from another of its repositories.
    Mounted,
    /// It was sent.
    Uploaded,
}

/// Gets the number of bytes that have been sent of a blob so far.
pub(in crate::client) type SentObserver = Arc<dyn Fn(u64) + Send + Sync>;

/// One blob on its way to a repository.
pub(in crate::client) struct BlobUpload<'a> {
    pub(in crate::client) connection: &'a Connection,
    pub(in crate::client) access: &'a Access,
    pub(in crate::client) digest: &'a Digest,
    pub(in crate::client) content: &'a BlobContent,
    pub(in crate::client) mount_from: Option<&'a Repository>,
    pub(in crate::client) on_sent: SentObserver,
}

impl BlobUpload<'_> {
    /// Sends the blob unless the repository has it.
    pub(in crate::client) async fn run(&self) -> Result<BlobOutcome, RegistryError> {
        if self.exists().await? {
            return Ok(BlobOutcome::Existing);
        }
        self.content.check_length()?;
        let mut session = match self.open_with_mount().await? {
            Opened::Mounted => return Ok(BlobOutcome::Mounted),
            Opened::Session(session) => session,
        };
        let mut backoff = self.connection.backoff();
        loop {
            let error = match self.transfer(session).await {
                Ok(()) => return Ok(BlobOutcome::Uploaded),
                Err(error) if is_worth_another_session(&error) => error,
                Err(error) => return Err(error),
            };
            // The response to the last request may be what was lost.
            if let Ok(true) = self.exists().await {
                return Ok(BlobOutcome::Uploaded);
            }
            if !backoff.wait().await {
                return Err(error);
            }
            session = match open_session(self.connection, self.access, self.digest, None).await? {
                Opened::Mounted => return Ok(BlobOutcome::Mounted),
                Opened::Session(session) => session,
            };
        }
    }

    async fn exists(&self) -> Result<bool, RegistryError> {
        let blobs = Blobs::new(self.connection, self.access.clone());
        Ok(blobs.size(self.digest).await?.is_some())
    }

    async fn transfer(&self, session: Session) -> Result<(), RegistryError> {
        let length = self.content.length();
        if length <= self.connection.limits().chunk {
            return self.close(&session, length).await;
        }
        let session = self.send_chunks(session).await?;
        self.close(&session, 0).await
    }

    /// Some registries refuse the whole request when the source may not be
    /// read: then without it.
    async fn open_with_mount(&self) -> Result<Opened, RegistryError> {
        if let Some(from) = self.mount_from {
            let access = self.access.clone().also_pulling(from);
            let opened = open_session(self.connection, &access, self.digest, Some(from)).await;
            if !opened.as_ref().is_err_and(is_refusal) {
                return opened;
            }
        }
        open_session(self.connection, self.access, self.digest, None).await
    }

    /// Sends chunk after chunk; a chunk that broke is continued from where the
    /// registry says it is.
    async fn send_chunks(&self, mut session: Session) -> Result<Session, RegistryError> {
        let length = self.content.length();
        let mut backoff = self.connection.backoff();
        while session.offset < length {
            let before = session.offset;
            session = match self.send_chunk(&session).await {
                Ok(next) => next,
                Err(error) if error.may_pass() || is_range_error(&error) => {
                    if !backoff.wait().await {
                        return Err(error);
                    }
                    self.ask_progress(&session).await?
                }
                Err(error) => return Err(error),
            };
            if session.offset > before {
                backoff = self.connection.backoff();
            }
        }
        Ok(session)
    }

    async fn send_chunk(&self, session: &Session) -> Result<Session, RegistryError> {
        let start = session.offset;
        let length = self.connection.limits().chunk.min(self.content.length() - start);
        let request =
            Request::patch(session.location.clone(), blob_body(self.content, start, length))
                .header("content-type", "application/octet-stream")
                .header("content-range", &format!("{start}-{}", start + length - 1))
                .progress(Some(self.progress_from(start)))
                .without_redirects();
        let response = self.connection.fetch(request, self.access, ANSWER_LIMIT).await?;
        match response.status {
            StatusCode::ACCEPTED => Ok(session.advanced(&response, start + length)),
            _ => Err(self.unexpected(&response)),
        }
    }

    /// `GET` of a session: 204 with `Range`.
    async fn ask_progress(&self, session: &Session) -> Result<Session, RegistryError> {
        let request = Request::get(session.location.clone()).without_redirects();
        let response = self.connection.fetch(request, self.access, ANSWER_LIMIT).await?;
        match response.status {
            StatusCode::NO_CONTENT => Ok(session.advanced(&response, session.offset)),
            _ => Err(self.unexpected(&response)),
        }
    }

    /// The last request, with the last `length` bytes: the registry compares the digest.
    async fn close(&self, session: &Session, length: u64) -> Result<(), RegistryError> {
        let start = self.content.length() - length;
        let request =
            Request::put(session.closing(self.digest), blob_body(self.content, start, length))
                .header("content-type", "application/octet-stream")
                .progress(Some(self.progress_from(start)))
                .repeatable(false)
                .without_redirects();
        let (access, whole) = (self.access, self.content.length());
        let response = self.connection.fetch_long(request, access, ANSWER_LIMIT, whole).await?;
        match response.status {
            StatusCode::CREATED | StatusCode::NO_CONTENT => Ok(()),
            _ => Err(self.unexpected(&response)),
        }
    }

    /// Counts on from `start`: a part that is sent again is not counted twice.
    fn progress_from(&self, start: u64) -> Progress {
        let (sent, on_sent) = (AtomicU64::new(start), Arc::clone(&self.on_sent));
        Arc::new(move |bytes| on_sent(sent.fetch_add(bytes, Ordering::Relaxed) + bytes))
    }

    fn unexpected(&self, response: &Fetched) -> RegistryError {
        unexpected(self.connection, self.access, self.digest, response)
    }
}

fn is_range_error(error: &RegistryError) -> bool {
    matches!(error, RegistryError::Refused { status: StatusCode::RANGE_NOT_SATISFIABLE, .. })
}

fn is_refusal(error: &RegistryError) -> bool {
    use RegistryError as E;
    matches!(
        error,
        E::Unauthorized { .. } | E::MissingRight { .. } | E::Denied { .. } | E::Refused { .. }
    )
}

/// The session may be lost (404) or confused; a new one starts from nothing.
fn is_worth_another_session(error: &RegistryError) -> bool {
    match error {
        RegistryError::Refused { code, .. } => {
            is_range_error(error)
                || matches!(
                    code.as_deref(),
                    Some("BLOB_UPLOAD_INVALID" | "BLOB_UPLOAD_UNKNOWN" | "SIZE_INVALID")
                )
        }
        other => other.is_ambiguous() || other.is_not_found(),
    }
}
