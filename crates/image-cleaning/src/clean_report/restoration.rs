use image_retention::{EngineState, Plan, RebuildHint, rebuild_hints};
use serde::Serialize;

use crate::project_images::ProjectImages;

/// How a removed image can be restored.
#[derive(Debug, Clone, Serialize)]
pub struct RestoreHint {
    /// What the image's digests and labels show.
    #[serde(flatten)]
    pub hint: RebuildHint,
    /// The Compose service that builds it.
    #[serde(skip)]
    pub compose_service: Option<String>,
}

/// How each image that a plan removed can be restored.
pub(super) fn restore_hints(
    plan: &Plan,
    state: &EngineState,
    project_images: &ProjectImages,
) -> Vec<RestoreHint> {
    rebuild_hints(plan, state)
        .into_iter()
        .map(|hint| {
            let repository = hint.references.first().map(|reference| reference.repository());
            let service =
                repository.and_then(|repository| project_images.service_building(repository));
            RestoreHint { compose_service: service.map(str::to_owned), hint }
        })
        .collect()
}
