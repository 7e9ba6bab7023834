use image_ref::ImageId;
use serde::Deserialize;

use crate::{
    Engine, EngineError,
    engine::lenient::{bytes, or_default},
};

/// One step of how an image was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEntry {
    /// Bytes of the layer that the step made; 0 for a step that made none, and
    /// for one whose layer is empty.
    pub size: u64,
    /// The step, mostly a line of a Dockerfile.
    pub created_by: String,
    /// What the builder noted.
    pub comment: String,
}

impl Engine {
    /// How an image was made, the newest step first; `None` when it is gone.
    /// Nothing is told of an image whose layers the containerd store has not
    /// unpacked, such as one whose load was interrupted.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn image_history(
        &self,
        id: &ImageId,
    ) -> Result<Option<Vec<HistoryEntry>>, EngineError> {
        let path = format!("/images/{id}/history");
        let found = self.find(&path, &format!("read history of image {id}")).await;
        let answer: Option<Vec<Answer>> = match found {
            Err(error) if is_not_unpacked(&error) => Some(Vec::new()),
            found => found?,
        };
        Ok(answer.map(|entries| entries.into_iter().map(HistoryEntry::from).collect()))
    }
}

/// `snapshot sha256:… does not exist: not found`, with status 404 (Engine 26).
fn is_not_unpacked(error: &EngineError) -> bool {
    matches!(error, EngineError::Refused { status: Some(404), message, .. }
        if message.contains("snapshot"))
}

/// An entry of `GET /images/{id}/history`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    #[serde(default, deserialize_with = "or_default")]
    size: i64,
    #[serde(default, deserialize_with = "or_default")]
    created_by: String,
    #[serde(default, deserialize_with = "or_default")]
    comment: String,
}

impl From<Answer> for HistoryEntry {
    fn from(answer: Answer) -> Self {
        let (created_by, comment) = (answer.created_by, answer.comment);
        Self { size: bytes(answer.size), created_by, comment }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_without_a_layer_has_no_bytes() {
        // API 1.41, shortened.
        let recorded = r#"[
            {"Id":"sha256:00","Created":1,"CreatedBy":"COPY a /a # buildkit","Tags":["a:1"],"Size":911360,"Comment":"buildkit.dockerfile.v0"},
            {"Id":"<missing>","Created":0,"CreatedBy":"LABEL a=b","Tags":null,"Size":0,"Comment":""},
            {"Id":"<missing>","Size":-1,"Comment":null}
        ]"#;
        let answer: Vec<Answer> = serde_json::from_str(recorded).unwrap();
        let entries: Vec<HistoryEntry> = answer.into_iter().map(HistoryEntry::from).collect();
        assert_eq!(entries.iter().map(|entry| entry.size).collect::<Vec<_>>(), [911_360, 0, 0]);
        assert_eq!(entries[0].created_by, "COPY a /a # buildkit");
        assert_eq!((entries[2].created_by.as_str(), entries[2].comment.as_str()), ("", ""));
    }
}
