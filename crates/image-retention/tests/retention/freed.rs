//! What removal frees: known figures, and a comparison with counting each layer.

use std::collections::{BTreeMap, BTreeSet};

use image_ref::{Digest, ImageId};
use image_retention::{FreedBytes, HistoryEntry, Image, freed_bytes, needed_histories};
use proptest::{collection::vec, prelude::*};

use crate::{generator::Generator, properties::many_cases, support::*};

type Histories = BTreeMap<ImageId, Vec<HistoryEntry>>;

fn entry(size: u64, created_by: &str) -> HistoryEntry {
    HistoryEntry { size, created_by: created_by.to_owned(), comment: String::new() }
}

/// A history as the engine reports it, from steps with the oldest first.
fn history(steps: &[(u64, &str)]) -> Vec<HistoryEntry> {
    steps.iter().rev().map(|(size, created_by)| entry(*size, created_by)).collect()
}

fn exactly(bytes: u64) -> FreedBytes {
    FreedBytes { least: bytes, most: bytes }
}

/// An image of these layers with this history; its size is that of its layers.
fn built(name: &str, layers: &[&str], steps: &[(u64, &str)]) -> (Image, Vec<HistoryEntry>) {
    let mut image = image(name, &[]).layers(layers);
    image.size = steps.iter().map(|(size, _)| size).sum();
    (image, history(steps))
}

/// An image of these layers without a history.
fn bare(name: &str, layers: &[&str], size: u64) -> (Image, Vec<HistoryEntry>) {
    (Image { size, ..image(name, &[]).layers(layers) }, Vec::new())
}

fn freed_by(images: &[(Image, Vec<HistoryEntry>)], removed: &[&str]) -> FreedBytes {
    let histories = images.iter().map(|(image, steps)| (image.id.clone(), steps.clone())).collect();
    let images: Vec<Image> = images.iter().map(|(image, _)| image.clone()).collect();
    freed_bytes(&images, &removed.iter().map(|name| id(name)).collect(), &histories)
}

/// Four images, a base and three applications on it: sizes sum up to 30,858,048,
/// what each has alone to 3,000,000, and the engine's own figure is 9,964,512.
#[test]
fn shared_layers_count_once() {
    let base = (6_964_512, "ADD rootfs.tar /");
    let steps = [base, (1_000_000, "COPY . /app")];
    let images = [
        built("base", &["base"], &[base]),
        built("a", &["base", "la"], &steps),
        built("b", &["base", "lb"], &steps),
        built("c", &["base", "lc"], &steps),
    ];
    assert_eq!(images.iter().map(|(image, _)| image.size).sum::<u64>(), 30_858_048);
    assert_eq!(freed_by(&images, &["base", "a", "b", "c"]), exactly(9_964_512));
    assert_eq!(freed_by(&images, &["a", "b", "c"]), exactly(3_000_000));
    assert_eq!(freed_by(&images, &["a"]), exactly(1_000_000));
    assert_eq!(freed_by(&images, &["base"]), exactly(0));
}

/// Layers that only the images to remove share count too, unlike in the engine's
/// own "reclaimable".
#[test]
fn layers_shared_among_removed_images_only_are_freed() {
    let [add, run] = [(5, "ADD a"), (7, "RUN b")];
    let images = [
        built("a", &["l1", "l2", "l3"], &[add, run, (11, "COPY c")]),
        built("b", &["l1", "l2", "l4"], &[add, run, (13, "COPY c")]),
        built("other", &["l1"], &[add]),
    ];
    assert_eq!(freed_by(&images, &["a", "b"]), exactly(7 + 11 + 13));
    assert_eq!(freed_by(&images, &["a"]), exactly(11));
}

/// One diff ID twice in a chain, or on another chain, is another layer on disk.
#[test]
fn the_same_diff_id_elsewhere_is_another_layer() {
    let images = [
        built("a", &["x", "y"], &[(5, "ADD"), (7, "ADD")]),
        built("b", &["y", "x"], &[(7, "ADD"), (5, "ADD")]),
        built("c", &["x", "x"], &[(5, "ADD"), (5, "ADD")]),
    ];
    assert_eq!(freed_by(&images, &["a"]), exactly(7));
    assert_eq!(freed_by(&images, &["b"]), exactly(12));
    assert_eq!(freed_by(&images, &["a", "c"]), exactly(17));
}

