//! Images: built once, pushed by digest, verified as a stranger, and then the
//! tags that users follow.

mod build;
mod floating;
mod push;
mod run;
mod verify;

use configuration::Image;
use image_ref::{Digest, ImageTag, Platform};
use serde::{Deserialize, Serialize};

pub(crate) use self::{run::run_from_registry, verify::stranger};
use super::{release::Release, step::StepFailure};

/// Evidence of a built image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ImageEvidence {
    /// Digest that all its tags will point to: an index when there are several
    /// platforms or attestations, else a manifest.
    pub(crate) digest: Digest,
    /// What it runs on.
    pub(crate) platforms: Vec<Platform>,
}

impl ImageEvidence {
    fn words(&self) -> String {
        let platforms: Vec<String> = self.platforms.iter().map(Platform::to_string).collect();
        format!("{} for {}", self.digest.short(), platforms.join(", "))
    }
}

impl Release<'_> {
    fn image(&self, name: &str) -> Result<&Image, StepFailure> {
        let missing = || StepFailure::new(format!("the configuration has no image {name}"));
        self.project.image(name).ok_or_else(missing)
    }

    /// Spellings of the version, one of which an image must print.
    fn versions(&self) -> [String; 2] {
        [self.plan.version.to_string(), self.pep440()]
    }

    fn image_evidence(&self, name: &str) -> Result<ImageEvidence, StepFailure> {
        let missing = || StepFailure::new(format!("the built image {name} is not recorded"));
        self.recorded(&format!("image.{name}.build")).ok_or_else(missing)
    }

    fn tags_of(&self, image: &Image) -> Result<Vec<ImageTag>, StepFailure> {
        let names = image.tags.iter().map(|template| self.render(template));
        names.map(|name| parse_tag(&name?)).collect()
    }
}

fn parse_tag(name: &str) -> Result<ImageTag, StepFailure> {
    name.parse().map_err(|error: image_ref::ParseError| StepFailure::new(error.to_string()))
}

fn tag_words(tags: &[ImageTag]) -> String {
    tags.iter().map(ImageTag::as_str).collect::<Vec<_>>().join(", ")
}
