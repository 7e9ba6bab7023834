//! Blobs on their way to a registry: skipped if there, mounted if possible,
//! else sent at once or in chunks that are resumed where they broke.

mod session;

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use image_ref::{Digest, Repository};
use oci_image::BlobContent;
use transport::{Fetched, Progress, Request, StatusCode};

use self::session::Session;
use super::{
    RegistryClient,
    blobs::{body_of, label},
    refusal,
};
use crate::{RegistryError, auth::Access};

/// Longest answer to an upload request that is read.
const ANSWER_LIMIT: usize = 64 << 10;

/// How a blob came to be in the repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlobOutcome {
    /// It was there.
    Existing,
    /// The registry took it from another of its repositories.
    Mounted,
    /// It was sent.
    Uploaded,
}

/// A blob to send, and who hears how far it is.
pub(super) struct Upload<'a> {
    pub(super) access: &'a Access,
    pub(super) digest: &'a Digest,
    pub(super) content: &'a BlobContent,
    pub(super) mount_from: Option<&'a Repository>,
    /// Is told how many bytes have been sent in all.
    pub(super) progress: Arc<dyn Fn(u64) + Send + Sync>,
}

enum Opened {
    Mounted,
    Session(Session),
}

impl RegistryClient {
    /// Sends a blob unless the repository has it; verified by the registry.
    /// `progress` is told the bytes sent so far.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn upload_blob(
        &self,
        repository: &Repository,
        digest: &Digest,
        content: &BlobContent,
        progress: impl Fn(u64) + Send + Sync + 'static,
    ) -> Result<BlobOutcome, RegistryError> {
        let access = Access::push(repository);
        let progress = Arc::new(progress);
        let upload = Upload { access: &access, digest, content, mount_from: None, progress };
        self.upload_with(&upload).await
    }

    /// Makes a blob of `from` a blob of `repository` too, in the same registry,
    /// without sending it. `false` when the registry does not want to; the
    /// upload that it opens instead is cancelled.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn mount_blob(
        &self,
        repository: &Repository,
        digest: &Digest,
        from: &Repository,
    ) -> Result<bool, RegistryError> {
        let access = Access::push(repository).also_pulling(from);
        match self.open_upload(&access, digest, Some(from)).await? {
            Opened::Mounted => Ok(true),
            Opened::Session(session) => {
                // distribution goes by the method and wants the right to delete.
                // Without it the session stays open until it expires.
                let (access, request) =
                    (Access::delete(repository), Request::delete(session.location));
                let _ = self.fetch(request, &access, ANSWER_LIMIT).await;
                Ok(false)
            }
        }
    }

    pub(super) async fn upload_with(
        &self,
        upload: &Upload<'_>,
    ) -> Result<BlobOutcome, RegistryError> {
        if self.blob_size_with(upload.access, upload.digest).await?.is_some() {
            return Ok(BlobOutcome::Existing);
        }
        upload.content.check_length()?;
        let mut session = match self.open_with_mount(upload).await? {
            Opened::Mounted => return Ok(BlobOutcome::Mounted),
            Opened::Session(session) => session,
        };
        let mut backoff = self.backoff();
        loop {
            let error = match self.transfer(upload, session).await {
                Ok(()) => return Ok(BlobOutcome::Uploaded),
                Err(error) if is_worth_another_session(&error) => error,
                Err(error) => return Err(error),
            };
            // The answer to the last request may be what was lost.
            if let Ok(Some(_)) = self.blob_size_with(upload.access, upload.digest).await {
                return Ok(BlobOutcome::Uploaded);
            }
            if !backoff.wait().await {
                return Err(error);
            }
            session = match self.open_upload(upload.access, upload.digest, None).await? {
                Opened::Mounted => return Ok(BlobOutcome::Mounted),
                Opened::Session(session) => session,
            };
        }
    }

    async fn transfer(&self, upload: &Upload<'_>, session: Session) -> Result<(), RegistryError> {
        let length = upload.content.length();
        if length <= self.limits().chunk {
            return self.close_upload(upload, &session, length).await;
        }
        let session = self.send_chunks(upload, session).await?;
        self.close_upload(upload, &session, 0).await
    }

    /// Some registries refuse the whole request when the source may not be
    /// read: then without it.
    async fn open_with_mount(&self, upload: &Upload<'_>) -> Result<Opened, RegistryError> {
        if let Some(from) = upload.mount_from {
            let access = upload.access.clone().also_pulling(from);
            let opened = self.open_upload(&access, upload.digest, Some(from)).await;
            if !opened.as_ref().is_err_and(is_refusal) {
                return opened;
            }
        }
        self.open_upload(upload.access, upload.digest, None).await
    }

    /// `POST blobs/uploads/`: 202 with a session; with `mount` 201, or 202 when
    /// the registry refuses to mount.
    async fn open_upload(
        &self,
        access: &Access,
        digest: &Digest,
        mount_from: Option<&Repository>,
    ) -> Result<Opened, RegistryError> {
        let mut url =
            self.endpoint(access.repository.registry())?.url(&access.repository, "blobs/uploads/");
        if let Some(from) = mount_from {
            url.query_pairs_mut()
                .append_pair("mount", digest.as_str())
                .append_pair("from", from.path());
        }
        // A session opened twice by a lost answer is one that expires unused.
        let request = Request::post(url, Vec::new()).repeatable(true).without_redirects();
        let answer = self.fetch(request, access, ANSWER_LIMIT).await?;
        match answer.status {
            StatusCode::CREATED if mount_from.is_some() => Ok(Opened::Mounted),
            StatusCode::ACCEPTED => match Session::opened(&answer) {
                Some(session) => Ok(Opened::Session(session)),
                None => Err(self.garbage(access, &answer, "an opened upload has no Location")),
            },
            _ => Err(self.unexpected(access, digest, &answer)),
        }
    }

    /// Sends chunk after chunk; a chunk that broke is continued from where the
    /// registry says it is.
    async fn send_chunks(
        &self,
        upload: &Upload<'_>,
        mut session: Session,
    ) -> Result<Session, RegistryError> {
        let length = upload.content.length();
        let mut backoff = self.backoff();
        while session.offset < length {
            let before = session.offset;
            session = match self.send_chunk(upload, &session).await {
                Ok(next) => next,
                Err(error) if error.may_pass() || is_range_error(&error) => {
                    if !backoff.wait().await {
                        return Err(error);
                    }
                    self.ask_progress(upload, &session).await?
                }
                Err(error) => return Err(error),
            };
            if session.offset > before {
                backoff = self.backoff();
            }
        }
        Ok(session)
    }

    async fn send_chunk(
        &self,
        upload: &Upload<'_>,
        session: &Session,
    ) -> Result<Session, RegistryError> {
        let start = session.offset;
        let length = self.limits().chunk.min(upload.content.length() - start);
        let request =
            Request::patch(session.location.clone(), body_of(upload.content, start, length))
                .header("content-type", "application/octet-stream")
                .header("content-range", &format!("{start}-{}", start + length - 1))
                .progress(Some(from_offset(upload, start)))
                .without_redirects();
        let answer = self.fetch(request, upload.access, ANSWER_LIMIT).await?;
        match answer.status {
            StatusCode::ACCEPTED => Ok(session.advanced(&answer, start + length)),
            _ => Err(self.unexpected(upload.access, upload.digest, &answer)),
        }
    }

    /// `GET` of a session: 204 with `Range`.
    async fn ask_progress(
        &self,
        upload: &Upload<'_>,
        session: &Session,
    ) -> Result<Session, RegistryError> {
        let request = Request::get(session.location.clone()).without_redirects();
        let answer = self.fetch(request, upload.access, ANSWER_LIMIT).await?;
        match answer.status {
            StatusCode::NO_CONTENT => Ok(session.advanced(&answer, session.offset)),
            _ => Err(self.unexpected(upload.access, upload.digest, &answer)),
        }
    }

    /// The last request, with the last `length` bytes: the registry compares the digest.
    async fn close_upload(
        &self,
        upload: &Upload<'_>,
        session: &Session,
        length: u64,
    ) -> Result<(), RegistryError> {
        let start = upload.content.length() - length;
        let request =
            Request::put(session.closing(upload.digest), body_of(upload.content, start, length))
                .header("content-type", "application/octet-stream")
                .progress(Some(from_offset(upload, start)))
                .repeatable(false)
                .without_redirects();
        let (access, whole) = (upload.access, upload.content.length());
        let answer = self.fetch_long(request, access, ANSWER_LIMIT, whole).await?;
        match answer.status {
            StatusCode::CREATED | StatusCode::NO_CONTENT => Ok(()),
            _ => Err(self.unexpected(upload.access, upload.digest, &answer)),
        }
    }

    /// A success that is not the one of the protocol leaves open what happened.
    fn unexpected(&self, access: &Access, digest: &Digest, answer: &Fetched) -> RegistryError {
        if answer.status.is_success() {
            return self.garbage(access, answer, "the status is not that of an upload");
        }
        refusal::other(format!("upload of {}", label(&access.repository, digest)), answer)
    }

    fn garbage(&self, access: &Access, answer: &Fetched, reason: &str) -> RegistryError {
        self.failed(&access.repository, answer.garbage(reason))
    }
}

/// Counts on from `start`: a part that is sent again is not counted twice.
fn from_offset(upload: &Upload<'_>, start: u64) -> Progress {
    let (sent, tell) = (AtomicU64::new(start), Arc::clone(&upload.progress));
    Arc::new(move |bytes| tell(sent.fetch_add(bytes, Ordering::Relaxed) + bytes))
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
    let confused = |code: &Option<String>| {
        matches!(
            code.as_deref(),
            Some("BLOB_UPLOAD_INVALID" | "BLOB_UPLOAD_UNKNOWN" | "SIZE_INVALID")
        )
    };
    match error {
        RegistryError::Refused { code, .. } => is_range_error(error) || confused(code),
        other => other.is_ambiguous() || other.is_not_found(),
    }
}
