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
            let answer = answer.map_err(|error| explain(failed(error), &name))?;
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
fn explain(error: EngineError, reference: &str) -> EngineError {
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
    let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
    let reference = reference.to_owned();
    if says(&SILENT) {
        return EngineError::RegistryUnreachable { reference, message };
    }
    if says(&REFUSED) || status == Some(404) {
        return EngineError::NotPullable { reference, message };
    }
    EngineError::Refused { doing, status, message }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: Option<u16>, message: &str) -> EngineError {
        let doing = "pull x".to_owned();
        explain(EngineError::Refused { doing, status, message: message.to_owned() }, "x")
    }

    #[test]
    fn a_refusal_and_silence_are_told_apart() {
        let unknown = of(Some(404), "manifest for x not found: manifest unknown");
        assert!(matches!(unknown, EngineError::NotPullable { .. }));
        let denied = of(Some(500), "unauthorized: authentication required");
        assert!(matches!(denied, EngineError::NotPullable { .. }));
        let silent = of(Some(500), "dial tcp 127.0.0.1:1: connect: connection refused");
        assert!(matches!(silent, EngineError::RegistryUnreachable { .. }));
        assert!(matches!(of(Some(500), "other"), EngineError::Refused { .. }));
    }
}
