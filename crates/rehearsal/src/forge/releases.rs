//! All releases of the repository, and the rules that concern several of them.

use std::collections::BTreeSet;
use std::time::SystemTime;

use super::error::{ApiError, FieldError, RELEASE};
use super::release::{Asset, ForgeRelease, ReleaseFields, is_well_formed_tag};

/// The releases in order of creation.
#[derive(Debug, Default)]
pub(super) struct Releases {
    releases: Vec<ForgeRelease>,
    /// The ID of the release that was marked as the latest.
    latest: Option<u64>,
    last_id: u64,
    /// Whether published releases are immutable.
    immutable: bool,
    /// Tags of deleted immutable releases; they can never be released again.
    burnt_tags: BTreeSet<String>,
}

impl Releases {
    pub(super) fn new(immutable: bool) -> Self {
        Self { immutable, ..Self::default() }
    }

    /// The releases, newest first.
    pub(super) fn list(&self, with_drafts: bool) -> Vec<&ForgeRelease> {
        self.visible(with_drafts).rev().collect()
    }

    pub(super) fn by_id(&self, id: u64, with_drafts: bool) -> Result<&ForgeRelease, ApiError> {
        self.visible(with_drafts).find(|release| release.id == id).ok_or(ApiError::NotFound)
    }

    /// Drafts are never found by their tag.
    pub(super) fn by_tag(&self, tag: &str) -> Result<&ForgeRelease, ApiError> {
        self.visible(false).find(|release| release.tag_name == tag).ok_or(ApiError::NotFound)
    }

    /// The release marked as latest, else the newest that is neither draft nor pre-release.
    pub(super) fn latest(&self) -> Result<&ForgeRelease, ApiError> {
        let eligible: Vec<_> = self.visible(false).filter(|release| !release.prerelease).collect();
        eligible
            .iter()
            .find(|release| Some(release.id) == self.latest)
            .or_else(|| eligible.iter().max_by_key(|release| (release.published, release.id)))
            .copied()
            .ok_or(ApiError::NotFound)
    }

    fn visible(&self, with_drafts: bool) -> impl DoubleEndedIterator<Item = &ForgeRelease> {
        self.releases.iter().filter(move |release| with_drafts || !release.draft)
    }

    /// The release that `fields` would create or change; stores nothing yet.
    pub(super) fn plan(
        &self,
        id: Option<u64>,
        fields: &ReleaseFields,
        author: &str,
        default_branch: &str,
        now: SystemTime,
    ) -> Result<ForgeRelease, ApiError> {
        let current = id.map(|id| self.by_id(id, true)).transpose()?;
        let mut release = match current {
            Some(release) => release.clone(),
            None => ForgeRelease::blank(author, default_branch, now),
        };
        release.check_immutable_fields(fields)?;
        release.apply(fields);
        self.check_tag(&release)?;
        if !release.draft && current.is_none_or(|current| current.draft) {
            release.published = Some(now);
            release.immutable = self.immutable;
        }
        Ok(release)
    }

    /// Stores a planned release; returns its ID.
    pub(super) fn store(&mut self, mut release: ForgeRelease, make_latest: Option<&str>) -> u64 {
        let index = self.releases.iter().position(|existing| existing.id == release.id);
        if index.is_none() {
            release.id = self.next_id();
        }
        let id = release.id;
        let becomes_latest = match make_latest {
            Some(choice) => choice != "false",
            None => index.is_none_or(|index| self.releases[index].draft),
        };
        if becomes_latest && !release.draft && !release.prerelease {
            self.latest = Some(id);
        }
        match index {
            Some(index) => self.releases[index] = release,
            None => self.releases.push(release),
        }
        id
    }

    /// Removes a release with its assets.
    pub(super) fn remove(&mut self, id: u64) -> Result<ForgeRelease, ApiError> {
        let index = self.releases.iter().position(|release| release.id == id);
        let release = self.releases.remove(index.ok_or(ApiError::NotFound)?);
        if release.immutable {
            self.burnt_tags.insert(release.tag_name.clone());
        }
        Ok(release)
    }

    fn check_tag(&self, release: &ForgeRelease) -> Result<(), ApiError> {
        let tag = &release.tag_name;
        if tag.is_empty() {
            return Err(invalid_tag_name("missing_field"));
        }
        if release.draft {
            return Ok(());
        }
        if !is_well_formed_tag(tag) {
            return Err(ApiError::Invalid(vec![
                tag_name_error("tag_name is not a valid tag"),
                tag_name_error("tag_name is not well-formed"),
                FieldError::with_message(RELEASE, None, "Published releases must have a valid tag"),
            ]));
        }
        if self.burnt_tags.contains(tag) {
            let message = "tag_name was used by an immutable release";
            return Err(ApiError::invalid(tag_name_error(message)));
        }
        match self.by_tag(tag).is_ok_and(|other| other.id != release.id) {
            true => Err(invalid_tag_name("already_exists")),
            false => Ok(()),
        }
    }

    /// Adds an asset to a release; it is a `starter` until [`Releases::complete_asset`].
    pub(super) fn start_asset(&mut self, release: u64, asset: Asset) -> Result<u64, ApiError> {
        let id = self.next_id();
        let release = self.releases.iter_mut().find(|candidate| candidate.id == release);
        release.ok_or(ApiError::NotFound)?.add_asset(Asset { id, ..asset })?;
        Ok(id)
    }

    /// Records size and digest of a complete upload; fails if the asset has been deleted.
    pub(super) fn complete_asset(
        &mut self,
        id: u64,
        size: u64,
        sha256: String,
    ) -> Result<(), ApiError> {
        let assets = self.releases.iter_mut().flat_map(|release| &mut release.assets);
        let asset = assets.into_iter().find(|asset| asset.id == id).ok_or(ApiError::NotFound)?;
        asset.size = size;
        asset.sha256 = Some(sha256);
        Ok(())
    }

