use std::path::PathBuf;

use transport::HttpError;

/// Why a request to GitHub failed, or how its data differs from what was
/// expected.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GitHubError {
    /// Not `owner/name`.
    #[error("`{text}` is not a repository; write `owner/name`")]
    InvalidRepositoryName {
        /// The text.
        text: String,
    },
    /// The service could not be reached, or its response is invalid.
    #[error("cannot {purpose}")]
    Http {
        /// What the request was for.
        purpose: String,
        /// The reason.
        #[source]
        source: Box<HttpError>,
    },
    /// A token is needed and none was given.
    #[error(
        "cannot {purpose}: no GitHub token; set GH_TOKEN or GITHUB_TOKEN, or log in with `gh auth login`"
    )]
    NoToken {
        /// What the request was for.
        purpose: String,
    },
    /// The token is wrong, expired or revoked.
    #[error(
        "cannot {purpose}: GitHub does not accept the token ({message}); make a new one and set GH_TOKEN or GITHUB_TOKEN"
    )]
    TokenRefused {
        /// What the request was for.
        purpose: String,
        /// The message of the service.
        message: String,
    },
    /// The token lacks a right.
    #[error(
        "cannot {purpose}: the token lacks the right ({message}); it needs `{needs}` on this repository, or the scope `repo`"
    )]
    Forbidden {
        /// What the request was for.
        purpose: String,
        /// The message of the service.
        message: String,
        /// The permission of a fine-grained token: `Contents: write`.
        needs: &'static str,
    },
    /// The repository, release or asset does not exist, or the token may not see it.
    #[error("cannot {purpose}: not found; check the name and whether the token may see it")]
    NotFound {
        /// What the request was for.
        purpose: String,
    },
    /// The account of the token may not push.
    #[error(
        "the account of the token may read {repository} but not push to it; releases need that right"
    )]
    NoPushRight {
        /// The repository.
        repository: String,
    },
    /// The repository is read-only.
    #[error("{repository} is archived; nothing can be released there")]
    Archived {
        /// The repository.
        repository: String,
    },
    /// The service refused the request.
    #[error("cannot {purpose}: GitHub refuses it ({message})")]
    Refused {
        /// What the request was for.
        purpose: String,
        /// The message of the service.
        message: String,
        /// Its machine-readable reasons, such as `already_exists`.
        codes: Vec<String>,
    },
    /// The release is published, and only a draft may be changed.
    #[error("release `{tag}` is published already ({url}); a published release is never changed")]
    AlreadyPublished {
        /// Its tag.
        tag: String,
        /// Its page.
        url: String,
    },
    /// Several drafts share the tag.
    #[error("there are {} drafts for `{tag}`: {}; delete those that are not needed", .urls.len(), urls.join(", "))]
    SeveralDrafts {
        /// The tag.
        tag: String,
        /// Their pages.
        urls: Vec<String>,
    },
    /// An asset of this name has other content.
    #[error(
        "asset `{name}` exists with other content ({actual} instead of {expected}); delete it or choose the next version"
    )]
    AssetDiverged {
        /// Its name.
        name: String,
        /// Expected SHA-256 and size.
        expected: String,
        /// SHA-256 or size of the asset.
        actual: String,
    },
    /// The content of an artifact was deleted.
    #[error("artifact `{name}` has expired; run its workflow again")]
    ArtifactExpired {
        /// Its name.
        name: String,
    },
    /// An artifact is not what the service lists.
    #[error("artifact `{name}` cannot be used: {reason}")]
    InvalidArtifact {
        /// Its name.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A downloaded file could not be written.
    #[error("cannot write {}", .path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// The operating system's reason.
        #[source]
        source: std::io::Error,
    },
    /// A file to attach could not be read.
    #[error("cannot read {}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The operating system's reason.
        #[source]
        source: std::io::Error,
    },
}

impl GitHubError {
    /// Whether the service may have acted although no valid response arrived.
    #[must_use]
    pub fn is_ambiguous(&self) -> bool {
        matches!(self, Self::Http { source, .. } if source.is_ambiguous())
    }

    /// Whether the service gives this reason, such as `already_exists`.
    pub(crate) fn has_code(&self, expected: &str) -> bool {
        matches!(self, Self::Refused { codes, .. } if codes.iter().any(|code| code == expected))
    }

    pub(crate) fn request_failed(purpose: &str, source: HttpError) -> Self {
        Self::Http { purpose: purpose.to_owned(), source: Box::new(source) }
    }
}
