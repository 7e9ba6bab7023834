use bollard::{models::ImageDeleteResponseItem, query_parameters::RemoveImageOptionsBuilder};

use crate::{client::Connection, error::EngineError};

/// Result of removing a reference or an image.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImageDeletion {
    /// References that were removed.
    pub untagged: Vec<String>,
    /// Images and layers that were deleted with them. The containerd store also
    /// lists an image that stays because others were built from it.
    pub deleted: Vec<String>,
}

impl From<Vec<ImageDeleteResponseItem>> for ImageDeletion {
    fn from(items: Vec<ImageDeleteResponseItem>) -> Self {
        let mut deletion = Self::default();
        for item in items {
            deletion.untagged.extend(item.untagged);
            deletion.deleted.extend(item.deleted);
        }
        deletion
    }
}

/// Removes a reference or an image; never forced.
pub(super) async fn delete_image(
    connection: &Connection,
    name: &str,
) -> Result<ImageDeletion, EngineError> {
    let options = RemoveImageOptionsBuilder::new().force(false).build();
    let response = connection.patient_client().remove_image(name, Some(options), None).await;
    response
        .map(ImageDeletion::from)
        .map_err(connection.error_while(&format!("remove image {name}")))
        .map_err(|error| error.for_image(name))
}

/// By its ID an engine removes only an image of one repository.
pub(super) fn has_several_repositories(error: &EngineError) -> bool {
    matches!(error, EngineError::ImageInUse { message, .. }
        if message.contains("referenced in multiple repositories"))
}
