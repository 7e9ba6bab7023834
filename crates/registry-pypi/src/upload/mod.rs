//! The writing half of an index.

mod form;
mod model;
mod retry;
mod set;

use std::sync::Arc;

use transport::{Fetched, HttpClient, HttpError, RetryPolicy, StatusCode};

use self::retry::Next;
pub use self::{
    model::{AttestationUse, PartlyUploaded, UploadEvent, UploadObserver, UploadOutcome, Uploaded},
    set::UploadSet,
};
use crate::{
    Attestation, Credentials, Distribution, IndexError, IndexReader, Presence,
    error::NameUse,
    refusal::{Refusal, message_of},
};

/// The longest answer to an upload that is read.
const ANSWER_LIMIT: usize = 256 << 10;

/// Uploads to one package index.
#[derive(Debug, Clone)]
pub struct IndexWriter {
    reader: IndexReader,
    http: HttpClient,
    retry: RetryPolicy,
    attestations: AttestationUse,
}

/// How one attempt ended, short of a final answer.
enum Attempt {
    Accepted(Vec<String>),
    Unclear(HttpError),
    Later(HttpError),
}

impl IndexWriter {
    /// A writer to the index of this reader, through which it looks when the
    /// outcome of an upload is not known.
    #[must_use]
    pub fn new(reader: IndexReader) -> Self {
        // Attempts are counted here, where the index can be asked in between.
        let http = reader.http().clone().with_retry(RetryPolicy::never());
        let (retry, attestations) = (RetryPolicy::default(), AttestationUse::default());
        Self { reader, http, retry, attestations }
    }

