use configuration::Image;
use image_ref::Digest;
use release_version::{
    FloatingDecision, ReleaseVersion, TagTemplate, TemplateValues, decide_floating,
};
use serde::{Deserialize, Serialize};

use crate::ObservedImage;

/// Stands for the commit that is not made yet.
pub(crate) const COMMIT_PLACEHOLDER: &str = "<commit>";

/// What happens to one floating tag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FloatingMove {
    /// The tag.
    pub tag: String,
    /// What it points to now.
    pub from: Option<Digest>,
    /// Whether it moves.
    pub decision: FloatingDecision,
}

/// What happens to each floating tag of an image, given the tags of its repository
/// and the versions released anywhere else, because not every tag shows its version.
#[must_use]
pub fn floating_moves(
    image: &Image,
    tags: &[String],
    released: &[ReleaseVersion],
    version: ReleaseVersion,
) -> Vec<FloatingMove> {
    // A commit may be all digits: no version of several numbers is compared with one.
    let tagged = tags.iter().filter_map(|tag| version_of_tag(image, tag));
    let tagged = tagged.filter(|other| other.length() > 1 || version.length() == 1);
    let versions: Vec<ReleaseVersion> = tagged.chain(released.iter().copied()).collect();
    let values = TemplateValues { version: &version, commit: COMMIT_PLACEHOLDER };
    let decide = |template: &TagTemplate| FloatingMove {
        tag: template.render(values),
        from: None,
        decision: decide_floating(template, &version, &versions),
    };
    image.floating.iter().map(decide).collect()
}

fn version_of_tag(image: &Image, tag: &str) -> Option<ReleaseVersion> {
    image.tags.iter().find_map(|template| template.exact_version_of(tag))
}

/// As [`floating_moves`], with what each tag points to now.
pub(crate) fn observed_moves(
    image: &Image,
    observed: &ObservedImage,
    released: &[ReleaseVersion],
    version: ReleaseVersion,
) -> Vec<FloatingMove> {
    let tags: Vec<String> = observed.tags.keys().cloned().collect();
    let mut moves = floating_moves(image, &tags, released, version);
    for tag_move in &mut moves {
        tag_move.from = observed.tags.get(&tag_move.tag).cloned().flatten();
    }
    moves
}