/// Both builders write metadata into the history, with size 0; `WORKDIR` and an
/// empty `COPY` make layers of size 0 too.
#[test]
fn instructions_of_the_history_distinguish_layers_from_metadata() {
    let classic = [
        (5, "/bin/sh -c #(nop) ADD file:1 in / "),
        (0, r#"/bin/sh -c #(nop)  CMD ["sh"]"#),
        (0, "/bin/sh -c #(nop) WORKDIR /app"),
        (7, "/bin/sh -c make"),
        (0, "/bin/sh -c #(nop)  ENTRYPOINT [\"x\"]"),
    ];
    let buildkit = [
        (5, "ADD file:1 in /"),
        (0, "ENV A=1"),
        (0, "WORKDIR /app"),
        (7, "RUN /bin/sh -c make # buildkit"),
        (0, "EXPOSE map[80/tcp:{}]"),
    ];
    for steps in [classic, buildkit] {
        // Without the instructions, the 7 bytes could be those of the second layer.
        let images = ["app", "web"].map(|name| built(name, &["l1", "l2", name], &steps));
        assert_eq!(freed_by(&images, &["app"]), exactly(7), "{steps:?}");
    }
}

/// Two steps may have made the layer of size 0 in each of the images: what they
/// share has 5 bytes, or 8, or 12 by the one and 5 or 8 by the other.
#[test]
fn what_histories_leave_open_makes_a_range() {
    let app = [(5, "ADD"), (0, "RUN a"), (7, "RUN b"), (0, "RUN c"), (9, "COPY")];
    let web = [(5, "ADD"), (0, "RUN a"), (3, "RUN d"), (0, "RUN e")];
    let app = built("app", &["l1", "l2", "l3", "l4"], &app);
    let images = [app.clone(), built("web", &["l1", "l2", "l5"], &web)];
    assert_eq!(freed_by(&images, &["app"]), FreedBytes { least: 13, most: 16 });
    assert_eq!(freed_by(&images, &["web"]), FreedBytes { least: 0, most: 3 });
    assert_eq!(freed_by(&images, &["app", "web"]), FreedBytes { least: 21, most: 24 });
    assert_eq!(freed_by(&[app], &["app"]), exactly(21));
}

/// A layer without files has a known diff ID, so its position is certain.
#[test]
fn a_layer_that_is_known_to_be_empty_closes_the_range() {
    let empty = Digest::of(&[0; 1024]);
    let steps = [(5, "ADD"), (0, "RUN a"), (7, "RUN b"), (0, "RUN c"), (9, "COPY")];
    let (mut app, history) = built("app", &["l1", "l2", "l3", "l4"], &steps);
    let web = [(5, "ADD"), (0, "RUN a"), (3, "RUN d"), (0, "RUN e")];
    let (mut web, other) = built("web", &["l1", "l2", "l5"], &web);
    app.layers[1] = empty.clone();
    web.layers[1] = empty;
    assert_eq!(freed_by(&[(app, history), (web, other)], &["app"]), exactly(16));
}

/// Some builders write no history. In the graph-driver store the size is that of
/// the layers, as the other images show; else it counts more than the layers.
#[test]
fn images_without_a_history_count_with_their_size() {
    let base = built("base", &["l1"], &[(5, "ADD")]);
    let bare = bare("bare", &["l1", "l2"], 12);
    assert_eq!(freed_by(&[base.clone(), bare.clone()], &["bare"]), exactly(7));
    let mut content_too = base;
    content_too.0.size = 8;
    let range = freed_by(&[content_too, bare], &["bare"]);
    assert_eq!(range, FreedBytes { least: 0, most: 7 });
}

/// Of two images whose sizes count more than layers, the lower may be all content.
#[test]
fn an_upper_layer_may_have_all_that_its_image_counts() {
    let mut known = built("known", &["x"], &[(0, "RUN true")]);
    known.0.size = 1;
    let images = [known, bare("lower", &["l1"], 2), bare("upper", &["l1", "l2"], 4)];
    assert_eq!(freed_by(&images, &["upper"]), FreedBytes { least: 0, most: 4 });
    assert_eq!(freed_by(&images, &["lower"]), exactly(0));
}

#[test]
fn a_measured_figure_is_in_the_range_or_not() {
    let range = FreedBytes { least: 5, most: 7 };
    assert!([5, 6, 7].iter().all(|bytes| range.contains(*bytes)));
    assert!([-5, 0, 4, 8].iter().all(|bytes| !range.contains(*bytes)));
}

fn needed(images: &[(Image, Vec<HistoryEntry>)], known: &[&str]) -> [BTreeSet<ImageId>; 2] {
    let known: BTreeSet<ImageId> = known.iter().map(|name| id(name)).collect();
    let histories = images.iter().map(|(image, steps)| (image.id.clone(), steps.clone()));
    let histories = histories.filter(|(id, _)| known.contains(id)).collect();
    let images: Vec<Image> = images.iter().map(|(image, _)| image.clone()).collect();
    [1, usize::MAX].map(|at_most| needed_histories(&images, &histories, at_most))
}

/// Of thousands of images on one base, one shows the size of the base.
#[test]
fn one_history_is_needed_for_each_fork_of_chains() {
    let steps = [(9, "ADD rootfs.tar /"), (1, "COPY . /app")];
    let images = [
        built("a", &["debian", "la"], &steps),
        built("b", &["debian", "lb"], &steps),
        built("c", &["debian", "python", "lc"], &steps),
        built("alone", &["scratch", "ld"], &steps),
    ];
    assert_eq!(needed(&images, &[])[0], BTreeSet::from([id("a")]));
    assert!(needed(&images, &["a"]).iter().all(BTreeSet::is_empty));
    let tagged = built("debian", &["debian"], &[(9, "ADD rootfs.tar /")]);
    let with_base = [images.as_slice(), &[tagged]].concat();
    assert!(
        needed(&with_base, &[]).iter().all(BTreeSet::is_empty),
        "the base's own size determines it"
    );
}

#[test]
fn a_history_that_leaves_the_fork_open_makes_all_others_needed() {
    let ambiguous = [(0, "RUN true"), (9, "RUN make"), (0, "RUN true"), (1, "COPY . /app")];
    let images = [
        built("a", &["base", "a1", "a2"], &ambiguous),
        built("b", &["base", "b1", "b2"], &ambiguous),
        built("c", &["base", "c1", "c2"], &ambiguous),
    ];
    let [first, all] = needed(&images, &["a"]);
    assert_eq!((first.len(), all.len()), (1, 2), "{first:?} {all:?}");
}

/// Images, with the true size of each layer.
struct SizedImages {
    images: Vec<Image>,
    histories: Histories,
    sizes: BTreeMap<Vec<Digest>, u64>,
    /// Whether every history determines the size of each layer.
    is_unambiguous: bool,
    /// Whether images are larger than their layers.
    containerd: bool,
}

/// Commands of steps that make layers, of steps that may not, and of metadata.
const LAYER_COMMANDS: [&str; 3] = ["RUN make", "COPY . /", "/bin/sh -c #(nop) WORKDIR /app"];
const EMPTY_COMMANDS: [&str; 2] = ["RUN true", "WORKDIR /"];
const METADATA_COMMANDS: [&str; 3] = ["ENV A=1", "/bin/sh -c #(nop)  CMD [\"x\"]", "LABEL a=b"];

impl SizedImages {
    fn new(generator: &mut Generator<'_>) -> Self {
        let images = generator.images();
        let (containerd, gaps, ambiguous) =
            (generator.one_in(4), generator.one_in(3), generator.one_in(3));
        let (histories, sizes) = (Histories::new(), BTreeMap::new());
        let mut sized = Self { images, histories, sizes, is_unambiguous: true, containerd };
        for index in 0..sized.images.len() {
            let layers = sized.images[index].layers.clone();
            for depth in 1..=layers.len() {
                let size = *generator.element(&[0, 3, 50, 700]);
                sized.sizes.entry(layers[..depth].to_vec()).or_insert(size);
            }
            let steps = sized.steps(&layers, ambiguous, generator);
            let content = if containerd { 1 + generator.number_below(9) as u64 } else { 0 };
            let image = &mut sized.images[index];
            image.size = steps.iter().map(|step| step.size).sum::<u64>() + content;
            // The first always has its history, which shows what sizes count.
            if index == 0 || !gaps || !generator.one_in(3) {
                sized.histories.insert(image.id.clone(), steps);
            } else {
                sized.is_unambiguous = false;
            }
        }
        sized
    }

    fn steps(
        &mut self,
        layers: &[Digest],
        ambiguous: bool,
        generator: &mut Generator<'_>,
    ) -> Vec<HistoryEntry> {
        let mut steps = Vec::new();
        for depth in 1..=layers.len() {
            if generator.one_in(2) {
                steps.push(entry(0, generator.text(&METADATA_COMMANDS)));
            }
            if ambiguous && generator.one_in(3) {
                steps.push(entry(0, generator.text(&EMPTY_COMMANDS)));
                self.is_unambiguous = false;
            }
            steps.push(entry(self.sizes[&layers[..depth]], generator.text(&LAYER_COMMANDS)));
        }
        steps.reverse();
        steps
    }

    fn freed(&self, removed: &BTreeSet<ImageId>) -> FreedBytes {
        freed_bytes(&self.images, removed, &self.histories)
    }

    /// With no more histories than are needed.
    fn freed_with_needed_histories(&self, removed: &BTreeSet<ImageId>) -> FreedBytes {
        let mut read = Histories::new();
        for at_most in [1, usize::MAX] {
            let needed = needed_histories(&self.images, &read, at_most);
            read.extend(
                needed
                    .into_iter()
                    .filter_map(|id| self.histories.get_key_value(&id))
                    .map(|(id, history)| (id.clone(), history.clone())),
            );
        }
        freed_bytes(&self.images, removed, &read)
    }

    /// The sum of all layers that no kept image has.
    fn sum_of_layers(&self, removed: &BTreeSet<ImageId>) -> u64 {
        let (removed, kept): (Vec<&Image>, Vec<&Image>) =
            self.images.iter().partition(|image| removed.contains(&image.id));
        chains(&removed).difference(&chains(&kept)).map(|chain| self.sizes[chain]).sum()
    }

    fn chosen_ids(&self, chosen: &[bool]) -> BTreeSet<ImageId> {
        let chosen = self.images.iter().zip(chosen).filter(|(_, chosen)| **chosen);
        chosen.map(|(image, _)| image.id.clone()).collect()
    }
}

fn chains(images: &[&Image]) -> BTreeSet<Vec<Digest>> {
    images
        .iter()
        .flat_map(|image| (1..=image.layers.len()).map(|depth| image.layers[..depth].to_vec()))
        .collect()
}

/// Sizes come from the engine.
#[test]
fn sizes_that_add_up_to_more_than_a_number_holds_are_no_panic() {
    let large = [(u64::MAX - 1, "ADD"), (u64::MAX - 1, "COPY")];
    let mut images: Vec<(Image, Vec<HistoryEntry>)> = ["a", "b"]
        .iter()
        .map(|name| {
            let layers = format!("layer of {name}");
            let image = Image { size: u64::MAX, ..image(name, &[]).layers(&["base", &layers]) };
            (image, history(&large))
        })
        .collect();
    images.push(bare("c", &["c1"], u64::MAX));
    images.push(bare("d", &["d1"], u64::MAX - 1));
    let all = freed_by(&images, &["a", "b", "c", "d"]);
    assert!(all.least <= all.most && all.most > u64::MAX / 2, "{all:?}");
}

proptest! {
    #![proptest_config(many_cases())]

    #[test]
    fn the_range_has_what_counting_gives_and_is_no_range_when_all_is_known(
        bytes in vec(any::<u8>(), 0..240), chosen in vec(any::<bool>(), 8),
    ) {
        let sized = SizedImages::new(&mut Generator(&bytes));
        let removed = sized.chosen_ids(&chosen);
        let (range, counted) = (sized.freed(&removed), sized.sum_of_layers(&removed));
        prop_assert!(range.contains(counted as i64), "{:?}, counted {}", range, counted);
        if sized.is_unambiguous {
            prop_assert_eq!(range, exactly(counted));
        }
    }

    #[test]
    fn the_histories_that_are_needed_tell_as_much_as_all_of_them(
        bytes in vec(any::<u8>(), 0..240), chosen in vec(any::<bool>(), 8),
    ) {
        let sized = SizedImages::new(&mut Generator(&bytes));
        if sized.containerd {
            return Ok(());
        }
        let removed = sized.chosen_ids(&chosen);
        let (needed, all) = (sized.freed_with_needed_histories(&removed), sized.freed(&removed));
        let counted = sized.sum_of_layers(&removed);
        prop_assert!(needed.contains(counted as i64), "{:?}, counted {}", needed, counted);
        prop_assert_eq!(needed, all);
    }

    #[test]
    fn more_removed_images_never_free_less_and_all_free_the_total(
        bytes in vec(any::<u8>(), 0..240), chosen in vec(any::<bool>(), 8), more in 0usize..8,
    ) {
        let sized = SizedImages::new(&mut Generator(&bytes));
        let few = sized.chosen_ids(&chosen);
        let mut many = few.clone();
        many.extend(sized.images.get(more).map(|image| image.id.clone()));
        let all = sized.chosen_ids(&[true; 8]);
        let [few, many, all] = [few, many, all].map(|removed| sized.freed(&removed));
        prop_assert!(few.least <= many.least && few.most <= many.most, "{:?} {:?}", few, many);
        prop_assert!(many.least <= all.least && many.most <= all.most, "{:?} {:?}", many, all);
        let sizes: u64 = sized.images.iter().map(|image| image.size).sum();
        prop_assert!(all.most <= sizes);
        prop_assert_eq!(sized.freed(&BTreeSet::new()), exactly(0));
    }
}
