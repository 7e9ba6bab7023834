//! Builds in progress.

use std::{collections::BTreeSet, time::Duration};

use image_ref::ImageId;
use image_retention::{Image, ImageUse, ImageUser, UsedImage};
use jiff::Timestamp;

use super::Histories;

/// Longer than any build step without a container takes, such as `COPY`.
const LONGEST_STEP: Duration = Duration::from_secs(60 * 60);

/// Uses of the images from which a build may be about to continue. The classic builder
/// keeps each step as an untagged image, and fails when it is removed; only its age
/// distinguishes it from a dangling image. BuildKit keeps its steps elsewhere.
pub(super) fn build_uses<'a>(
    images: &'a [Image],
    histories: &'a Histories,
    now: Timestamp,
) -> impl Iterator<Item = ImageUse> {
    possible_build_steps(images, now)
        .filter(|image| !is_built_by_buildkit(image, histories))
        .map(|image| ImageUse { used: UsedImage::Image(image.id.clone()), user: recent_build() })
}

/// The images that may be build steps, unless their histories show that BuildKit made
/// them.
pub(super) fn possible_build_steps(
    images: &[Image],
    now: Timestamp,
) -> impl Iterator<Item = &Image> {
    let parents: BTreeSet<&ImageId> =
        images.iter().filter_map(|image| image.parent.as_ref()).collect();
    images.iter().filter(move |image| {
        image.is_untagged()
            && !parents.contains(&image.id)
            // An image in a registry is finished.
            && image.digests.is_empty()
            && image.created.is_some_and(|created| is_recent(created, now))
    })
}

fn is_built_by_buildkit(image: &Image, histories: &Histories) -> bool {
    let last_step = histories.get(&image.id).and_then(|history| history.first());
    last_step.is_some_and(|entry| entry.comment.starts_with("buildkit."))
}

/// A time in the future, from a wrong clock, counts as recent.
fn is_recent(created: Timestamp, now: Timestamp) -> bool {
    Duration::try_from(now.duration_since(created)).unwrap_or_default() < LONGEST_STEP
}

fn recent_build() -> ImageUser {
    ImageUser::Unresolved {
        what: "a build that may be running (made less than an hour ago)".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use image_retention::HistoryEntry;

    use super::*;

    fn image(digit: char, created: &str) -> Image {
        Image {
            id: format!("sha256:{}", digit.to_string().repeat(64)).parse().unwrap(),
            tags: Vec::new(),
            digests: Vec::new(),
            parent: None,
            layers: Vec::new(),
            created: Some(created.parse().unwrap()),
            tagged: None,
            size: 0,
            labels: BTreeMap::new(),
        }
    }

    fn copy_step(comment: &str) -> HistoryEntry {
        HistoryEntry { size: 0, created_by: "COPY".to_owned(), comment: comment.to_owned() }
    }

    #[test]
    fn the_last_step_of_a_build_is_in_use_while_it_is_recent() {
        let [old, base, step, built] = [
            image('a', "2026-01-01T10:30:00Z"),
            image('b', "2026-01-01T11:59:00Z"),
            image('c', "2026-01-01T11:59:58Z"),
            image('d', "2026-01-01T11:59:59Z"),
        ];
        let step = Image { parent: Some(base.id.clone()), ..step };
        let histories = BTreeMap::from([
            (built.id.clone(), vec![copy_step("buildkit.dockerfile.v0"), copy_step("")]),
            (step.id.clone(), vec![copy_step(""), copy_step("buildkit.dockerfile.v0")]),
        ]);
        let expected = ImageUse { used: UsedImage::Image(step.id.clone()), user: recent_build() };
        let digest = format!("o/a@sha256:{}", "1".repeat(64)).parse().unwrap();
        let pulled = Image { digests: vec![digest], ..image('e', "2026-01-01T11:59:59Z") };
        let images = [old, base, step, built, pulled];
        let now = "2026-01-01T12:00:00Z".parse().unwrap();
        assert_eq!(build_uses(&images, &histories, now).collect::<Vec<_>>(), [expected]);
    }
}
