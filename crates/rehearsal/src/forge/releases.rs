//! The releases of the repository and the rules for them.

use std::collections::BTreeSet;
use std::time::SystemTime;

use serde::Deserialize;

use super::assets::Asset;
use super::refusal::{Problem, Refusal};

const RELEASE: &str = "Release";

/// A release.
#[derive(Debug, Clone)]
pub(crate) struct Release {
    pub(crate) id: u64,
    pub(crate) tag_name: String,
    pub(crate) target: String,
    pub(crate) name: Option<String>,
    pub(crate) body: Option<String>,
    pub(crate) draft: bool,
    pub(crate) prerelease: bool,
    pub(crate) immutable: bool,
    pub(crate) author: String,
    pub(crate) created: SystemTime,
    pub(crate) published: Option<SystemTime>,
    pub(crate) assets: Vec<Asset>,
}

/// What a client may set when it creates or changes a release.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wish {
    pub(crate) tag_name: Option<String>,
    pub(crate) target_commitish: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) body: Option<String>,
    pub(crate) draft: Option<bool>,
    pub(crate) prerelease: Option<bool>,
    pub(crate) make_latest: Option<String>,
}

/// What must happen outside when a release becomes visible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NeededTag {
    pub(crate) name: String,
    pub(crate) target: String,
}

/// All releases.
#[derive(Debug, Default)]
pub(crate) struct Releases {
    pub(super) all: Vec<Release>,
    latest: Option<u64>,
    ids: u64,
    immutable: bool,
    /// Tags of deleted immutable releases; they can never be released again.
    burnt: BTreeSet<String>,
}

impl Releases {
    pub(crate) fn new(immutable: bool) -> Self {
        Self { immutable, ..Self::default() }
    }

    /// Newest first.
    pub(crate) fn list(&self, drafts: bool) -> Vec<&Release> {
        self.all.iter().rev().filter(|release| drafts || !release.draft).collect()
    }

    pub(crate) fn by_id(&self, id: u64, drafts: bool) -> Result<&Release, Refusal> {
        let found = self.all.iter().find(|release| release.id == id);
        found.filter(|release| drafts || !release.draft).ok_or(Refusal::NotFound)
    }

    /// Drafts are never found by their tag.
    pub(crate) fn by_tag(&self, tag: &str) -> Result<&Release, Refusal> {
        let mut published = self.all.iter().filter(|release| !release.draft);
        published.find(|release| release.tag_name == tag).ok_or(Refusal::NotFound)
    }

    /// The release marked as latest, else the newest that is neither draft nor pre-release.
    pub(crate) fn latest(&self) -> Result<&Release, Refusal> {
        let eligible = |release: &&Release| !release.draft && !release.prerelease;
        let marked = self.all.iter().filter(eligible).find(|r| Some(r.id) == self.latest);
        marked
            .or_else(|| self.all.iter().filter(eligible).max_by_key(|r| (r.published, r.id)))
            .ok_or(Refusal::NotFound)
    }

    /// What a wish would make of a release; nothing is changed yet.
    pub(crate) fn planned(
        &self,
        id: Option<u64>,
        wish: &Wish,
        author: &str,
        default_branch: &str,
        now: SystemTime,
    ) -> Result<(Release, Option<NeededTag>), Refusal> {
        let old = id.map(|id| self.by_id(id, true)).transpose()?;
        let mut release = match old {
            Some(release) => release.clone(),
            None => blank(author, default_branch, now),
        };
        if old.is_some_and(|old| old.immutable) {
            check_frozen(&release, wish)?;
        }
        apply(&mut release, wish);
        self.check(&release)?;
        let appears = !release.draft && old.is_none_or(|old| old.draft);
        if appears {
            release.published = Some(now);
            release.immutable = self.immutable;
        }
        let needed = (!release.draft)
            .then(|| NeededTag { name: release.tag_name.clone(), target: release.target.clone() });
        Ok((release, needed))
    }

