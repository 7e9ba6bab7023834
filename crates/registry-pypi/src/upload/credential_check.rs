//! Whether an index accepts credentials, without uploading anything.

use transport::{Body, Request, StatusCode};

use crate::{Credentials, IndexWriter, error::error_with_sources, refusal::response_message};

/// Whether an index accepts credentials.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CredentialCheck {
    /// It accepts them. Whether they suffice for the project shows in the upload.
    Accepted,
    /// It refuses them.
    Rejected {
        /// The message of the index.
        message: String,
    },
    /// Its responses do not show it.
    Inconclusive {
        /// Why not.
        reason: String,
    },
}

/// An upload form without a project and without a file, which has no effect.
const EMPTY_FORM: &str = ":action=file_upload&protocol_version=1";
const FORM_TYPE: &str = "application/x-www-form-urlencoded";

/// The longest response that is read.
const RESPONSE_LIMIT: usize = 64 << 10;

impl IndexWriter {
    /// Sends an empty form with the credentials, and the same form without any.
    /// PyPI first checks the credentials (403 for unknown ones), then the form
    /// (400), without creating anything (`file_upload` in
    /// `warehouse/forklift/legacy.py`); pypiserver and devpi do the same with
    /// 401 and 403. An index that responds to both forms alike shows nothing
    /// about credentials. PyPI verifies a token's signature, expiry and scope
    /// only when it knows the project, that is, in the upload.
    pub async fn check_credentials(&self, credentials: &Credentials) -> CredentialCheck {
        let (status, message) = match self.send_empty_form(Some(credentials)).await {
            Ok(response) => response,
            Err(reason) => return CredentialCheck::Inconclusive { reason },
        };
        if is_refusal(status) || concerns_account(&message) {
            return rejected(message);
        }
        let without = self.send_empty_form(None).await.map(|(status, _)| status);
        compare_responses(status, without.ok())
    }

    async fn send_empty_form(
        &self,
        credentials: Option<&Credentials>,
    ) -> Result<(StatusCode, String), String> {
        let upload = self.reader().endpoints().upload.clone();
        let request = Request::post(upload, Body::Bytes(EMPTY_FORM.into()))
            .header("content-type", FORM_TYPE)
            .header("accept", "application/json")
            .authorization(credentials.map(Credentials::authorization))
            .without_redirects();
        match self.http().fetch(&request, RESPONSE_LIMIT).await {
            Ok(response) => {
                Ok((response.status, redacted(response_message(&response), credentials)))
            }
            Err(error) => Err(redacted(error_with_sources(&error), credentials)),
        }
    }
}

fn redacted(text: String, credentials: Option<&Credentials>) -> String {
    match credentials {
        Some(credentials) => credentials.redact(&text),
        None => text,
    }
}

fn is_refusal(status: StatusCode) -> bool {
    matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
}

/// PyPI responds with 400 when the account itself may not upload.
fn concerns_account(message: &str) -> bool {
    let message = message.to_lowercase();
    message.contains("primary email") || message.contains("two-factor")
}

fn rejected(message: String) -> CredentialCheck {
    let paused = message.to_lowercase().contains("read-only") || message.contains("disabled");
    if paused {
        CredentialCheck::Inconclusive { reason: message }
    } else if message.is_empty() {
        CredentialCheck::Rejected { message: "it does not accept the credentials".to_owned() }
    } else {
        CredentialCheck::Rejected { message }
    }
}

/// Compares the responses with and without credentials.
fn compare_responses(with: StatusCode, without: Option<StatusCode>) -> CredentialCheck {
    let is_bad_form = matches!(with.as_u16(), 400 | 422);
    if is_bad_form && without.is_some_and(is_refusal) {
        return CredentialCheck::Accepted;
    }
    let reason = match without {
        Some(without) if without == with => "it responds alike without credentials".to_owned(),
        _ => format!("it responds to an empty form with status {}", with.as_u16()),
    };
    CredentialCheck::Inconclusive { reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(code: u16) -> StatusCode {
        StatusCode::from_u16(code).unwrap()
    }

    #[test]
    fn only_a_difference_proves_acceptance() {
        let accepted = compare_responses(status(400), Some(status(403)));
        assert_eq!(accepted, CredentialCheck::Accepted);
        for (with, without) in [(400, 400), (404, 404), (200, 401), (302, 302)] {
            let check = compare_responses(status(with), Some(status(without)));
            assert!(matches!(check, CredentialCheck::Inconclusive { .. }), "{with} {without}");
        }
        let unreachable = compare_responses(status(400), None);
        assert!(matches!(unreachable, CredentialCheck::Inconclusive { .. }));
    }

    #[test]
    fn a_read_only_index_shows_nothing_about_credentials() {
        let paused = rejected("Read-only mode: Uploads are temporarily disabled.".into());
        assert!(matches!(paused, CredentialCheck::Inconclusive { .. }));
        assert!(concerns_account("User 'a' does not have two-factor authentication enabled."));
    }
}