    /// An asset and its release.
    pub(super) fn find_asset(
        &self,
        id: u64,
        with_drafts: bool,
    ) -> Result<(&ForgeRelease, &Asset), ApiError> {
        self.visible(with_drafts)
            .find_map(|release| Some((release, release.asset(id)?)))
            .ok_or(ApiError::NotFound)
    }

    /// Changes name and label of an asset; `None` keeps the current value.
    pub(super) fn update_asset(
        &mut self,
        id: u64,
        name: Option<String>,
        label: Option<String>,
    ) -> Result<(), ApiError> {
        self.mutable_release_of_asset(id)?.update_asset(id, name, label)
    }

    pub(super) fn remove_asset(&mut self, id: u64) -> Result<(), ApiError> {
        self.mutable_release_of_asset(id)?.assets.retain(|asset| asset.id != id);
        Ok(())
    }

    fn mutable_release_of_asset(&mut self, id: u64) -> Result<&mut ForgeRelease, ApiError> {
        let release = self.releases.iter_mut().find(|release| release.asset(id).is_some());
        let release = release.ok_or(ApiError::NotFound)?;
        if release.immutable {
            let message = "Cannot change assets of an immutable release.";
            return Err(ApiError::Unprocessable(message.into()));
        }
        Ok(release)
    }

    /// Releases and assets share one sequence of IDs.
    fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }
}

fn tag_name_error(message: &str) -> FieldError {
    FieldError::with_message(RELEASE, Some("tag_name"), message)
}

fn invalid_tag_name(code: &'static str) -> ApiError {
    ApiError::invalid(FieldError::with_code(RELEASE, "tag_name", code))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: SystemTime = SystemTime::UNIX_EPOCH;

    fn write(
        releases: &mut Releases,
        id: Option<u64>,
        fields: &ReleaseFields,
    ) -> Result<u64, ApiError> {
        let release = releases.plan(id, fields, "octo", "main", NOW)?;
        Ok(releases.store(release, fields.make_latest.as_deref()))
    }

    fn tagged(tag: &str) -> ReleaseFields {
        ReleaseFields { tag_name: Some(tag.to_owned()), ..ReleaseFields::default() }
    }

    fn draft(tag: &str) -> ReleaseFields {
        ReleaseFields { draft: Some(true), ..tagged(tag) }
    }

    fn published() -> ReleaseFields {
        ReleaseFields { draft: Some(false), ..ReleaseFields::default() }
    }

    #[test]
    fn a_draft_is_found_by_id_and_not_by_tag() {
        let mut releases = Releases::default();
        let id = write(&mut releases, None, &draft("v1")).unwrap();
        assert!(releases.by_id(id, true).is_ok());
        assert!(releases.by_id(id, false).is_err());
        assert!(releases.by_tag("v1").is_err());
        write(&mut releases, Some(id), &published()).unwrap();
        assert_eq!(releases.by_tag("v1").unwrap().id, id);
    }

    #[test]
    fn several_drafts_may_share_a_tag_but_only_a_single_release_has_it() {
        let mut releases = Releases::default();
        let first = write(&mut releases, None, &draft("v1")).unwrap();
        let second = write(&mut releases, None, &draft("v1")).unwrap();
        write(&mut releases, Some(first), &published()).unwrap();
        let taken = FieldError::with_code(RELEASE, "tag_name", "already_exists");
        assert_eq!(
            write(&mut releases, Some(second), &published()),
            Err(ApiError::invalid(taken.clone()))
        );
        assert_eq!(write(&mut releases, None, &tagged("v1")), Err(ApiError::invalid(taken)));
    }

    #[test]
    fn latest_follows_the_mark_and_never_a_draft_or_pre_release() {
        let mut releases = Releases::default();
        let second = write(&mut releases, None, &tagged("v2")).unwrap();
        let backport = ReleaseFields { make_latest: Some("false".into()), ..tagged("v1.1") };
        write(&mut releases, None, &backport).unwrap();
        write(&mut releases, None, &ReleaseFields { prerelease: Some(true), ..tagged("v3rc1") })
            .unwrap();
        write(&mut releases, None, &draft("v4")).unwrap();
        assert_eq!(releases.latest().unwrap().id, second);
        releases.remove(second).unwrap();
        assert_eq!(releases.latest().unwrap().tag_name, "v1.1");
    }

    #[test]
    fn tags_must_be_well_formed_and_given() {
        let mut releases = Releases::default();
        for tag in ["a b", "a..b", ".a", "a.lock", "a~1"] {
            assert!(write(&mut releases, None, &tagged(tag)).is_err(), "{tag}");
        }
        assert_eq!(
            write(&mut releases, None, &ReleaseFields::default()),
            Err(ApiError::invalid(FieldError::with_code(RELEASE, "tag_name", "missing_field")))
        );
    }

    #[test]
    fn an_immutable_release_is_frozen_and_its_tag_is_burnt() {
        let mut releases = Releases::new(true);
        let id = write(&mut releases, None, &tagged("v1")).unwrap();
        assert!(releases.by_id(id, true).unwrap().immutable);
        assert!(write(&mut releases, Some(id), &tagged("v2")).is_err());
        let notes = ReleaseFields { body: Some("notes".into()), ..ReleaseFields::default() };
        assert!(write(&mut releases, Some(id), &notes).is_ok());
        releases.remove(id).unwrap();
        let message = "tag_name was used by an immutable release";
        assert_eq!(
            write(&mut releases, None, &tagged("v1")),
            Err(ApiError::invalid(FieldError::with_message(RELEASE, Some("tag_name"), message)))
        );
    }
}