    /// Keeps a planned release.
    pub(crate) fn keep(&mut self, mut release: Release, make_latest: Option<&str>) -> u64 {
        let known = self.all.iter().position(|old| old.id == release.id);
        if known.is_none() {
            release.id = self.next_id();
        }
        let id = release.id;
        let wanted = match make_latest {
            Some(choice) => choice != "false",
            None => known.is_none_or(|index| self.all[index].draft),
        };
        if wanted && !release.draft && !release.prerelease {
            self.latest = Some(id);
        }
        match known {
            Some(index) => self.all[index] = release,
            None => self.all.push(release),
        }
        id
    }

    pub(crate) fn delete(&mut self, id: u64) -> Result<Release, Refusal> {
        let index = self.all.iter().position(|r| r.id == id).ok_or(Refusal::NotFound)?;
        let release = self.all.remove(index);
        if release.immutable {
            self.burnt.insert(release.tag_name.clone());
        }
        Ok(release)
    }

    fn check(&self, release: &Release) -> Result<(), Refusal> {
        let tag = &release.tag_name;
        if tag.is_empty() {
            return Err(Refusal::invalid(Problem::coded(RELEASE, "tag_name", "missing_field")));
        }
        if release.draft {
            return Ok(());
        }
        if !is_well_formed(tag) {
            let wrong = |text| Problem::custom(RELEASE, Some("tag_name"), text);
            return Err(Refusal::Invalid(vec![
                wrong("tag_name is not a valid tag"),
                wrong("tag_name is not well-formed"),
                Problem::custom(RELEASE, None, "Published releases must have a valid tag"),
            ]));
        }
        if self.burnt.contains(tag) {
            let text = "tag_name was used by an immutable release";
            return Err(Refusal::invalid(Problem::custom(RELEASE, Some("tag_name"), text)));
        }
        let taken = self.by_tag(tag).is_ok_and(|other| other.id != release.id);
        match taken {
            true => Err(Refusal::invalid(Problem::coded(RELEASE, "tag_name", "already_exists"))),
            false => Ok(()),
        }
    }

    pub(super) fn next_id(&mut self) -> u64 {
        self.ids += 1;
        self.ids
    }
}

fn blank(author: &str, default_branch: &str, now: SystemTime) -> Release {
    Release {
        id: 0,
        tag_name: String::new(),
        target: default_branch.to_owned(),
        name: None,
        body: None,
        draft: false,
        prerelease: false,
        immutable: false,
        author: author.to_owned(),
        created: now,
        published: None,
        assets: Vec::new(),
    }
}

fn apply(release: &mut Release, wish: &Wish) {
    let Wish { tag_name, target_commitish, name, body, draft, prerelease, make_latest: _ } = wish;
    if let Some(tag) = tag_name {
        release.tag_name = tag.clone();
    }
    if let Some(target) = target_commitish.as_ref().filter(|target| !target.is_empty()) {
        release.target = target.clone();
    }
    release.name = name.clone().or_else(|| release.name.take());
    release.body = body.clone().or_else(|| release.body.take());
    release.draft = draft.unwrap_or(release.draft);
    release.prerelease = prerelease.unwrap_or(release.prerelease);
}

/// Of an immutable release only title, notes and flags may change.
fn check_frozen(release: &Release, wish: &Wish) -> Result<(), Refusal> {
    let changes = |new: &Option<String>, old: &str| new.as_deref().is_some_and(|new| new != old);
    let frozen = changes(&wish.tag_name, &release.tag_name)
        || changes(&wish.target_commitish, &release.target)
        || wish.draft == Some(true);
    match frozen {
        true => Err(Refusal::Unprocessable("Cannot change an immutable release.".into())),
        false => Ok(()),
    }
}

