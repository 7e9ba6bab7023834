//! Random worlds out of a list of bytes: quick to make, and a failure shrinks to
//! few and small bytes, which are a small world.

use std::{collections::BTreeSet, sync::LazyLock, time::Duration};

use image_ref::{Digest, Reference};
use image_retention::{Image, Observed, Pattern, Policy, Scope, Use, Used};

use crate::world::*;

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
const PATTERNS: [&str; 4] = ["1.*", "dev", "o/a:dev", "o/*"];

/// Images in the largest world.
const MOST: usize = 8;

/// What worlds are made of, made once.
struct Bricks {
    names: Vec<Reference>,
    digests: Vec<Reference>,
    images: Vec<Image>,
    layers: Vec<Digest>,
    patterns: Vec<Pattern>,
}

static BRICKS: LazyLock<Bricks> = LazyLock::new(|| Bricks {
    names: with(&TAGS).map(|(one, tag)| reference(&format!("{one}:{tag}"))).collect(),
    digests: with(&["m", "n"]).map(|(one, word)| pinned(one, word)).collect(),
    images: (0..MOST).map(|index| image(&format!("image {index}"), &[]).layers(&[])).collect(),
    layers: (0..3u8).map(|layer| Digest::of(&[layer])).collect(),
    patterns: PATTERNS.iter().map(|text| text.parse().unwrap()).collect(),
});

fn with(words: &[&'static str]) -> impl Iterator<Item = (&'static str, &'static str)> {
    REPOSITORIES.iter().flat_map(move |one| words.iter().map(move |word| (*one, *word)))
}

/// Answers questions by the bytes it was given; with 0 when there are no more.
pub(crate) struct Dice<'b>(pub(crate) &'b [u8]);

impl Dice<'_> {
    /// A number below `sides`.
    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        usize::from(*first) % sides
    }

    /// True in one of `of` cases, never when there are no more bytes.
    pub(crate) fn one_in(&mut self, of: usize) -> bool {
        self.roll(of) == of - 1
    }

    pub(crate) fn one_of<'t, T>(&mut self, all: &'t [T]) -> &'t T {
        &all[self.roll(all.len())]
    }

    pub(crate) fn word<'t>(&mut self, all: &[&'t str]) -> &'t str {
        all[self.roll(all.len())]
    }

    /// Up to eight images with tags, each tag at one image only, and a few uses.
    pub(crate) fn world(&mut self) -> Observed {
        let mut images = self.images();
        let count = images.len();
        let names = (0..self.roll(16)).map(|_| self.one_of(&BRICKS.names));
        for name in names.collect::<BTreeSet<_>>() {
            images[self.roll(count)].tags.push(name.clone());
        }
        let uses = (0..self.roll(4)).map(|_| self.used(count)).collect();
        Observed { images, uses }
    }

    /// Up to eight images with parents, shared layers and digests.
    pub(crate) fn images(&mut self) -> Vec<Image> {
        let mut images: Vec<Image> = Vec::new();
        for index in 0..=self.roll(MOST) {
            let image = self.image(index, &images);
            images.push(image);
        }
        images
    }

    fn image(&mut self, index: usize, earlier: &[Image]) -> Image {
        let mut new = BRICKS.images[index].clone();
        if let Some(base) = earlier.get(self.roll(MOST + 1)) {
            new.layers.clone_from(&base.layers);
            new.parent = self.one_in(2).then(|| base.id.clone());
        }
        let more = self.roll(3);
        new.layers.extend((0..more).map(|_| self.one_of(&BRICKS.layers).clone()));
        if self.one_in(3) {
            new.digests.push(self.one_of(&BRICKS.digests).clone());
        }
        if self.one_in(3) {
            new = new.label("com.docker.compose.project", "p");
        }
        let age = *self.one_of(&[None, Some(1), Some(1000)]);
        new.hours_old(age)
    }

    /// A use of one of `count` images, or of something that may not be there.
    pub(crate) fn used(&mut self, count: usize) -> Use {
        let id = &BRICKS.images[self.roll(count)].id;
        let used = match self.roll(16) {
            0..4 => Used::Image(id.clone()),
            4..10 => Used::Reference(self.one_of(&BRICKS.names).clone()),
            10 => Used::Reference(reference(self.word(&REPOSITORIES))),
            11 => Used::Reference(self.one_of(&BRICKS.digests).clone()),
            12 => Used::Reference(reference(id.short())),
            13 => Used::Digest(self.one_of(&BRICKS.digests).digest().unwrap().clone()),
            14 => Used::Repository(self.one_of(&BRICKS.names).repository().clone()),
            _ if self.one_in(3) => Used::Everything,
            _ => Used::Digest(id.as_str().parse().unwrap()),
        };
        container(self.word(&["web", "db"]), used)
    }

    pub(crate) fn policy(&mut self) -> Policy {
        let scope = if self.one_in(2) {
            Scope::Everything
        } else {
            of(&REPOSITORIES[..=self.roll(4)]).scope
        };
        Policy {
            scope,
            select: self.pattern(),
            keep: self.pattern(),
            dangling: self.one_in(4),
            duplicates: self.one_in(3),
            keep_newest: self.one_in(3).then(|| 1 + self.roll(3)).and_then(|n| n.try_into().ok()),
            keep_deployed: self.one_in(4),
            older_than: self.one_in(4).then_some(Duration::from_secs(3600 * 24)),
        }
    }

    fn pattern(&mut self) -> Vec<Pattern> {
        let pattern = self.one_in(4).then(|| self.one_of(&BRICKS.patterns).clone());
        pattern.into_iter().collect()
    }
}
