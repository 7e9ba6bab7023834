use std::collections::BTreeMap;

use image_ref::{Digest, ImageId, Reference};
use jiff::Timestamp;

use crate::Use;

/// What one engine holds, and who uses it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Observed {
    /// Every image of the engine, intermediate ones included: parents and shared
    /// layers are found among them.
    pub images: Vec<Image>,
    /// Every known use, of these images or of others.
    pub uses: Vec<Use>,
}

/// One local image, as the engine describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// The engine's identifier.
    pub id: ImageId,
    /// Its tags; none for a dangling or intermediate image. A name that more than
    /// one image has counts for all of them.
    pub tags: Vec<Reference>,
    /// The digests by which registries know it (`RepoDigests`).
    pub digests: Vec<Reference>,
    /// The image that it was built from, where the engine knows: only the classic
    /// builder of the graph-driver store records it.
    pub parent: Option<ImageId>,
    /// Diff IDs of its layers, bottom first (`RootFS.Layers`).
    pub layers: Vec<Digest>,
    /// When it was built, by its own account: an image loaded a second ago may
    /// say 1970. Never used as age.
    pub created: Option<Timestamp>,
    /// When it was last pulled or tagged on this engine. `None`: not known.
    pub tagged: Option<Timestamp>,
    /// Bytes, as the engine reports them; shared layers are counted in every image.
    pub size: u64,
    /// Labels of its configuration.
    pub labels: BTreeMap<String, String>,
}

impl Image {
    /// Whether no tag names it.
    #[must_use]
    pub fn is_untagged(&self) -> bool {
        self.tags.is_empty()
    }
}
