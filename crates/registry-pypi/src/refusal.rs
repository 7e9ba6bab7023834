//! What the answer to an upload means.
//!
//! The upload interface has no machine-readable codes: PyPI puts a sentence into
//! the reason phrase and, for those who ask for JSON, into `code`. This is the
//! one table that reads the sentences of `warehouse/forklift/legacy.py`; what it
//! does not know stays a refusal with the index's own words.

use serde::Deserialize;
use transport::Fetched;

use crate::{IndexError, error::NameUse};

/// Longest message that is passed on.
const LENGTH: usize = 500;

/// An upload that was answered with anything but success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) index: String,
    pub(crate) file: String,
    pub(crate) status: u16,
    pub(crate) message: String,
}

/// What a sentence of the index stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    Unauthorized,
    Forbidden,
    NameTaken,
    Paused,
    OtherBytes,
    UsedBefore,
    ReleaseTooOld,
    SecondSdist,
    TooLarge,
    BadAttestations,
}

/// Lower-case parts of sentences, first match counts.
const SENTENCES: &[(&str, Meaning)] = &[
    ("project-scoped token", Meaning::Forbidden),
    ("invalid or non-existent authentication", Meaning::Unauthorized),
    ("username/password authentication", Meaning::Unauthorized),
    ("invalid api token", Meaning::Unauthorized),
    ("read-only mode", Meaning::Paused),
    ("temporarily disabled", Meaning::Paused),
    ("the given token isn't allowed", Meaning::Forbidden),
    ("isn't allowed to upload to project", Meaning::NameTaken),
    ("non-user identities cannot create", Meaning::Forbidden),
    ("verified primary email", Meaning::Forbidden),
    ("two-factor authentication", Meaning::Forbidden),
    ("organization account owning", Meaning::Forbidden),
    ("too similar to an existing project", Meaning::NameTaken),
    ("isn't allowed", Meaning::NameTaken),
    ("previously used", Meaning::UsedBefore),
    ("already exists", Meaning::OtherBytes),
    ("releases older than", Meaning::ReleaseTooOld),
    ("only one sdist", Meaning::SecondSdist),
    ("too large", Meaning::TooLarge),
    ("attestation", Meaning::BadAttestations),
];

impl Refusal {
    /// The outcome on which the caller can act.
    pub(crate) fn into_error(self) -> IndexError {
        let sentence = self.message.to_lowercase();
        let known = SENTENCES.iter().find(|(part, _)| sentence.contains(part));
        match (self.status, known) {
            (401, _) => self.of(Meaning::Unauthorized),
            (404 | 405 | 410, _) => {
                IndexError::NoUploadHere { index: self.index, status: self.status }
            }
            (400 | 403 | 422, Some((_, meaning))) => self.of(*meaning),
            (403, None) => self.of(Meaning::Forbidden),
            (409, _) => self.of(Meaning::OtherBytes),
            (413, _) => self.of(Meaning::TooLarge),
            (400 | 422, None) => {
                let Self { index, file, message, .. } = self;
                IndexError::BadMetadata { index, file, message }
            }
            _ => {
                let Self { index, file, status, message } = self;
                IndexError::Refused { index, file, status, message }
            }
        }
    }

    fn of(self, meaning: Meaning) -> IndexError {
        let Self { index, file, message, .. } = self;
        match meaning {
            Meaning::Unauthorized => IndexError::Unauthorized { index, message },
            Meaning::Forbidden => IndexError::Forbidden { index, message },
            Meaning::NameTaken => IndexError::NameTaken { index, message },
            Meaning::Paused => IndexError::Paused { index, message },
            Meaning::OtherBytes => {
                let used = NameUse::OtherBytes { sha256: None };
                IndexError::FileNameUsed { index, file, used }
            }
            Meaning::UsedBefore => {
                IndexError::FileNameUsed { index, file, used: NameUse::Before { message } }
            }
            Meaning::ReleaseTooOld => IndexError::ReleaseTooOld { index, file, message },
            Meaning::SecondSdist => IndexError::SecondSdist { index, file, message },
            Meaning::TooLarge => IndexError::TooLarge { index, file, message },
            Meaning::BadAttestations => IndexError::BadAttestations { index, file, message },
        }
    }
}

#[derive(Deserialize)]
struct JsonMessage {
    code: Option<String>,
    message: Option<String>,
    error: Option<String>,
    detail: Option<String>,
}

/// The index's own words: from JSON, else from the reason phrase, else from the
/// body. Bounded, on one line.
pub(crate) fn message_of(answer: &Fetched) -> String {
    let json = || {
        let parsed: JsonMessage = serde_json::from_slice(&answer.body).ok()?;
        let code = parsed.code.and_then(|code| beyond_status(&code, answer.status.as_u16()));
        code.or(parsed.message).or(parsed.error).or(parsed.detail)
    };
    let reason = || answer.reason.clone().filter(|reason| !reason.is_empty());
    let text = json().or_else(reason).unwrap_or_else(|| text_of(&answer.body));
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(LENGTH).collect()
}

