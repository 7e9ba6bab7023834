use std::{io, path::PathBuf, time::Duration};

use transport::{HttpError, RequestedWait};

use crate::Finding;

/// Why reading, checking or uploading failed, with a variant for each possible
/// reaction of the caller. [`IndexError::hint`] describes it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IndexError {
    /// A local file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The reason.
        #[source]
        source: io::Error,
    },
    /// The file is neither a wheel nor an sdist.
    #[error("{} is not a wheel or sdist: {reason}", path.display())]
    NotADistribution {
        /// The file.
        path: PathBuf,
        /// What is wrong with the file.
        reason: String,
    },
    /// The files break rules that the index enforces; nothing was sent.
    #[error("not fit for upload: {}", joined(findings))]
    Rejected {
        /// Every broken rule.
        findings: Vec<Finding>,
    },
    /// The configured address cannot have paths below it.
    #[error("{index}: the configured address cannot be the root of an index")]
    InvalidRoot {
        /// Name of the index.
        index: String,
    },
    /// The index does not accept the credentials.
    #[error("{index} does not accept these credentials{}", suffix(message))]
    Unauthorized {
        /// Name of the index.
        index: String,
        /// The message of the index.
        message: String,
    },
    /// The credentials lack the right to upload.
    #[error("{index} forbids the upload{}", suffix(message))]
    Forbidden {
        /// Name of the index.
        index: String,
        /// The message of the index.
        message: String,
    },
    /// The project belongs to another account, or its name is not available.
    #[error("{index}: the project is not yours, or its name is not available{}", suffix(message))]
    NameTaken {
        /// Name of the index.
        index: String,
        /// The message of the index.
        message: String,
    },
    /// The index does not accept uploads at the moment.
    #[error("{index} does not accept uploads at the moment{}", suffix(message))]
    Paused {
        /// Name of the index.
        index: String,
        /// The message of the index.
        message: String,
    },
    /// The file name is taken for good: no upload under it will succeed.
    #[error("{index}: the name {file} is already taken: {used}")]
    FileNameUsed {
        /// Name of the index.
        index: String,
        /// File name.
        file: String,
        /// What has taken it.
        used: NameUse,
    },
    /// PyPI accepts no new files for releases older than 14 days.
    #[error("{index}: the release of {file} is too old for new files{}", suffix(message))]
    ReleaseTooOld {
        /// Name of the index.
        index: String,
        /// File name.
        file: String,
        /// The message of the index.
        message: String,
    },
    /// The release already has another sdist.
    #[error("{index}: the release already has another sdist than {file}{}", suffix(message))]
    SecondSdist {
        /// Name of the index.
        index: String,
        /// File name.
        file: String,
        /// The message of the index.
        message: String,
    },
    /// The file or the project is larger than the index allows.
    #[error("{index}: {file} is too large{}", suffix(message))]
    TooLarge {
        /// Name of the index.
        index: String,
        /// File name.
        file: String,
        /// The message of the index.
        message: String,
    },
    /// The index refuses the metadata, the archive or the file name.
    #[error("{index} refuses {file}{}", suffix(message))]
    BadMetadata {
        /// Name of the index.
        index: String,
        /// File name.
        file: String,
        /// The message of the index.
        message: String,
    },
    /// The index refuses the attestations of the file.
    #[error("{index} refuses the attestations of {file}{}", suffix(message))]
    BadAttestations {
        /// Name of the index.
        index: String,
        /// File name.
        file: String,
        /// The message of the index.
        message: String,
    },
    /// Too many requests, or too many new projects.
    #[error("{index} limits the rate of requests{}{}", wait_suffix(*.retry_after), suffix(message))]
    RateLimited {
        /// Name of the index.
        index: String,
        /// The wait that it demands.
        retry_after: Option<Duration>,
        /// The message of the index.
        message: String,
    },
    /// The address does not accept uploads.
    #[error("{index} takes no uploads at this address (status {status})")]
    NotAnUploadAddress {
        /// Name of the index.
        index: String,
        /// Status of its response.
        status: u16,
    },
    /// The address redirects; credentials are not sent to the target.
    #[error("{index}: the upload address redirects to {location}")]
    Redirected {
        /// Name of the index.
        index: String,
        /// The target, without user, password and query.
        location: String,
    },
    /// The index refuses for another reason.
    #[error("{index} refuses {file} with status {status}{}", suffix(message))]
    Refused {
        /// Name of the index.
        index: String,
        /// File name.
        file: String,
        /// Status of its response.
        status: u16,
        /// The message of the index.
        message: String,
    },
    /// No attempt got a valid response, and the index does not list the file:
    /// it may or may not have been stored.
    #[error("{index}: it is unknown whether {file} was stored after {attempts} attempts")]
    Undecided {
        /// Name of the index.
        index: String,
        /// File name.
        file: String,
        /// Attempts made.
        attempts: u32,
        /// How the last attempt ended.
        #[source]
        source: Box<HttpError>,
    },
    /// The index could not be reached; it received no upload.
    #[error("{index} cannot be reached")]
    Unreachable {
        /// Name of the index.
        index: String,
        /// The reason.
        #[source]
        source: Box<HttpError>,
    },
    /// The response of the index is not a listing, or has an unexpected status.
    #[error("{index} does not answer as a package index")]
    Unreadable {
        /// Name of the index.
        index: String,
        /// The reason.
        #[source]
        source: Box<HttpError>,
    },
    /// A line of `.pypirc` is invalid. Its text is not shown: it may be a secret.
    #[error("{}: cannot parse line {line}", path.display())]
    Pypirc {
        /// The file.
        path: PathBuf,
        /// Number of the line, from 1.
        line: usize,
    },
    /// The index issues no token to this CI job.
    #[error("{index} issues no token to this job ({code}){}", suffix(message))]
    TrustedPublishing {
        /// Name of the index.
        index: String,
        /// PyPI's code, such as `invalid-publisher`.
        code: String,
        /// The message of the index.
        message: String,
    },
}

