//! Whether an index accepts credentials, without uploading anything.

use transport::{Body, Request, StatusCode};

use crate::{
    Credentials, IndexWriter,
    refusal::{message_of, with_sources},
};

/// What an index says of credentials.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Acceptance {
    /// It knows them. Whether they are enough for the project shows in the upload.
    Accepted,
    /// It refuses them.
    Rejected {
        /// Its words.
        message: String,
    },
    /// It does not say.
    NotAnswered {
        /// Why not.
        reason: String,
    },
}

/// An upload form without a project and without a file: nothing can come of it.
const FORM: &str = ":action=file_upload&protocol_version=1";
const FORM_TYPE: &str = "application/x-www-form-urlencoded";

impl IndexWriter {
    /// Sends an empty form with the credentials, and the same form without any.
    /// PyPI looks at the credentials first (403 for those that it does not know)
    /// and at the form then (400), without creating anything
    /// (`file_upload` in `warehouse/forklift/legacy.py`); pypiserver and devpi
    /// do the same with 401 and 403. An index that answers both forms alike says
    /// nothing about credentials. PyPI verifies a token's signature, expiry and
    /// scope only when it knows the project, that is in the upload.
    pub async fn ask_acceptance(&self, credentials: &Credentials) -> Acceptance {
        let with = self.answer_to_empty_form(Some(credentials)).await;
        let (status, message) = match with {
            Ok(answer) => answer,
            Err(reason) => return Acceptance::NotAnswered { reason },
        };
        if refuses(status) || speaks_of_account(&message) {
            return rejected(message);
        }
        let without = self.answer_to_empty_form(None).await.map(|(status, _)| status);
        judge(status, without.ok())
    }

    async fn answer_to_empty_form(
        &self,
        credentials: Option<&Credentials>,
    ) -> Result<(StatusCode, String), String> {
        let upload = self.reader().endpoints().upload.clone();
        let request = Request::post(upload, Body::Bytes(FORM.into()))
            .header("content-type", FORM_TYPE)
            .header("accept", "application/json")
            .authorization(credentials.map(Credentials::authorization))
            .without_redirects();
        let redacted = |text: String| {
            credentials.map_or(text.clone(), |credentials| credentials.redact(&text))
        };
        match self.http().fetch(&request, 64 << 10).await {
            Ok(answer) => Ok((answer.status, redacted(message_of(&answer)))),
            Err(error) => Err(redacted(with_sources(&error))),
        }
    }
}

fn refuses(status: StatusCode) -> bool {
    matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
}

/// PyPI says with 400 that the account itself may not upload.
fn speaks_of_account(message: &str) -> bool {
    let message = message.to_lowercase();
    message.contains("primary email") || message.contains("two-factor")
}

fn rejected(message: String) -> Acceptance {
    let paused = message.to_lowercase().contains("read-only") || message.contains("disabled");
    if paused {
        Acceptance::NotAnswered { reason: message }
    } else if message.is_empty() {
        Acceptance::Rejected { message: "it does not accept the credentials".to_owned() }
    } else {
        Acceptance::Rejected { message }
    }
}

/// Decides by what the index says with credentials and without.
fn judge(with: StatusCode, without: Option<StatusCode>) -> Acceptance {
    let complains = matches!(with.as_u16(), 400 | 422);
    if complains && without.is_some_and(refuses) {
        return Acceptance::Accepted;
    }
    let reason = match without {
        Some(without) if without == with => "it answers the same without credentials".to_owned(),
        _ => format!("it answers an empty form with status {}", with.as_u16()),
    };
    Acceptance::NotAnswered { reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_difference_proves_acceptance() {
        let status = |code| StatusCode::from_u16(code).unwrap();
        assert_eq!(judge(status(400), Some(status(403))), Acceptance::Accepted);
        for (with, without) in [(400, 400), (404, 404), (200, 401), (302, 302)] {
            let answer = judge(status(with), Some(status(without)));
            assert!(matches!(answer, Acceptance::NotAnswered { .. }), "{with} {without}");
        }
        assert!(matches!(judge(status(400), None), Acceptance::NotAnswered { .. }));
    }

    #[test]
    fn an_index_that_rests_says_nothing_about_credentials() {
        let resting = rejected("Read-only mode: Uploads are temporarily disabled.".into());
        assert!(matches!(resting, Acceptance::NotAnswered { .. }));
        assert!(speaks_of_account("User 'a' does not have two-factor authentication enabled."));
    }
}
