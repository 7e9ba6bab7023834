use std::path::PathBuf;

use transport::HttpError;

/// Why GitHub did not do what was asked, or what it has differs from what was
/// wanted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GitHubError {
    /// Not `owner/name`.
    #[error("`{text}` is not a repository; write `owner/name`")]
    Name {
        /// The text.
        text: String,
    },
    /// The service could not be reached, or its answer makes no sense.
    #[error("cannot {purpose}")]
    Http {
        /// What was to be done.
        purpose: String,
        /// Why not.
        #[source]
        source: Box<HttpError>,
    },
    /// A token is needed and there is none.
    #[error(
        "cannot {purpose}: no GitHub token; set GH_TOKEN or GITHUB_TOKEN, or log in with `gh auth login`"
    )]
    NoToken {
        /// What was to be done.
        purpose: String,
    },
    /// The token is wrong, expired or revoked.
    #[error(
        "cannot {purpose}: GitHub does not accept the token ({said}); make a new one and set GH_TOKEN or GITHUB_TOKEN"
    )]
    TokenRefused {
        /// What was to be done.
        purpose: String,
        /// The service's own words.
        said: String,
    },
    /// The token does not have the right.
    #[error(
        "cannot {purpose}: the token lacks the right ({said}); it needs `Contents: write` on this repository, or the scope `repo`"
    )]
    Forbidden {
        /// What was to be done.
        purpose: String,
        /// The service's own words.
        said: String,
    },
    /// The repository, release or asset does not exist, or the token may not see it.
    #[error("cannot {purpose}: not found; check the name and whether the token may see it")]
    NotFound {
        /// What was to be done.
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
    /// The request was understood and refused.
    #[error("cannot {purpose}: GitHub refuses it ({said})")]
    Refused {
        /// What was to be done.
        purpose: String,
        /// The service's own words.
        said: String,
        /// Its machine-readable reasons, such as `already_exists`.
        codes: Vec<String>,
    },
    /// A published release is there, and only a draft may be changed.
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
        "asset `{name}` is there with other content ({found} instead of {expected}); delete it or choose the next version"
    )]
    AssetDiverged {
        /// Its name.
        name: String,
        /// Wanted: sha256 and size.
        expected: String,
        /// Found: sha256 or size.
        found: String,
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
    /// Whether the service may have acted although no proper answer came.
    #[must_use]
    pub fn is_ambiguous(&self) -> bool {
        matches!(self, Self::Http { source, .. } if source.is_ambiguous())
    }

    /// Whether the service gives this reason, such as `already_exists`.
    pub(crate) fn has_code(&self, wanted: &str) -> bool {
        matches!(self, Self::Refused { codes, .. } if codes.iter().any(|code| code == wanted))
    }
}