/// What has taken a file name.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameUse {
    /// Another file at the index.
    OtherBytes {
        /// SHA-256 of that file, if it is known.
        sha256: Option<String>,
    },
    /// A deleted file, or the same content under another name.
    Before {
        /// The message of the index.
        message: String,
    },
}

impl std::fmt::Display for NameUse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::OtherBytes { sha256: Some(sha256) } => {
                write!(f, "the index has other bytes (sha256 {sha256})")
            }
            Self::OtherBytes { sha256: None } => f.write_str("the index has other bytes"),
            Self::Before { message } => f.write_str(message),
        }
    }
}

fn wait_suffix(wait: Option<Duration>) -> String {
    let wait = wait.map(|wait| format!("; it asks to wait {}", RequestedWait(wait)));
    wait.unwrap_or_default()
}

fn suffix(message: &str) -> String {
    if message.is_empty() { String::new() } else { format!(": {message}") }
}

fn joined(findings: &[Finding]) -> String {
    findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

impl IndexError {
    /// What to do next, as a sentence without a full stop.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Read { .. } => "check that the file exists and is readable",
            Self::NotADistribution { .. } => "build the distributions again into an empty folder",
            Self::Rejected { .. } => "repair what is listed, build again, and upload the new files",
            Self::InvalidRoot { .. } => "write the address as https://HOST/PATH/",
            Self::Unauthorized { .. } => {
                "create a token at the index and store it; tokens of pypi and testpypi are separate"
            }
            Self::Forbidden { .. } => {
                "use a token of an owner or maintainer whose scope includes the project"
            }
            Self::NameTaken { .. } => "ask the project's owner for access, or choose another name",
            Self::Paused { .. } => {
                "check the status page of the index and run the same command later"
            }
            Self::FileNameUsed { .. } => {
                "a file name can never be used again: release the next version"
            }
            Self::ReleaseTooOld { .. } => "release the next version",
            Self::SecondSdist { .. } => "upload exactly the files that were built first",
            Self::TooLarge { .. } => {
                "make the file smaller, delete old releases, or ask the index for a higher limit"
            }
            Self::BadMetadata { .. } => {
                "repair the project's metadata, build again, and upload the new files"
            }
            Self::BadAttestations { .. } => {
                "create the attestations again, or upload without them; only a trusted publisher may send any"
            }
            Self::RateLimited { .. } => "wait, then run the same command again",
            Self::NotAnUploadAddress { .. } => {
                "check the upload address, its path and final slash included"
            }
            Self::Redirected { .. } => "configure the address that it redirects to",
            Self::Refused { .. } => {
                "read the message of the index; run the same command when the problem is solved"
            }
            Self::Undecided { .. } | Self::Unreachable { .. } => {
                "run the same command again: files that were stored are recognised"
            }
            Self::Unreadable { .. } => {
                "check the address of the index; a proxy may respond in its place"
            }
            Self::Pypirc { .. } => "write sections as [name] and settings as name = value",
            Self::TrustedPublishing { .. } => {
                "register this repository, workflow and environment as trusted publisher"
            }
        }
    }

    /// Whether no further attempt with the same files can succeed.
    #[must_use]
    pub fn is_permanent(&self) -> bool {
        matches!(
            self,
            Self::FileNameUsed { .. }
                | Self::ReleaseTooOld { .. }
                | Self::SecondSdist { .. }
                | Self::BadMetadata { .. }
                | Self::Rejected { .. }
                | Self::NotADistribution { .. }
        )
    }
}

/// An error and its sources on one line.
pub(crate) fn error_with_sources(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        source = inner.source();
    }
    text
}
