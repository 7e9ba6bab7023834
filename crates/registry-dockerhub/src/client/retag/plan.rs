use std::{
    fmt,
    time::{Duration, Instant},
};

use image_ref::{Digest, ImageTag, Repository};
use oci_image::{Manifest, ManifestHead};
use serde::{Deserialize, Serialize};

/// Which tags will move to one manifest, and where each of them is now. To be
/// journalled before it is applied: it holds the old manifests' bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetagPlan {
    /// Repository of all tags.
    pub repository: Repository,
    /// What the tags will point to.
    pub source: Manifest,
    /// Tags that move.
    pub moves: Vec<TagMove>,
    /// Tags that point to the source already.
    pub unchanged: Vec<ImageTag>,
    #[serde(skip)]
    pub(super) freshness: Freshness,
}

/// A plan this young needs no second look at its tags: the look and the write
/// are no farther apart than with one.
const FRESH: Duration = Duration::from_millis(500);

/// When a plan was made; unknown for one that was read from a journal. Plans
/// are compared without it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Freshness(Option<Instant>);

impl Freshness {
    pub(super) fn now() -> Self {
        Self(Some(Instant::now()))
    }

    pub(super) fn lasts(self) -> bool {
        self.0.is_some_and(|made| made.elapsed() < FRESH)
    }
}

impl PartialEq for Freshness {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Freshness {}

/// One tag, and what it points to before it moves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TagMove {
    /// Tag.
    pub tag: ImageTag,
    /// Digest, type and bytes that it points to; `None` when it does not exist.
    pub old: Option<Manifest>,
}

impl TagMove {
    /// The digest that it points to before.
    #[must_use]
    pub fn old_digest(&self) -> Option<&Digest> {
        self.old.as_ref().map(Manifest::digest)
    }
}

impl RetagPlan {
    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.moves.is_empty()
    }

    /// The plan that puts every tag of this one back; tags that did not exist
    /// are left out, as only deleting could put them back.
    #[must_use]
    pub fn reversed(&self) -> Vec<Self> {
        self.moves.iter().rev().filter_map(|moved| self.reversed_move(moved)).collect()
    }

    fn reversed_move(&self, moved: &TagMove) -> Option<Self> {
        let before = Some(self.source.clone());
        Some(Self {
            repository: self.repository.clone(),
            source: moved.old.clone()?,
            moves: vec![TagMove { tag: moved.tag.clone(), old: before }],
            unchanged: Vec::new(),
            freshness: Freshness::default(),
        })
    }
}

impl fmt::Display for RetagPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { repository, source, moves, unchanged, freshness: _ } = self;
        writeln!(f, "{repository}@{}", source.digest())?;
        for TagMove { tag, old } in moves {
            let old = old.as_ref().map_or("new", |old| old.digest().short());
            writeln!(f, "  {tag}: {old} -> {}", source.digest().short())?;
        }
        unchanged.iter().try_for_each(|tag| writeln!(f, "  {tag}: unchanged"))
    }
}

/// What decides whether a tag has to be written.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// It is at the source.
    Unchanged,
    /// It is where the plan saw it.
    Write,
    /// Somebody else moved it.
    Moved(Option<Digest>),
}

/// Compares a tag just before it is written with what the plan saw.
pub(super) fn decide(seen: Option<&ManifestHead>, source: &Digest, planned: &TagMove) -> Decision {
    let now = seen.map(|head| &head.digest);
    if now == Some(source) {
        return Decision::Unchanged;
    }
    match now == planned.old_digest() {
        true => Decision::Write,
        false => Decision::Moved(now.cloned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use oci_image::MediaType;

    fn manifest(text: &'static str) -> Manifest {
        Manifest::new(text, MediaType::oci_manifest())
    }

    fn plan(old: Option<Manifest>) -> RetagPlan {
        let moves = vec![TagMove { tag: "latest".parse().unwrap(), old }];
        let repository = "a/b".parse().unwrap();
        let freshness = Freshness::default();
        RetagPlan { repository, source: manifest("new"), moves, unchanged: Vec::new(), freshness }
    }

    #[test]
    fn a_tag_that_somebody_else_moved_is_not_overwritten() {
        let (source, planned) = (manifest("new"), plan(Some(manifest("old"))).moves.remove(0));
        let decide = |now: Option<Manifest>| {
            decide(now.map(|m| m.head()).as_ref(), source.digest(), &planned)
        };
        assert_eq!(decide(Some(manifest("old"))), Decision::Write);
        assert_eq!(decide(Some(manifest("new"))), Decision::Unchanged);
        let other = manifest("other");
        assert_eq!(decide(Some(other.clone())), Decision::Moved(Some(other.digest().clone())));
        assert_eq!(decide(None), Decision::Moved(None));
    }

    #[test]
    fn a_journalled_plan_can_be_put_back() {
        let plan = plan(Some(manifest("old")));
        let read: RetagPlan = serde_json::from_str(&serde_json::to_string(&plan).unwrap()).unwrap();
        let back = &read.reversed()[0];
        assert_eq!(back.source, manifest("old"));
        assert_eq!(back.moves[0].old_digest(), Some(manifest("new").digest()));
    }

    #[test]
    fn a_plan_from_a_journal_is_not_fresh() {
        let plan = RetagPlan { freshness: Freshness::now(), ..plan(None) };
        let read: RetagPlan = serde_json::from_str(&serde_json::to_string(&plan).unwrap()).unwrap();
        assert_eq!((plan.freshness.lasts(), read.freshness.lasts()), (true, false));
        assert_eq!(plan, read);
    }

    #[test]
    fn a_new_tag_cannot_be_put_back_by_writing() {
        assert_eq!(plan(None).reversed(), []);
        assert!(plan(None).to_string().contains("latest: new -> sha256:"));
    }
}
