//! The reasons why PyPI refuses an upload, with its statuses and messages.
//!
//! Sources: `warehouse/forklift/legacy.py` of pypi/warehouse, and the response table of its
//! `docs/user/api/upload.md`.

use http::StatusCode;

use super::name::python_repr;

/// The reason an upload is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UploadError {
    /// The index currently accepts no uploads.
    #[error("Read-only mode: Uploads are temporarily disabled.")]
    ReadOnly,
    /// No credentials, or a token that the index never issued or that has expired.
    #[error("Invalid or non-existent authentication information.")]
    InvalidCredentials,
    /// A user name and password instead of an API token.
    #[error(
        "Username/Password authentication is no longer supported. \
         Migrate to API Tokens or Trusted Publishers instead."
    )]
    PasswordLogin,
    /// The token is valid, but not for this project.
    #[error(
        "Invalid API Token: project-scoped token is not valid for project: {}",
        python_repr(project)
    )]
    OtherProject {
        /// The project of the upload.
        project: String,
    },
    /// The project accepts no new files: it is archived or quarantined.
    #[error("Project {} is {status} and cannot accept new uploads.", python_repr(project))]
    ClosedProject {
        /// The project of the upload.
        project: String,
        /// Its status (PEP 792).
        status: &'static str,
    },
    /// A token minted for a trusted publisher names a project that does not exist.
    #[error("Non-user identities cannot create new projects.")]
    PublisherCreatesProject,
    /// More new projects than the limit allows.
    #[error("Too many new projects created")]
    TooManyNewProjects,
    /// The multipart body cannot be read.
    #[error("Invalid upload: {0}")]
    Unreadable(String),
    /// A control field of the form is missing or wrong.
    #[error("{0}")]
    Form(String),
    /// A metadata field of the form is missing or wrong.
    #[error(
        "{0} See https://packaging.python.org/specifications/core-metadata for more information."
    )]
    Metadata(String),
    /// The form has no file.
    #[error("Upload payload does not have a file.")]
    NoFile,
    /// The file name is not allowed, or does not match the metadata.
    #[error("{0}")]
    FileName(String),
    /// The file is larger than the limit.
    #[error("File too large. Limit for project {} is {limit_mib} MB.", python_repr(project))]
    FileTooLarge {
        /// The project of the upload.
        project: String,
        /// The limit in mebibytes.
        limit_mib: u64,
    },
    /// All files of the project together would be larger than the limit.
    #[error(
        "Project size too large. Limit for project {} total size is {limit_gib} GB.",
        python_repr(project)
    )]
    ProjectTooLarge {
        /// The project of the upload.
        project: String,
        /// The limit in gibibytes.
        limit_gib: u64,
    },
    /// A digest of the form is not that of the bytes.
    #[error("The digest supplied does not match a digest calculated from the uploaded file.")]
    DigestMismatch,
    /// The name exists with other bytes, or the bytes exist under another name.
    #[error(
        "File already exists ({}, with blake2_256 hash {}).",
        python_repr(filename),
        python_repr(blake2_256)
    )]
    AlreadyExists {
        /// The file name of the upload.
        filename: String,
        /// The digest of the uploaded bytes.
        blake2_256: String,
    },
    /// The name belonged to a file that was deleted.
    #[error(
        "This filename was previously used by a file that has since been deleted. \
         Use a different version."
    )]
    NameReused,
    /// The release was created more than 14 days ago.
    #[error("Uploading new files to releases older than 14 days is not allowed.")]
    ReleaseTooOld,
    /// The release already has an sdist.
    #[error("Only one sdist may be uploaded per release.")]
    SecondSdist,
    /// The archive is not a distribution of its kind.
    #[error("Invalid distribution file. {0}")]
    Archive(String),
    /// The archive lacks a file that its kind or its metadata requires.
    #[error("{0}")]
    Incomplete(String),
    /// The attestations cannot be accepted.
    #[error("Invalid attestations supplied during upload: {0}")]
    Attestations(String),
}

impl UploadError {
    /// The status of PyPI's response.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::ReadOnly
            | Self::InvalidCredentials
            | Self::PasswordLogin
            | Self::OtherProject { .. }
            | Self::ClosedProject { .. } => StatusCode::FORBIDDEN,
            Self::TooManyNewProjects => StatusCode::TOO_MANY_REQUESTS,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    /// The whole message; some end with a link to the help pages below `base_url`.
    #[must_use]
    pub fn message(&self, base_url: &str) -> String {
        match self.help_anchor() {
            Some(anchor) => {
                format!("{self} See {base_url}/help/#{anchor} for more information.")
            }
            None => self.to_string(),
        }
    }

    fn help_anchor(&self) -> Option<&'static str> {
        match self {
            Self::InvalidCredentials => Some("invalid-auth"),
            Self::PasswordLogin => Some("apitoken"),
            Self::AlreadyExists { .. } | Self::NameReused => Some("file-name-reuse"),
            Self::FileTooLarge { .. } => Some("file-size-limit"),
            Self::ProjectTooLarge { .. } => Some("project-size-limit"),
            Self::PublisherCreatesProject => Some("trusted-publishers"),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_starts_with_the_text_that_clients_search() {
        let error =
            UploadError::AlreadyExists { filename: "a-1.tar.gz".into(), blake2_256: "00ff".into() };
        assert_eq!(
            error.message("http://index"),
            "File already exists ('a-1.tar.gz', with blake2_256 hash '00ff'). \
             See http://index/help/#file-name-reuse for more information."
        );
    }

    #[test]
    fn missing_rights_are_403_the_rate_limit_429_and_the_rest_400() {
        assert_eq!(UploadError::InvalidCredentials.status(), 403);
        assert_eq!(UploadError::TooManyNewProjects.status(), 429);
        assert_eq!(UploadError::SecondSdist.status(), 400);
    }
}
