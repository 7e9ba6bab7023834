use std::sync::Arc;

use probe::Probe;
use transport::{Fetched, HttpClient, HttpError, RetryPolicy, StatusCode};

use super::{
    form::{upload_form, upload_request},
    outcome::{
        AttestationUse, PartlyUploaded, UploadEvent, UploadObserver, UploadOutcome, Uploaded,
    },
    retry::{NextStep, next_step},
    set::UploadSet,
};
use crate::{
    Attestation, Credentials, Distribution, IndexError, IndexReader, IndexState,
    error::NameUse,
    refusal::{Refusal, response_message},
};

/// The longest response to an upload that is read.
const RESPONSE_LIMIT: usize = 256 << 10;

/// Uploads to one package index.
#[derive(Debug, Clone)]
pub struct IndexWriter {
    reader: IndexReader,
    http: HttpClient,
    retry: RetryPolicy,
    attestations: AttestationUse,
}

/// How one attempt ended, unless the index refused the file.
enum Attempt {
    /// The index has stored the file, with these warnings.
    Accepted(Vec<String>),
    /// The index may have stored the file.
    Ambiguous(HttpError),
    /// The index has not stored the file.
    NotReceived(HttpError),
}

impl IndexWriter {
    /// A writer to the index of this reader, which it uses to find out about
    /// uploads without a valid response.
    #[must_use]
    pub fn new(reader: IndexReader) -> Self {
        // The writer counts attempts itself, since it probes the index in between.
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

    /// Uploads one distribution, streamed from disk. When a response is lost,
    /// or when the index refuses the name as taken, the file is probed by its
    /// SHA-256 before it is sent again; a file with the same content is
    /// [`UploadOutcome::AlreadyPresent`].
    ///
    /// # Errors
    /// A variant of [`IndexError`] for each possible reaction;
    /// [`IndexError::FileNameUsed`] when the index has other content.
    pub async fn upload(
        &self,
        distribution: &Distribution,
        credentials: &Credentials,
        observer: Option<&UploadObserver>,
    ) -> Result<Uploaded, IndexError> {
        let file = distribution.file_name();
        let mut backoff = self.retry.backoff();
        loop {
            let attempt = backoff.attempt();
            let error = match self.attempt(distribution, credentials, attempt, observer).await {
                Ok(Attempt::Accepted(warnings)) => {
                    return Ok(uploaded(file, UploadOutcome::Accepted, warnings, attempt));
                }
                Ok(Attempt::NotReceived(error)) => error,
                Ok(Attempt::Ambiguous(error)) => {
                    notify(observer, UploadEvent::Probing { file });
                    if self.is_stored(distribution).await? {
                        return Ok(already_present(file, attempt));
                    }
                    error
                }
                Err(error) if is_name_taken(&error) && self.is_stored(distribution).await? => {
                    return Ok(already_present(file, attempt));
                }
                Err(error) => return Err(error),
            };
            let Some(wait) = backoff.next_wait_after(&error) else {
                return Err(self.final_error(file, attempt, error));
            };
            notify(observer, UploadEvent::Waiting { file, wait });
            tokio::time::sleep(wait).await;
        }
    }

    /// Uploads a whole set in its order.
    ///
    /// # Errors
    /// [`PartlyUploaded`] at the first file that fails; uploading the same set
    /// again continues with that file.
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
        let form = upload_form(distribution, self.attestations_of(distribution, credentials));
        let (file, total) = (distribution.file_name(), form.length());
        notify(observer, UploadEvent::Started { file, total, attempt });
        let progress = observer.cloned().map(|observer| {
            Arc::new(move |bytes| observer(UploadEvent::Sent(bytes))) as transport::Progress
        });
        let upload = &self.reader.endpoints().upload;
        let request = upload_request(upload, form, credentials).progress(progress);
        match self.http.fetch(&request, RESPONSE_LIMIT).await {
            Ok(response) => self.interpret_response(file, credentials, response),
            Err(error) => {
                let error = credentials.redact_error(error);
                match next_step(&error) {
                    NextStep::Probe => Ok(Attempt::Ambiguous(error)),
                    NextStep::Resend => Ok(Attempt::NotReceived(error)),
                    NextStep::GiveUp => Err(self.reader.index_error(error)),
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

    fn interpret_response(
        &self,
        file: &str,
        credentials: &Credentials,
        response: Fetched,
    ) -> Result<Attempt, IndexError> {
        if response.status.is_success() {
            return Ok(match warnings_in(&response) {
                Some(warnings) => Attempt::Accepted(warnings),
                None => Attempt::Ambiguous(response.garbage("it is not a response to an upload")),
            });
        }
        let index = self.reader.name().to_owned();
        if response.status.is_redirection() && response.status != StatusCode::NOT_MODIFIED {
            return Err(IndexError::Redirected { index, location: redirect_target(&response) });
        }
        let message = credentials.redact(&response_message(&response));
        let status = response.status.as_u16();
        Err(Refusal { index, file: file.to_owned(), status, message }.into_error())
    }

    /// Whether the index has the same content; an error when it has other
    /// content. An unknown state counts as not stored: the file is sent again,
    /// and the index itself refuses other content under a taken name.
    async fn is_stored(&self, distribution: &Distribution) -> Result<bool, IndexError> {
        let expected = [distribution.expected()];
        match self.reader.probe(&distribution.project(), &expected).await {
            Probe::Identical(_) => Ok(true),
            Probe::Absent | Probe::Partial(_) | Probe::Unknown(_) => Ok(false),
            Probe::Diverged(state) => Err(IndexError::FileNameUsed {
                index: self.reader.name().to_owned(),
                file: distribution.file_name().to_owned(),
                used: NameUse::OtherBytes { sha256: other_sha256(state) },
            }),
        }
    }

    fn final_error(&self, file: &str, attempts: u32, error: HttpError) -> IndexError {
        match next_step(&error) {
            NextStep::Probe => IndexError::Undecided {
                index: self.reader.name().to_owned(),
                file: file.to_owned(),
                attempts,
                source: Box::new(error),
            },
            NextStep::Resend | NextStep::GiveUp => self.reader.index_error(error),
        }
    }
}

fn notify(observer: Option<&UploadObserver>, event: UploadEvent<'_>) {
    if let Some(observer) = observer {
        observer(event);
    }
}

/// The name may be taken by the same file: from a request whose response was
/// lost, or at an index that refuses every duplicate (pypiserver: 409).
fn is_name_taken(error: &IndexError) -> bool {
    matches!(error, IndexError::FileNameUsed { used: NameUse::OtherBytes { .. }, .. })
}

fn other_sha256(state: IndexState) -> Option<String> {
    state.files.into_iter().find_map(|file| match file.probe {
        Probe::Diverged(sha256) => Some(sha256),
        Probe::Absent | Probe::Identical(()) | Probe::Unknown(_) => None,
    })
}

fn already_present(file: &str, attempts: u32) -> Uploaded {
    uploaded(file, UploadOutcome::AlreadyPresent, Vec::new(), attempts)
}

fn uploaded(file: &str, outcome: UploadOutcome, warnings: Vec<String>, attempts: u32) -> Uploaded {
    Uploaded { file_name: file.to_owned(), outcome, warnings, attempts }
}

/// The body of a success is empty or has one warning per line. `None` for a
/// body that no index writes, such as the page of a proxy.
fn warnings_in(response: &Fetched) -> Option<Vec<String>> {
    let text = std::str::from_utf8(&response.body).ok()?;
    if text.trim_start().starts_with('<') || text.contains('\0') {
        return None;
    }
    // Other indexes respond with JSON, which is not a warning.
    let lines = if text.trim_start().starts_with('{') { "" } else { text };
    Some(lines.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect())
}

fn redirect_target(response: &Fetched) -> String {
    let location = response.header("location").and_then(|target| response.url.join(target).ok());
    location
        .map_or_else(|| "nowhere".to_owned(), |url| transport::RedactedUrl::from(&url).to_string())
}
