//! Interpreting the refusal of an upload.
//!
//! The upload interface has no machine-readable codes: PyPI puts a sentence into
//! the reason phrase and, for clients that accept JSON, into `code`. This is the
//! one table of the sentences in `warehouse/forklift/legacy.py`; any other stays
//! a refusal with the message of the index.

use serde::Deserialize;
use transport::Fetched;

use crate::{IndexError, error::NameUse};

/// Longest message that is passed on, in characters.
const MESSAGE_LIMIT: usize = 500;

/// The response to an upload that did not succeed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) index: String,
    pub(crate) file: String,
    pub(crate) status: u16,
    pub(crate) message: String,
}

/// What a sentence of the index means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RefusalKind {
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

/// Lower-case parts of sentences; the first match counts.
const SENTENCES: &[(&str, RefusalKind)] = &[
    ("project-scoped token", RefusalKind::Forbidden),
    ("invalid or non-existent authentication", RefusalKind::Unauthorized),
    ("username/password authentication", RefusalKind::Unauthorized),
    ("invalid api token", RefusalKind::Unauthorized),
    ("read-only mode", RefusalKind::Paused),
    ("temporarily disabled", RefusalKind::Paused),
    ("the given token isn't allowed", RefusalKind::Forbidden),
    ("isn't allowed to upload to project", RefusalKind::NameTaken),
    ("non-user identities cannot create", RefusalKind::Forbidden),
    ("verified primary email", RefusalKind::Forbidden),
    ("two-factor authentication", RefusalKind::Forbidden),
    ("organization account owning", RefusalKind::Forbidden),
    ("too similar to an existing project", RefusalKind::NameTaken),
    ("isn't allowed", RefusalKind::NameTaken),
    ("previously used", RefusalKind::UsedBefore),
    ("already exists", RefusalKind::OtherBytes),
    ("releases older than", RefusalKind::ReleaseTooOld),
    ("only one sdist", RefusalKind::SecondSdist),
    ("too large", RefusalKind::TooLarge),
    ("attestation", RefusalKind::BadAttestations),
];

impl Refusal {
    /// The error with the variant on which the caller can act.
    pub(crate) fn into_error(self) -> IndexError {
        let sentence = self.message.to_lowercase();
        let matched = SENTENCES.iter().find(|(part, _)| sentence.contains(part));
        match (self.status, matched) {
            (401, _) => self.error_of_kind(RefusalKind::Unauthorized),
            (404 | 405 | 410, _) => {
                IndexError::NotAnUploadAddress { index: self.index, status: self.status }
            }
            (400 | 403 | 422, Some((_, kind))) => self.error_of_kind(*kind),
            (403, None) => self.error_of_kind(RefusalKind::Forbidden),
            (409, _) => self.error_of_kind(RefusalKind::OtherBytes),
            (413, _) => self.error_of_kind(RefusalKind::TooLarge),
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

    fn error_of_kind(self, kind: RefusalKind) -> IndexError {
        let Self { index, file, message, .. } = self;
        match kind {
            RefusalKind::Unauthorized => IndexError::Unauthorized { index, message },
            RefusalKind::Forbidden => IndexError::Forbidden { index, message },
            RefusalKind::NameTaken => IndexError::NameTaken { index, message },
            RefusalKind::Paused => IndexError::Paused { index, message },
            RefusalKind::OtherBytes => {
                let used = NameUse::OtherBytes { sha256: None };
                IndexError::FileNameUsed { index, file, used }
            }
            RefusalKind::UsedBefore => {
                IndexError::FileNameUsed { index, file, used: NameUse::Before { message } }
            }
            RefusalKind::ReleaseTooOld => IndexError::ReleaseTooOld { index, file, message },
            RefusalKind::SecondSdist => IndexError::SecondSdist { index, file, message },
            RefusalKind::TooLarge => IndexError::TooLarge { index, file, message },
            RefusalKind::BadAttestations => IndexError::BadAttestations { index, file, message },
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

/// The message of the index: from JSON, else from the reason phrase, else from
/// the body. Bounded, on one line.
pub(crate) fn response_message(response: &Fetched) -> String {
    let reason = response.reason.clone().filter(|reason| !reason.is_empty());
    let text = json_message(response).or(reason).unwrap_or_else(|| body_text(&response.body));
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(MESSAGE_LIMIT).collect()
}

fn json_message(response: &Fetched) -> Option<String> {
    let parsed: JsonMessage = serde_json::from_slice(&response.body).ok()?;
    let code = parsed.code.and_then(|code| custom_phrase(&code, response.status.as_u16()));
    code.or(parsed.message).or(parsed.error).or(parsed.detail)
}

/// PyPI's `code` is the status line: `400 File already exists …`. The standard
/// phrase carries no information.
fn custom_phrase(code: &str, status: u16) -> Option<String> {
    let phrase = code.strip_prefix(&status.to_string()).unwrap_or(code).trim();
    let standard = transport::StatusCode::from_u16(status).ok()?.canonical_reason();
    (!phrase.is_empty() && Some(phrase) != standard).then(|| phrase.to_owned())
}

/// A plain text as it is; of an HTML page the content of `<pre>`, where
/// pypiserver puts its explanation.
fn body_text(body: &[u8]) -> String {
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
    fn what_pypi_forbids_has_a_variant() {
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
    fn what_pypi_refuses_of_a_file_has_a_variant() {
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
    fn other_indexes_only_have_a_status() {
        means!(401, "", IndexError::Unauthorized { .. });
        means!(403, "", IndexError::Forbidden { .. });
        means!(405, "", IndexError::NotAnUploadAddress { .. });
        means!(409, "conflict", IndexError::FileNameUsed { .. });
        means!(413, "", IndexError::TooLarge { .. });
        means!(418, "", IndexError::Refused { .. });
    }

    #[test]
    fn pypiservers_page_is_reduced_to_its_explanation() {
        let page = b"<!DOCTYPE HTML><title>Error: 409</title><p>Sorry</p><pre>Package &#039;x&#039; already exists!</pre>";
        assert_eq!(body_text(page), "Package 'x' already exists!");
        assert_eq!(body_text(b"\xff\xfe"), "");
    }

    #[test]
    fn the_standard_phrase_is_not_a_message() {
        assert_eq!(custom_phrase("400 Bad Request", 400), None);
        assert_eq!(custom_phrase("400 File too large.", 400).as_deref(), Some("File too large."));
    }
}