/// The main rules of `git check-ref-format`.
fn is_well_formed(tag: &str) -> bool {
    let forbidden = |c: char| c.is_ascii_control() || " ~^:?*[\\".contains(c);
    !tag.contains(forbidden)
        && !tag.contains("..")
        && !tag.starts_with(['/', '.', '-'])
        && !tag.ends_with(['/', '.'])
        && !tag.ends_with(".lock")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: SystemTime = SystemTime::UNIX_EPOCH;

    fn make(releases: &mut Releases, id: Option<u64>, wish: &Wish) -> Result<u64, Refusal> {
        let (release, _) = releases.planned(id, wish, "octo", "main", NOW)?;
        Ok(releases.keep(release, wish.make_latest.as_deref()))
    }

    fn wish(tag: &str) -> Wish {
        Wish { tag_name: Some(tag.to_owned()), ..Wish::default() }
    }

    fn draft(tag: &str) -> Wish {
        Wish { draft: Some(true), ..wish(tag) }
    }

    fn publish() -> Wish {
        Wish { draft: Some(false), ..Wish::default() }
    }

    #[test]
    fn a_draft_is_found_by_id_and_not_by_tag() {
        let mut releases = Releases::default();
        let id = make(&mut releases, None, &draft("v1")).unwrap();
        assert!(releases.by_id(id, true).is_ok());
        assert!(releases.by_id(id, false).is_err());
        assert!(releases.by_tag("v1").is_err());
        make(&mut releases, Some(id), &publish()).unwrap();
        assert_eq!(releases.by_tag("v1").unwrap().id, id);
    }

    #[test]
    fn several_drafts_may_share_a_tag_but_one_release_has_it() {
        let mut releases = Releases::default();
        let first = make(&mut releases, None, &draft("v1")).unwrap();
        let second = make(&mut releases, None, &draft("v1")).unwrap();
        make(&mut releases, Some(first), &publish()).unwrap();
        let taken = Problem::coded(RELEASE, "tag_name", "already_exists");
        assert_eq!(
            make(&mut releases, Some(second), &publish()),
            Err(Refusal::invalid(taken.clone()))
        );
        assert_eq!(make(&mut releases, None, &wish("v1")), Err(Refusal::invalid(taken)));
    }

    #[test]
    fn latest_follows_the_mark_and_never_a_draft_or_pre_release() {
        let mut releases = Releases::default();
        let two = make(&mut releases, None, &wish("v2")).unwrap();
        let backport = Wish { make_latest: Some("false".into()), ..wish("v1.1") };
        make(&mut releases, None, &backport).unwrap();
        make(&mut releases, None, &Wish { prerelease: Some(true), ..wish("v3rc1") }).unwrap();
        make(&mut releases, None, &draft("v4")).unwrap();
        assert_eq!(releases.latest().unwrap().id, two);
        releases.delete(two).unwrap();
        assert_eq!(releases.latest().unwrap().tag_name, "v1.1");
    }

    #[test]
    fn tags_must_be_well_formed_and_given() {
        let mut releases = Releases::default();
        for tag in ["a b", "a..b", ".a", "a.lock", "a~1"] {
            assert!(make(&mut releases, None, &wish(tag)).is_err(), "{tag}");
        }
        assert_eq!(
            make(&mut releases, None, &Wish::default()),
            Err(Refusal::invalid(Problem::coded(RELEASE, "tag_name", "missing_field")))
        );
    }

    #[test]
    fn an_immutable_release_is_frozen_and_its_tag_is_burnt() {
        let mut releases = Releases::new(true);
        let id = make(&mut releases, None, &wish("v1")).unwrap();
        assert!(releases.by_id(id, true).unwrap().immutable);
        assert!(make(&mut releases, Some(id), &wish("v2")).is_err());
        let notes = Wish { body: Some("notes".into()), ..Wish::default() };
        assert!(make(&mut releases, Some(id), &notes).is_ok());
        releases.delete(id).unwrap();
        let text = "tag_name was used by an immutable release";
        assert_eq!(
            make(&mut releases, None, &wish("v1")),
            Err(Refusal::invalid(Problem::custom(RELEASE, Some("tag_name"), text)))
        );
    }
}
