use std::{io, path::PathBuf, time::Duration};

use transport::HttpError;

use crate::Finding;

/// Why reading, checking or uploading did not succeed: one variant for each
/// thing that a caller can do about it. [`IndexError::hint`] says what.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IndexError {
    /// A file on this machine cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The reason.
        #[source]
        source: io::Error,
    },
    /// The file is neither a wheel nor an sdist.
    #[error("{} is no wheel or sdist: {reason}", path.display())]
    NotADistribution {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Rules are broken that the index would enforce; nothing was sent.
    #[error("not fit for upload: {}", list(findings))]
    Rejected {
        /// Every broken rule.
        findings: Vec<Finding>,
    },
    /// No address of an index can be made of what is configured.
    #[error("{index}: the configured address cannot be the root of an index")]
    NoIndex {
        /// Name of the index.
        index: String,
    },
    /// The index does not know the credentials.
    #[error("{index} does not accept these credentials{}", said(message))]
    Unauthorized {
        /// Name of the index.
        index: String,
        /// Its words.
        message: String,
    },
    /// The credentials are known and not allowed to do this.
    #[error("{index} forbids the upload{}", said(message))]
    Forbidden {
        /// Name of the index.
        index: String,
        /// Its words.
        message: String,
    },
    /// The project belongs to somebody else, or its name is not to be had.
    #[error("{index}: the project is not yours, or its name cannot be taken{}", said(message))]
    NameTaken {
        /// Name of the index.
        index: String,
        /// Its words.
        message: String,
    },
    /// The index takes no uploads at the moment.
    #[error("{index} takes no uploads at the moment{}", said(message))]
    Paused {
        /// Name of the index.
        index: String,
        /// Its words.
        message: String,
    },
    /// The file name was used before, for good: no upload under it will succeed.
    #[error("{index}: the name {file} is used already: {used}")]
    FileNameUsed {
        /// Name of the index.
        index: String,
        /// File name.
        file: String,
        /// By what.
        used: NameUse,
    },
    /// PyPI takes no new files for releases older than 14 days.
    #[error("{index}: the release of {file} is too old for new files{}", said(message))]
    ReleaseTooOld {
        /// Name of the index.
        index: String,
        /// File name.
        file: String,
        /// Its words.
        message: String,
    },
    /// The release has another sdist already.
    #[error("{index}: the release has another sdist than {file}{}", said(message))]
    SecondSdist {
        /// Name of the index.
        index: String,
        /// File name.
        file: String,
        /// Its words.
        message: String,
    },
    /// The file, or the project with it, is larger than the index allows.
    #[error("{index}: {file} is too large{}", said(message))]
    TooLarge {
        /// Name of the index.
        index: String,
        /// File name.
        file: String,
        /// Its words.
        message: String,
    },
    /// The index does not like the metadata, the archive or the file name.
    #[error("{index} refuses {file}{}", said(message))]
    BadMetadata {
        /// Name of the index.
        index: String,
        /// File name.
        file: String,
        /// Its words.
        message: String,
    },
    /// The index does not take the attestations of the file.
    #[error("{index} refuses the attestations of {file}{}", said(message))]
    BadAttestations {
        /// Name of the index.
        index: String,
        /// File name.
        file: String,
        /// Its words.
        message: String,
    },
    /// Too many requests, or too many new projects.
    #[error("{index} asks to slow down{}", said(message))]
    RateLimited {
        /// Name of the index.
        index: String,
        /// The wait that it asks for.
        retry_after: Option<Duration>,
        /// Its words.
        message: String,
    },
    /// Files cannot be posted to this address.
    #[error("{index} takes no uploads at this address (status {status})")]
    NoUploadHere {
        /// Name of the index.
        index: String,
        /// Status of its answer.
        status: u16,
    },
    /// The address points elsewhere; credentials are not sent after it.
    #[error("{index}: the upload address points to {location}")]
    Redirected {
        /// Name of the index.
        index: String,
        /// Where to, without user, password and query.
        location: String,
    },
    /// The index refuses for a reason that is not known here.
    #[error("{index} refuses {file} with status {status}{}", said(message))]
    Refused {
        /// Name of the index.
        index: String,
        /// File name.
        file: String,
        /// Status of its answer.
        status: u16,
        /// Its words.
        message: String,
    },
    /// Every attempt ended without a usable answer, and the index does not list
    /// the file: it may or may not have been stored.
    #[error("{index}: whether {file} was stored is not known after {attempts} attempts")]
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
    /// The index could not be reached; it has seen nothing of an upload.
    #[error("{index} cannot be reached")]
    Unreachable {
        /// Name of the index.
        index: String,
        /// The reason.
        #[source]
        source: Box<HttpError>,
    },
    /// The index answers something that is no listing, or with an unexpected status.
    #[error("{index} does not answer as a package index")]
    Unreadable {
        /// Name of the index.
        index: String,
        /// The reason.
        #[source]
        source: Box<HttpError>,
    },
    /// A line of `.pypirc` is not understood. Its text is not shown: it may be a secret.
    #[error("{}: line {line} is not understood", path.display())]
    Pypirc {
        /// The file.
        path: PathBuf,
        /// Number of the line, from 1.
        line: usize,
    },
    /// The index gives no token to this CI job.
    #[error("{index} gives no token to this job ({code}){}", said(message))]
    TrustedPublishing {
        /// Name of the index.
        index: String,
        /// PyPI's code, such as `invalid-publisher`.
        code: String,
        /// Its words.
        message: String,
    },
}

/// What a file name is used by.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameUse {
    /// The index serves other bytes under this name.
    OtherBytes {
        /// SHA-256 of what it serves, when it was learned.
        sha256: Option<String>,
    },
    /// By a file that was deleted, or by the same bytes under another name.
    Before {
        /// The index's words.
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

fn said(message: &str) -> String {
    if message.is_empty() { String::new() } else { format!(": {message}") }
}

fn list(findings: &[Finding]) -> String {
    findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

impl IndexError {
    /// What to do next, as a sentence without its full stop.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Read { .. } => "check that the file exists and may be read",
            Self::NotADistribution { .. } => "build the distributions again into an empty folder",
            Self::Rejected { .. } => "repair what is listed, build again, and upload the new files",
            Self::NoIndex { .. } => "write the address as https://HOST/PATH/",
            Self::Unauthorized { .. } => {
                "create a token at the index and store it; tokens of pypi and testpypi are separate"
            }
            Self::Forbidden { .. } => {
                "use a token of an owner or maintainer whose scope includes the project"
            }
            Self::NameTaken { .. } => "ask the project's owner for access, or choose another name",
            Self::Paused { .. } => "look at the index's status page and run the same command later",
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
                "create the attestations anew, or upload without them; only a trusted publisher may send any"
            }
            Self::RateLimited { .. } => "wait, then run the same command again",
            Self::NoUploadHere { .. } => {
                "check the upload address, its path and final slash included"
            }
            Self::Redirected { .. } => "configure the address that it points to",
            Self::Refused { .. } => {
                "read the index's words; run the same command when it is repaired"
            }
            Self::Undecided { .. } | Self::Unreachable { .. } => {
                "run the same command again: what is there already is recognised"
            }
            Self::Unreadable { .. } => "check the index's address; a proxy may answer in its place",
            Self::Pypirc { .. } => "write sections as [name] and settings as name = value",
            Self::TrustedPublishing { .. } => {
                "register this repository, workflow and environment as trusted publisher"
            }
        }
    }

    /// Whether no repetition with the same files can succeed.
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
