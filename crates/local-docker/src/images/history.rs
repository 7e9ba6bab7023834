use image_ref::ImageId;
use serde::Deserialize;

use crate::{
    client::{
        Connection,
        wire::{bytes_or_zero, or_default},
    },
    error::EngineError,
};

/// One step of the build of an image: an entry of `GET /images/{id}/history`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all(deserialize = "PascalCase"))]
pub struct HistoryStep {
    /// Bytes of the step's layer; 0 for a step without a layer and for one
    /// whose layer is empty.
    #[serde(default, deserialize_with = "bytes_or_zero")]
    pub size: u64,
    /// The instruction, mostly a line of a Dockerfile.
    #[serde(default, deserialize_with = "or_default")]
    pub created_by: String,
    /// The builder's comment.
    #[serde(default, deserialize_with = "or_default")]
    pub comment: String,
}

pub(super) async fn image_history(
    connection: &Connection,
    id: &ImageId,
) -> Result<Option<Vec<HistoryStep>>, EngineError> {
    let path = format!("/images/{id}/history");
    match connection.get_optional(&path, &format!("read history of image {id}")).await {
        Err(error) if is_not_unpacked(&error) => Ok(Some(Vec::new())),
        history => history,
    }
}

/// `snapshot sha256:… does not exist: not found`, with status 404 (Engine 26).
fn is_not_unpacked(error: &EngineError) -> bool {
    matches!(error, EngineError::Refused { status: Some(404), message, .. }
        if message.contains("snapshot"))
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
        let steps: Vec<HistoryStep> = serde_json::from_str(recorded).unwrap();
        assert_eq!(steps.iter().map(|step| step.size).collect::<Vec<_>>(), [911_360, 0, 0]);
        assert_eq!(steps[0].created_by, "COPY a /a # buildkit");
        assert_eq!((steps[2].created_by.as_str(), steps[2].comment.as_str()), ("", ""));
    }
}
