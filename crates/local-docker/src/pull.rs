//! Pulling as a stranger: no credentials are sent.

use bollard::{models::CreateImageInfo, query_parameters::CreateImageOptionsBuilder};
use futures_util::StreamExt as _;
use image_ref::{Platform, Reference};

use crate::{Engine, EngineError, LocalImage};

/// How far a pull is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullProgress {
    /// The layer it is about, by the beginning of its digest.
    pub layer: Option<String>,
    /// What happens: `Downloading`, `Pull complete`.
    pub status: String,
    /// Bytes so far.
    pub current: Option<u64>,
    /// Bytes in all.
    pub total: Option<u64>,
}

/// An image that was pulled, and whether it was there before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PulledImage {
    /// The name it was pulled by.
    pub reference: Reference,
    /// The image.
    pub image: LocalImage,
    /// Whether the engine had this reference already: then it stays.
    pub was_there: bool,
}

impl Engine {
    /// Pulls a tag or a digest without credentials. A registry on loopback is
    /// spoken to in plain HTTP, as the engine does by itself.
    ///
    /// # Errors
    /// `NotPullable`, `RegistryUnreachable`, `NoSpace`, or when the engine goes away.
    pub async fn pull(
        &self,
        reference: &Reference,
        platform: Option<&Platform>,
        on_progress: &(dyn Fn(PullProgress) + Send + Sync),
    ) -> Result<PulledImage, EngineError> {
        let was_there = self.find_image(reference.clone()).await?.is_some();
        let platform = platform.map(ToString::to_string).unwrap_or_default();
        let name = reference.to_string();
        let options = CreateImageOptionsBuilder::new().from_image(&name).platform(&platform);
        let client = self.patient_client();
        let mut answers = client.create_image(Some(options.build()), None, None);
        while let Some(answer) = answers.next().await {
            let failed = self.failed(format!("pull {name}"));
            let answer = answer.map_err(|error| pull_error(failed(error), reference))?;
            on_progress(PullProgress::of(answer));
        }
        let image = self.image(reference.clone()).await?;
        Ok(PulledImage { reference: reference.clone(), image, was_there })
    }

    /// Takes away what a pull brought; what was there before stays.
    ///
    /// # Errors
    /// `ImageInUse`, or when the engine does not answer.
    pub async fn remove_pulled(&self, pulled: &PulledImage) -> Result<(), EngineError> {
        if pulled.was_there {
            return Ok(());
        }
        self.untag(&pulled.reference).await.map(|_| ())
    }
}

impl PullProgress {
    fn of(answer: CreateImageInfo) -> Self {
        let detail = answer.progress_detail.unwrap_or_default();
        let bytes = |count: Option<i64>| count.and_then(|count| count.try_into().ok());
        Self {
            layer: answer.id,
            status: answer.status.unwrap_or_default(),
            current: bytes(detail.current),
            total: bytes(detail.total),
        }
    }
}

/// The registry's refusal and its silence are told apart by the engine's text:
/// it answers both with the same status.
fn pull_error(error: EngineError, reference: &Reference) -> EngineError {
    const REFUSED: [&str; 7] = [
        "manifest unknown",
        "not found",
        "no matching manifest",
        "unauthorized",
        "denied",
        "no basic auth credentials",
        "name unknown",
    ];
    const SILENT: [&str; 6] = [
        "connection refused",
        "no such host",
        "timeout",
        "EOF",
        "connection reset",
        "server gave HTTP response to HTTPS client",
    ];
    let EngineError::Refused { doing, status, message } = error else { return error };
    if SILENT.iter().any(|text| message.contains(text)) {
        return EngineError::RegistryUnreachable {
            reference: reference.to_string(),
            registry: reference.repository().registry().to_string(),
            message: innermost_cause(&message).to_owned(),
        };
    }
    if REFUSED.iter().any(|text| message.contains(text)) || status == Some(404) {
        return EngineError::NotPullable { reference: reference.to_string(), message };
    }
    EngineError::Refused { doing, status, message }
}

/// The last of the causes that Go joins with colons: those before it name the
/// layers that the failure passed through, and the address.
fn innermost_cause(message: &str) -> &str {
    message.rsplit(": ").next().unwrap_or(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pull_refused(status: Option<u16>, message: &str) -> EngineError {
        let refused = EngineError::Refused {
            doing: "pull x".to_owned(),
            status,
            message: message.to_owned(),
        };
        pull_error(refused, &"registry.example/x:1".parse().unwrap())
    }

    #[test]
    fn a_refusal_is_distinguished_from_silence() {
        let unknown = pull_refused(Some(404), "manifest for x not found: manifest unknown");
        assert!(matches!(unknown, EngineError::NotPullable { .. }));
        let denied = pull_refused(Some(500), "unauthorized: authentication required");
        assert!(matches!(denied, EngineError::NotPullable { .. }));
        let silent = pull_refused(Some(500), "dial tcp 127.0.0.1:1: connect: connection refused");
        assert!(matches!(silent, EngineError::RegistryUnreachable { .. }));
        assert!(matches!(pull_refused(Some(500), "other"), EngineError::Refused { .. }));
    }

    #[test]
    fn a_failed_name_resolution_is_one_sentence() {
        let error = pull_refused(
            Some(500),
            "Get \"https://registry.example/v2/\": dial tcp: lookup registry.example on 10.0.0.2:53: \
             no such host",
        );
        assert_eq!(
            error.to_string(),
            "cannot pull `registry.example/x:1`: registry registry.example does not answer: \
             no such host"
        );
    }
}
