//! Builds that may be going on.

use std::{collections::BTreeSet, time::Duration};

use image_ref::ImageId;
use image_retention::{Image, ImageUse, ImageUser, UsedImage};
use jiff::Timestamp;

use super::gather::Histories;

/// Longer than a step of a build takes that has no container, such as `COPY`.
const LONGEST_STEP: Duration = Duration::from_secs(60 * 60);

/// The images that a build may be about to go on from. The classic builder keeps
/// each step as an image without a tag, and fails when it is gone; nothing but its
/// age tells it from a dangling one. BuildKit keeps its steps elsewhere.
pub(super) fn uses(images: &[Image], histories: &Histories, now: Timestamp) -> Vec<ImageUse> {
    let by_buildkit = |image: &&Image| {
        let newest = histories.get(&image.id).and_then(|history| history.first());
        newest.is_some_and(|entry| entry.comment.starts_with("buildkit."))
    };
    let used = |image: &Image| ImageUse { used: UsedImage::Image(image.id.clone()), user: user() };
    perhaps(images, now).filter(|image| !by_buildkit(image)).map(used).collect()
}

/// The same before histories tell which of them BuildKit made.
pub(super) fn perhaps(images: &[Image], now: Timestamp) -> impl Iterator<Item = &Image> {
    let parents: BTreeSet<&ImageId> = images.iter().filter_map(|it| it.parent.as_ref()).collect();
    images.iter().filter(move |image| {
        image.is_untagged()
            && !parents.contains(&image.id)
            // What a registry has was finished.
            && image.digests.is_empty()
            && image.created.is_some_and(|created| is_recent(created, now))
    })
}

/// A time in the future, by a clock that goes wrong, counts as recent.
fn is_recent(created: Timestamp, now: Timestamp) -> bool {
    Duration::try_from(now.duration_since(created)).unwrap_or_default() < LONGEST_STEP
}

fn user() -> ImageUser {
    ImageUser::Unresolved { what: "a build, perhaps (made less than an hour ago)".to_owned() }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use image_retention::HistoryEntry;

    use super::*;

    fn image(digit: char, made: &str) -> Image {
        Image {
            id: format!("sha256:{}", digit.to_string().repeat(64)).parse().unwrap(),
            tags: Vec::new(),
            digests: Vec::new(),
            parent: None,
            layers: Vec::new(),
            created: Some(made.parse().unwrap()),
            tagged: None,
            size: 0,
            labels: BTreeMap::new(),
        }
    }

    #[test]
    fn the_last_step_of_a_build_is_in_use_while_it_is_young() {
        let [old, base, step, built] = [
            image('a', "2026-01-01T10:30:00Z"),
            image('b', "2026-01-01T11:59:00Z"),
            image('c', "2026-01-01T11:59:58Z"),
            image('d', "2026-01-01T11:59:59Z"),
        ];
        let step = Image { parent: Some(base.id.clone()), ..step };
        let entry = |comment: &str| HistoryEntry {
            size: 0,
            created_by: "COPY".to_owned(),
            comment: comment.to_owned(),
        };
        let histories = BTreeMap::from([
            (built.id.clone(), vec![entry("buildkit.dockerfile.v0"), entry("")]),
            (step.id.clone(), vec![entry(""), entry("buildkit.dockerfile.v0")]),
        ]);
        let expected = [ImageUse { used: UsedImage::Image(step.id.clone()), user: user() }];
        let pulled = format!("o/a@sha256:{}", "1".repeat(64)).parse().unwrap();
        let pulled = Image { digests: vec![pulled], ..image('e', "2026-01-01T11:59:59Z") };
        let images = [old, base, step, built, pulled];
        let now = "2026-01-01T12:00:00Z".parse().unwrap();
        assert_eq!(uses(&images, &histories, now), expected);
    }
}