/// PyPI's `code` is the status line: `400 File already exists …`. The standard
/// phrase says nothing.
fn beyond_status(code: &str, status: u16) -> Option<String> {
    let phrase = code.strip_prefix(&status.to_string()).unwrap_or(code).trim();
    let standard = transport::StatusCode::from_u16(status).ok()?.canonical_reason();
    (!phrase.is_empty() && Some(phrase) != standard).then(|| phrase.to_owned())
}

/// A plain text as it is; of an HTML page what stands in `<pre>`, where
/// pypiserver explains itself.
fn text_of(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    if !text.trim_start().starts_with('<') {
        return if text.contains('\u{fffd}') { String::new() } else { text.into_owned() };
    }
    let mut explanation = Vec::new();
    let mut inside = false;
    for Ok(token) in html5gum::Tokenizer::new(body) {
        match token {
            html5gum::Token::StartTag(tag) => inside |= tag.name.as_slice() == b"pre",
            html5gum::Token::EndTag(_) => inside = false,
            html5gum::Token::String(text) if inside => explanation.extend_from_slice(&text),
            _ => {}
        }
    }
    String::from_utf8_lossy(&explanation).into_owned()
}

/// An error and everything below it on one line.
pub(crate) fn with_sources(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        source = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(status: u16, message: &str) -> IndexError {
        let (index, file) = ("pypi".to_owned(), "x-1.tar.gz".to_owned());
        Refusal { index, file, status, message: message.to_owned() }.into_error()
    }

    macro_rules! means {
        ($status:literal, $message:literal, $pattern:pat) => {
            let error = error($status, $message);
            assert!(matches!(error, $pattern), "{} {}: {error:?}", $status, $message);
            assert!(!error.hint().is_empty());
        };
    }

    #[test]
    fn what_pypi_forbids_has_its_variant() {
        means!(
            403,
            "Invalid or non-existent authentication information. See …",
            IndexError::Unauthorized { .. }
        );
        means!(
            403,
            "Username/Password authentication is no longer supported.",
            IndexError::Unauthorized { .. }
        );
        means!(
            403,
            "Invalid API Token: project-scoped token is not valid for project: 'x'",
            IndexError::Forbidden { .. }
        );
        means!(403, "Invalid API Token: token is expired", IndexError::Unauthorized { .. });
        means!(
            403,
            "The user 'a' isn't allowed to upload to project 'x'. See …",
            IndexError::NameTaken { .. }
        );
        means!(403, "Read-only mode: Uploads are temporarily disabled.", IndexError::Paused { .. });
        means!(
            403,
            "Project x is archived and cannot accept new uploads.",
            IndexError::Forbidden { .. }
        );
    }

    #[test]
    fn what_pypi_dislikes_about_a_file_has_its_variant() {
        means!(
            400,
            "User 'a' does not have two-factor authentication enabled.",
            IndexError::Forbidden { .. }
        );
        means!(
            400,
            "The name 'x' is too similar to an existing project.",
            IndexError::NameTaken { .. }
        );
        means!(
            400,
            "This filename was previously used by a file that has since been deleted.",
            IndexError::FileNameUsed { used: NameUse::Before { .. }, .. }
        );
        means!(
            400,
            "File already exists ('x-1.tar.gz', with blake2_256 hash 'ab').",
            IndexError::FileNameUsed { used: NameUse::OtherBytes { .. }, .. }
        );
        means!(
            400,
            "Uploading new files to releases older than 14 days is not allowed.",
            IndexError::ReleaseTooOld { .. }
        );
        means!(400, "Only one sdist may be uploaded per release.", IndexError::SecondSdist { .. });
        means!(
            400,
            "File too large. Limit for project 'x' is 100 MB.",
            IndexError::TooLarge { .. }
        );
        means!(
            400,
            "Project size too large. Limit for project 'x' total size is 10 GB.",
            IndexError::TooLarge { .. }
        );
        means!(
            400,
            "Invalid attestations supplied during upload: …",
            IndexError::BadAttestations { .. }
        );
        means!(400, "'x' is an invalid value for Version.", IndexError::BadMetadata { .. });
    }

    #[test]
    fn other_indexes_say_it_by_status() {
        means!(401, "", IndexError::Unauthorized { .. });
        means!(403, "", IndexError::Forbidden { .. });
        means!(405, "", IndexError::NoUploadHere { .. });
        means!(409, "conflict", IndexError::FileNameUsed { .. });
        means!(413, "", IndexError::TooLarge { .. });
        means!(418, "", IndexError::Refused { .. });
    }

    #[test]
    fn pypiservers_page_is_reduced_to_its_explanation() {
        let page = b"<!DOCTYPE HTML><title>Error: 409</title><p>Sorry</p><pre>Package &#039;x&#039; already exists!</pre>";
        assert_eq!(text_of(page), "Package 'x' already exists!");
        assert_eq!(text_of(b"\xff\xfe"), "");
    }

    #[test]
    fn the_standard_phrase_is_no_message() {
        assert_eq!(beyond_status("400 Bad Request", 400), None);
        assert_eq!(beyond_status("400 File too large.", 400).as_deref(), Some("File too large."));
    }
}
