//! How long planning takes, from few images to many: the time for each image
//! should stay about the same.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "an example")]

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use image_ref::{Digest, ImageId};
use image_retention::{
    HistoryEntry, Image, Observed, Policy, Scope, Use, Used, User, freed, plan, violations,
};
use jiff::Timestamp;

fn main() {
    for (shape, make) in SHAPES {
        println!("{shape}\nimages  tags      plan  violations     freed  removals");
        for count in [250, 500, 1000, 2000, 4000] {
            measure(&make(count));
        }
    }
}

type Make = fn(usize) -> Observed;

/// What engines hold, and what would take long if anything were compared with
/// everything.
const SHAPES: [(&str, Make); 3] = [
    ("images of ten repositories, two tags each", engine),
    ("one image with all tags", crowded),
    ("each image built on the one before", descending),
];

fn measure(observed: &Observed) {
    let histories = histories(&observed.images);
    let policy = Policy { keep_newest: 3.try_into().ok(), ..Policy::all(Scope::Everything) };
    let now = Timestamp::now();
    let (planning, made) = fastest(|| plan(observed, &policy, now));
    let (checking, wrong) = fastest(|| violations(observed, &made));
    let removed = made.removed_images(observed);
    let (weighing, _) = fastest(|| freed(&observed.images, &removed, &histories));
    assert_eq!(wrong, []);
    let images = observed.images.len();
    let tags: usize = observed.images.iter().map(|image| image.tags.len()).sum();
    let removals = made.removals().count();
    println!("{images:6} {tags:5} {planning:9.2?}  {checking:9.2?} {weighing:9.2?} {removals:9}");
}

/// The shortest of several runs: the others had to wait for something.
fn fastest<T>(mut work: impl FnMut() -> T) -> (Duration, T) {
    let mut timed = || {
        let start = Instant::now();
        let result = work();
        (start.elapsed(), result)
    };
    let runs = (0..15).map(|_| timed());
    runs.min_by_key(|(time, _)| *time).unwrap()
}

/// Images of twenty layers in ten repositories, two tags each, every tenth in use.
fn engine(count: usize) -> Observed {
    let images: Vec<Image> = (0..count).map(image).collect();
    let used = images.iter().step_by(10).map(|image| Use {
        used: Used::Image(image.id.clone()),
        user: User::SwarmService { name: image.id.short().to_owned() },
    });
    Observed { uses: used.collect(), images }
}

fn crowded(count: usize) -> Observed {
    let mut observed = engine(count);
    let tags = observed.images.iter().flat_map(|image| image.tags.clone()).collect();
    observed.images.truncate(1);
    observed.images[0].tags = tags;
    observed.uses.clear();
    observed
}

fn descending(count: usize) -> Observed {
    let mut observed = engine(count);
    for index in 1..count {
        observed.images[index].parent = Some(observed.images[index - 1].id.clone());
        observed.images[index].tags.truncate(index % 2);
    }
    observed
}

fn image(index: usize) -> Image {
    let repository = format!("registry.example.org/team/service-{}", index % 10);
    let version = format!("{}.{}.{}", index / 1000, index / 100 % 10, index % 100);
    let layer = |depth: usize| {
        let own = if depth < 12 { index % 10 } else { index };
        Digest::of(format!("{own} {depth}").as_bytes())
    };
    Image {
        id: ImageId::new(Digest::of(&index.to_le_bytes())),
        tags: ["", "cron-"]
            .map(|prefix| format!("{repository}:{prefix}{version}").parse().unwrap())
            .to_vec(),
        digests: vec![
            format!("{repository}@{}", Digest::of(&index.to_be_bytes())).parse().unwrap(),
        ],
        parent: None,
        layers: (0..20).map(layer).collect(),
        created: None,
        tagged: None,
        size: 20_000_000,
        labels: BTreeMap::new(),
    }
}

fn histories(images: &[Image]) -> BTreeMap<ImageId, Vec<HistoryEntry>> {
    let entry = |size: u64, created_by: &str| HistoryEntry {
        size,
        created_by: created_by.to_owned(),
        comment: "buildkit.dockerfile.v0".to_owned(),
    };
    let step = |_| [entry(0, "ENV A=1"), entry(1_000_000, "RUN make")];
    let history: Vec<_> = (0..20).flat_map(step).collect();
    images.iter().map(|image| (image.id.clone(), history.clone())).collect()
}
