use std::collections::BTreeMap;

use image_ref::{Digest, ImageId, Reference};
use jiff::Timestamp;

use crate::ImageUse;

/// The images of one engine and their users.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EngineState {
    /// Every image of the engine, including intermediate ones: parents and shared
    /// layers are found among them.
    pub images: Vec<Image>,
    /// Every known use, of these images or of others.
    pub uses: Vec<ImageUse>,
}

/// One local image, as the engine describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// The engine's identifier.
    pub id: ImageId,
    /// Its tags; none for a dangling or intermediate image. A name that several
    /// images have counts for all of them.
    pub tags: Vec<Reference>,
    /// The digests under which registries serve it (`RepoDigests`).
    pub digests: Vec<Reference>,
    /// The image that it was built from, if the engine recorded it: only the
    /// classic builder of the graph-driver store does.
    pub parent: Option<ImageId>,
    /// Diff IDs of its layers, bottom first (`RootFS.Layers`).
    pub layers: Vec<Digest>,
    /// When it was built, according to its own metadata: an image loaded a second
    /// ago may claim 1970. Never used as age.
    pub created: Option<Timestamp>,
    /// When it was last pulled or tagged on this engine. `None`: unknown.
    pub tagged: Option<Timestamp>,
    /// Bytes, as the engine reports them; shared layers are counted in every image.
    pub size: u64,
    /// Labels of its configuration.
    pub labels: BTreeMap<String, String>,
}

impl Image {
    /// Whether it has no tag.
    #[must_use]
    pub fn is_untagged(&self) -> bool {
        self.tags.is_empty()
    }

    /// Its tags, then its digests.
    pub fn names(&self) -> impl Iterator<Item = &Reference> {
        self.tags.iter().chain(&self.digests)
    }
}
