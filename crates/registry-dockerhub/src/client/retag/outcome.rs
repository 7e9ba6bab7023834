use image_ref::{Digest, ImageTag};

use crate::RegistryError;

/// Where each tag is after a plan was applied.
#[derive(Debug, Default)]
pub struct RetagOutcome {
    /// Tags that were moved and seen at their new place, with the old one.
    pub moved: Vec<(ImageTag, Option<Digest>)>,
    /// Tags that pointed to the source already.
    pub unchanged: Vec<ImageTag>,
    /// Tags that are not where they should be.
    pub failed: Vec<(ImageTag, RegistryError)>,
}

impl RetagOutcome {
    /// Whether every tag points to the source.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.failed.is_empty()
    }

    /// The outcome, or its first failure as the error.
    ///
    /// # Errors
    /// The error of the first tag that failed.
    pub fn complete(mut self) -> Result<Self, RegistryError> {
        if self.failed.is_empty() { Ok(self) } else { Err(self.failed.swap_remove(0).1) }
    }
}
