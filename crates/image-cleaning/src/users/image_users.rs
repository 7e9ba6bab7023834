use image_ref::{ImageId, Reference};
use image_retention::{ImageUser, users_by_image};
use local_docker::{Engine, EngineError};
use serde::Serialize;

use super::{EngineImages, UserSources};

/// One local image and its users.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ImageUsers {
    /// The engine's identifier.
    pub id: ImageId,
    /// Its tags; none for a dangling or intermediate image.
    pub tags: Vec<Reference>,
    /// The digests under which registries serve it.
    pub digests: Vec<Reference>,
    /// Bytes, including layers that it shares with other images.
    pub size: u64,
    /// Its users; empty when nothing uses it.
    pub users: Vec<ImageUser>,
}

/// Every image of the engine with its users, including intermediate images of builds,
/// sorted by ID.
///
/// # Errors
/// [`EngineError`] when the engine does not answer.
pub async fn image_users(
    engine: &Engine,
    sources: &UserSources,
) -> Result<Vec<ImageUsers>, EngineError> {
    let state = EngineImages::observe(engine, sources).await?.state;
    let mut users = users_by_image(&state);
    let mut images: Vec<ImageUsers> = state
        .images
        .into_iter()
        .map(|image| ImageUsers {
            users: users.remove(&image.id).unwrap_or_default(),
            id: image.id,
            tags: image.tags,
            digests: image.digests,
            size: image.size,
        })
        .collect();
    images.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(images)
}