    /// The same writer with other attempts and waits.
    #[must_use]
    pub fn with_retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }

    /// The same writer with another use of attestations.
    #[must_use]
    pub fn with_attestations(mut self, attestations: AttestationUse) -> Self {
        self.attestations = attestations;
        self
    }

    /// The reading half.
    #[must_use]
    pub fn reader(&self) -> &IndexReader {
        &self.reader
    }

    pub(crate) fn http(&self) -> &HttpClient {
        &self.http
    }

    /// Uploads one distribution. When an answer is lost, or says that the name
    /// exists, the index is asked for the file's SHA-256 before anything is sent
    /// again; a file that is there with the same bytes is
    /// [`UploadOutcome::AlreadyThere`]. The file is streamed from disk.
    ///
    /// # Errors
    /// A variant of [`IndexError`] for each outcome that needs another reaction;
    /// [`IndexError::FileNameUsed`] when other bytes are there.
    pub async fn upload(
        &self,
        distribution: &Distribution,
        credentials: &Credentials,
        observer: Option<&UploadObserver>,
    ) -> Result<Uploaded, IndexError> {
        let tell = |event: UploadEvent<'_>| observer.iter().for_each(|observer| observer(event));
        let file = distribution.file_name();
        let mut attempt = 1;
        loop {
            let ended = self.attempt(distribution, credentials, attempt, observer).await;
            let error = match ended {
                Ok(Attempt::Accepted(warnings)) => {
                    return Ok(uploaded(file, UploadOutcome::Accepted, warnings, attempt));
                }
                Ok(Attempt::Later(error)) => error,
                Ok(Attempt::Unclear(error)) => {
                    tell(UploadEvent::Looking { file });
                    if self.is_there(distribution).await? {
                        return Ok(uploaded(file, UploadOutcome::AlreadyThere, vec![], attempt));
                    }
                    error
                }
                Err(error) => return self.settle(distribution, error, attempt).await,
            };
            let Some(wait) = retry::wait(&self.retry, attempt, &error) else {
                return Err(self.given_up(file, attempt, error));
            };
            tell(UploadEvent::Waiting { file, wait });
            tokio::time::sleep(wait).await;
            attempt += 1;
        }
    }

    /// Uploads a whole set in its order.
    ///
    /// # Errors
    /// [`PartlyUploaded`] at the first file that is not uploaded; uploading the
    /// same set again continues there.
    pub async fn upload_set(
        &self,
        set: &UploadSet,
        credentials: &Credentials,
        observer: Option<&UploadObserver>,
    ) -> Result<Vec<Uploaded>, PartlyUploaded> {
        let mut done = Vec::new();
        for distribution in set.distributions() {
            match self.upload(distribution, credentials, observer).await {
                Ok(uploaded) => done.push(uploaded),
                Err(error) => {
                    let total = set.distributions().len();
                    return Err(PartlyUploaded { done, total, error });
                }
            }
        }
        Ok(done)
    }

    async fn attempt(
        &self,
        distribution: &Distribution,
        credentials: &Credentials,
        attempt: u32,
        observer: Option<&UploadObserver>,
    ) -> Result<Attempt, IndexError> {
        let form = form::form(distribution, self.attestations_of(distribution, credentials));
        let (file, total) = (distribution.file_name(), form.length());
        let progress = observer.cloned().map(|observer| {
            observer(UploadEvent::Started { file, total, attempt });
            Arc::new(move |bytes| observer(UploadEvent::Sent(bytes))) as transport::Progress
        });
        let upload = &self.reader.endpoints().upload;
        let request = form::request(upload, form, credentials).progress(progress);
        match self.http.fetch(&request, ANSWER_LIMIT).await {
            Ok(answer) => self.judge(file, credentials, answer),
            Err(error) => {
                let error = credentials.redact_error(error);
                match retry::next(&error) {
                    Next::Look => Ok(Attempt::Unclear(error)),
                    Next::Resend => Ok(Attempt::Later(error)),
                    Next::GiveUp => Err(self.reader.error(error)),
                }
            }
        }
    }

    fn attestations_of<'a>(
        &self,
        distribution: &'a Distribution,
        credentials: &Credentials,
    ) -> &'a [Attestation] {
        let sent = match self.attestations {
            AttestationUse::Always => true,
            AttestationUse::WhenAllowed => credentials.is_trusted_publisher(),
            AttestationUse::Never => false,
        };
        if sent { distribution.attestations() } else { &[] }
    }

    fn judge(
        &self,
        file: &str,
        credentials: &Credentials,
        answer: Fetched,
    ) -> Result<Attempt, IndexError> {
        if answer.status.is_success() {
            return Ok(match warnings_in(&answer) {
                Some(warnings) => Attempt::Accepted(warnings),
                None => Attempt::Unclear(answer.garbage("it is no answer to an upload")),
            });
        }
        let index = self.reader.name().to_owned();
        if answer.status.is_redirection() && answer.status != StatusCode::NOT_MODIFIED {
            return Err(IndexError::Redirected { index, location: location_of(&answer) });
        }
        let message = credentials.redact(&message_of(&answer));
        let status = answer.status.as_u16();
        Err(Refusal { index, file: file.to_owned(), status, message }.into_error())
    }

    /// Whether the same bytes are there. Other bytes end the upload for good;
    /// what cannot be learned counts as not there, and sending goes on.
    async fn is_there(&self, distribution: &Distribution) -> Result<bool, IndexError> {
        let expected = [distribution.expected()];
        let probe = self.reader.probe(&distribution.project(), &expected).await;
        let found = probe.files.into_iter().next();
        let (presence, sha256) =
            found.map_or((Presence::Unknown, None), |file| (file.presence, file.found_sha256));
        if presence == Presence::Diverged {
            let (index, file) =
                (self.reader.name().to_owned(), distribution.file_name().to_owned());
            return Err(IndexError::FileNameUsed {
                index,
                file,
                used: NameUse::OtherBytes { sha256 },
            });
        }
        Ok(presence == Presence::Identical)
    }

    /// A name that exists may be our own file: from a request whose answer was
    /// lost, or at an index that refuses every duplicate (pypiserver: 409).
    async fn settle(
        &self,
        distribution: &Distribution,
        error: IndexError,
        attempt: u32,
    ) -> Result<Uploaded, IndexError> {
        let exists =
            matches!(error, IndexError::FileNameUsed { used: NameUse::OtherBytes { .. }, .. });
        if exists && self.is_there(distribution).await? {
            let (file, outcome) = (distribution.file_name(), UploadOutcome::AlreadyThere);
            return Ok(uploaded(file, outcome, Vec::new(), attempt));
        }
        Err(error)
    }

    fn given_up(&self, file: &str, attempts: u32, error: HttpError) -> IndexError {
        match retry::next(&error) {
            Next::Look => IndexError::Undecided {
                index: self.reader.name().to_owned(),
                file: file.to_owned(),
                attempts,
                source: Box::new(error),
            },
            _ => self.reader.error(error),
        }
    }
}

fn uploaded(file: &str, outcome: UploadOutcome, warnings: Vec<String>, attempts: u32) -> Uploaded {
    Uploaded { file_name: file.to_owned(), outcome, warnings, attempts }
}

/// The body of a success is empty or warnings, one a line. `None` for anything
/// that no index writes, such as the page of a proxy.
fn warnings_in(answer: &Fetched) -> Option<Vec<String>> {
    let text = std::str::from_utf8(&answer.body).ok()?;
    if text.trim_start().starts_with('<') || text.contains('\0') {
        return None;
    }
    // Other indexes answer with JSON, which is no warning.
    let lines = if text.trim_start().starts_with('{') { "" } else { text };
    Some(lines.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect())
}

fn location_of(answer: &Fetched) -> String {
    let location = answer.header("location").and_then(|to| answer.url.join(to).ok());
    location
        .map_or_else(|| "nowhere".to_owned(), |url| transport::RedactedUrl::from(&url).to_string())
}
