//! How long planning takes, from few images to many: the time for each image
//! should stay about the same.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "an example")]

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use image_ref::{Digest, ImageId};
use image_retention::{
    EngineState, HistoryEntry, Image, ImageUse, ImageUser, Policy, Scope, UsedImage, freed_bytes,
    plan, removed_images, violations,
};
use jiff::Timestamp;

fn main() {
    for (shape, make_state) in SHAPES {
        println!("{shape}\nimages  tags      plan  violations     freed  removals");
        for count in [250, 500, 1000, 2000, 4000] {
            measure(&make_state(count));
        }
    }
}

type MakeState = fn(usize) -> EngineState;

/// Typical engines, and those for which comparing everything with everything would
/// take long.
const SHAPES: [(&str, MakeState); 3] = [
    ("images of ten repositories, two tags each", ten_repositories),
    ("one image with all tags", one_image),
    ("each image built on the one before", chain_of_images),
];

fn measure(state: &EngineState) {
    let histories = histories(&state.images);
    let policy = Policy { keep_newest: 3.try_into().ok(), ..Policy::all(Scope::Everything) };
    let now = Timestamp::now();
    let (plan_time, plan) = fastest(|| plan(state, &policy, now));
    let (check_time, violations) = fastest(|| violations(state, &plan));
    let removed = removed_images(&plan, state);
    let (freed_time, _) = fastest(|| freed_bytes(&state.images, &removed, &histories));
    assert_eq!(violations, []);
    let images = state.images.len();
    let tags: usize = state.images.iter().map(|image| image.tags.len()).sum();
    let removals = plan.removals().count();
    println!(
        "{images:6} {tags:5} {plan_time:9.2?}  {check_time:9.2?} {freed_time:9.2?} {removals:9}"
    );
}

/// The shortest of several runs: the others had to wait for something.
fn fastest<T>(mut work: impl FnMut() -> T) -> (Duration, T) {
    let runs = (0..15).map(|_| {
        let start = Instant::now();
        let result = work();
        (start.elapsed(), result)
    });
    runs.min_by_key(|(time, _)| *time).unwrap()
}

/// Images of twenty layers in ten repositories, two tags each, every tenth in use.
fn ten_repositories(count: usize) -> EngineState {
    let images: Vec<Image> = (0..count).map(image).collect();
    let uses = images.iter().step_by(10).map(|image| ImageUse {
        used: UsedImage::Image(image.id.clone()),
        user: ImageUser::SwarmService { name: image.id.short().to_owned() },
    });
    EngineState { uses: uses.collect(), images }
}

fn one_image(count: usize) -> EngineState {
    let mut state = ten_repositories(count);
    let tags = state.images.iter().flat_map(|image| image.tags.clone()).collect();
    state.images.truncate(1);
    state.images[0].tags = tags;
    state.uses.clear();
    state
}

fn chain_of_images(count: usize) -> EngineState {
    let mut state = ten_repositories(count);
    for index in 1..count {
        state.images[index].parent = Some(state.images[index - 1].id.clone());
        state.images[index].tags.truncate(index % 2);
    }
    state
}

fn image(index: usize) -> Image {
    let repository = format!("registry.example.org/team/service-{}", index % 10);
    let version = format!("{}.{}.{}", index / 1000, index / 100 % 10, index % 100);
    let digest = Digest::of(&index.to_be_bytes());
    Image {
        id: ImageId::new(Digest::of(&index.to_le_bytes())),
        tags: ["", "cron-"]
            .map(|prefix| format!("{repository}:{prefix}{version}").parse().unwrap())
            .to_vec(),
        digests: vec![format!("{repository}@{digest}").parse().unwrap()],
        parent: None,
        layers: (0..20).map(|depth| layer(index, depth)).collect(),
        created: None,
        tagged: None,
        size: 20_000_000,
        labels: BTreeMap::new(),
    }
}

/// The images of a repository share their twelve lowest layers.
fn layer(image: usize, depth: usize) -> Digest {
    let owner = if depth < 12 { image % 10 } else { image };
    Digest::of(format!("{owner} {depth}").as_bytes())
}

fn histories(images: &[Image]) -> BTreeMap<ImageId, Vec<HistoryEntry>> {
    let steps = [history_entry(0, "ENV A=1"), history_entry(1_000_000, "RUN make")];
    let history = std::iter::repeat_n(steps, 20).flatten().collect::<Vec<_>>();
    images.iter().map(|image| (image.id.clone(), history.clone())).collect()
}

fn history_entry(size: u64, created_by: &str) -> HistoryEntry {
    HistoryEntry {
        size,
        created_by: created_by.to_owned(),
        comment: "buildkit.dockerfile.v0".to_owned(),
    }
}
