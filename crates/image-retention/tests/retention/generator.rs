//! Random engine states from a list of bytes: quick to make, and a failure shrinks
//! to few and small bytes, which make a small state.

use std::{collections::BTreeSet, sync::LazyLock, time::Duration};

use image_ref::{Digest, Reference};
use image_retention::{EngineState, Image, ImageUse, Pattern, Policy, Scope, UsedImage};

use crate::support::*;

const REPOSITORIES: [&str; 4] = ["o/a", "o/a-other", "r.io/o/a", "tidegate-build/o-a"];
const TAGS: [&str; 12] = [
    "1.0",
    "1.1",
    "1.1.0",
    "1.1.1-rc.1",
    "2.0.0",
    "v2",
    "cron-1.0",
    "cron-1.1-abc1234",
    "latest",
    "dev",
    "1.0-alpine",
    "rollback-backup-20260101-000000",
];
const DIGEST_CONTENTS: [&str; 2] = ["m", "n"];
const PATTERNS: [&str; 4] = ["1.*", "dev", "o/a:dev", "o/*"];

/// Images in the largest state.
const MOST_IMAGES: usize = 8;

/// The parts of all states, made once.
struct Parts {
    tags: Vec<Reference>,
    digests: Vec<Reference>,
    images: Vec<Image>,
    layers: Vec<Digest>,
    patterns: Vec<Pattern>,
}

static PARTS: LazyLock<Parts> = LazyLock::new(|| Parts {
    tags: REPOSITORIES
        .iter()
        .flat_map(|repository| TAGS.map(|tag| reference(&format!("{repository}:{tag}"))))
        .collect(),
    digests: REPOSITORIES
        .iter()
        .flat_map(|repository| DIGEST_CONTENTS.map(|content| pinned(repository, content)))
        .collect(),
    images: (0..MOST_IMAGES)
        .map(|index| image(&format!("image {index}"), &[]).layers(&[]))
        .collect(),
    layers: (0..3u8).map(|layer| Digest::of(&[layer])).collect(),
    patterns: PATTERNS.iter().map(|text| text.parse().unwrap()).collect(),
});

/// Makes choices from the bytes that it was given; 0 when there are no more.
pub(crate) struct Generator<'b>(pub(crate) &'b [u8]);

impl Generator<'_> {
    /// A number below `limit`.
    pub(crate) fn number_below(&mut self, limit: usize) -> usize {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        usize::from(*first) % limit
    }

    /// True in one of `cases`, never when there are no more bytes.
    pub(crate) fn one_in(&mut self, cases: usize) -> bool {
        self.number_below(cases) == cases - 1
    }

    pub(crate) fn element<'t, T>(&mut self, all: &'t [T]) -> &'t T {
        &all[self.number_below(all.len())]
    }

    pub(crate) fn text<'t>(&mut self, all: &[&'t str]) -> &'t str {
        all[self.number_below(all.len())]
    }

    /// Up to eight images with tags, each tag at one image only, and a few uses.
    pub(crate) fn engine_state(&mut self) -> EngineState {
        let mut images = self.images();
        let count = images.len();
        let tags = (0..self.number_below(16)).map(|_| self.element(&PARTS.tags));
        for tag in tags.collect::<BTreeSet<_>>() {
            images[self.number_below(count)].tags.push(tag.clone());
        }
        let uses = (0..self.number_below(4)).map(|_| self.image_use(count)).collect();
        EngineState { images, uses }
    }

    /// Up to eight images with parents, shared layers and digests.
    pub(crate) fn images(&mut self) -> Vec<Image> {
        let mut images: Vec<Image> = Vec::new();
        for index in 0..=self.number_below(MOST_IMAGES) {
            let image = self.image(index, &images);
            images.push(image);
        }
        images
    }

    fn image(&mut self, index: usize, earlier: &[Image]) -> Image {
        let mut image = PARTS.images[index].clone();
        if let Some(base) = earlier.get(self.number_below(MOST_IMAGES + 1)) {
            image.layers.clone_from(&base.layers);
            image.parent = self.one_in(2).then(|| base.id.clone());
        }
        let own_layers = self.number_below(3);
        image.layers.extend((0..own_layers).map(|_| self.element(&PARTS.layers).clone()));
        if self.one_in(3) {
            image.digests.push(self.element(&PARTS.digests).clone());
        }
        if self.one_in(3) {
            image = image.label("com.docker.compose.project", "p");
        }
        let age = *self.element(&[None, Some(1), Some(1000)]);
        image.hours_old(age)
    }

    /// A use of one of `count` images, or of something that may not exist.
    pub(crate) fn image_use(&mut self, count: usize) -> ImageUse {
        let id = &PARTS.images[self.number_below(count)].id;
        let used = match self.number_below(16) {
            0..4 => UsedImage::Image(id.clone()),
            4..10 => UsedImage::Reference(self.element(&PARTS.tags).clone()),
            10 => UsedImage::Reference(reference(self.text(&REPOSITORIES))),
            11 => UsedImage::Reference(self.element(&PARTS.digests).clone()),
            12 => UsedImage::Reference(reference(id.short())),
            13 => UsedImage::Digest(self.element(&PARTS.digests).digest().unwrap().clone()),
            14 => UsedImage::Repository(self.element(&PARTS.tags).repository().clone()),
            _ if self.one_in(3) => UsedImage::Everything,
            _ => UsedImage::Digest(id.as_str().parse().unwrap()),
        };
        container(self.text(&["web", "db"]), used)
    }

    pub(crate) fn policy(&mut self) -> Policy {
        let scope = if self.one_in(2) {
            Scope::Everything
        } else {
            policy_for(&REPOSITORIES[..=self.number_below(4)]).scope
        };
        Policy {
            scope,
            select: self.patterns(),
            keep: self.patterns(),
            dangling: self.one_in(4),
            duplicates: self.one_in(3),
            keep_newest: if self.one_in(3) {
                (1 + self.number_below(3)).try_into().ok()
            } else {
                None
            },
            keep_deployed: self.one_in(4),
            older_than: self.one_in(4).then_some(Duration::from_secs(3600 * 24)),
        }
    }

    fn patterns(&mut self) -> Vec<Pattern> {
        if self.one_in(4) { vec![self.element(&PARTS.patterns).clone()] } else { Vec::new() }
    }
}
