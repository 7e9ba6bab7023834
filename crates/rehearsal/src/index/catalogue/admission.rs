//! Whether an upload is accepted: the rules in the order in which PyPI applies them.

use std::time::{Duration, SystemTime};

use pep440_rs::Version;

use super::{Catalogue, Project, ProjectStatus, StoredFile};
use crate::index::archive::Inspection;
use crate::index::digests::Digests;
use crate::index::filename;
use crate::index::form::{Form, Kind};
use crate::index::name::normalized;
use crate::index::refusal::Refusal;
use crate::index::tokens::Identity;

/// A release takes new files for this long after its first one.
const RELEASE_OPEN_FOR: Duration = Duration::from_secs(14 * 24 * 60 * 60);
const MIB: u64 = 1024 * 1024;
const GIB: u64 = 1024 * MIB;

/// The limits of an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    pub(crate) file_bytes: u64,
    pub(crate) project_bytes: u64,
    pub(crate) new_projects: Option<u32>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { file_bytes: 100 * MIB, project_bytes: 10 * GIB, new_projects: None }
    }
}

/// An upload whose form has been checked and whose file has been read.
#[derive(Debug)]
pub(crate) struct Offer {
    pub(crate) form: Form,
    pub(crate) kind: Kind,
    pub(crate) version: Version,
    pub(crate) filename: String,
    pub(crate) is_image: bool,
    pub(crate) size: u64,
    pub(crate) digests: Digests,
    pub(crate) inspection: Inspection,
}

/// What to do with an accepted upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Keep it.
    Store,
    /// The same bytes lie there already: say yes and change nothing.
    Repeat,
}

impl Offer {
    pub(crate) fn name(&self) -> &str {
        self.form.one("name").unwrap_or_default()
    }
}

impl Catalogue {
    /// Judges an upload; changes nothing.
    pub(crate) fn judge(
        &self,
        offer: &Offer,
        identity: &Identity,
        limits: Limits,
        now: SystemTime,
    ) -> Result<Verdict, Refusal> {
        self.check_rights(offer, identity, limits)?;
        let project = self.project(offer.name());
        filename::check_form(&offer.filename, offer.kind)?;
        if offer.is_image {
            return Err(Refusal::Archive(String::new()));
        }
        check_size(offer, project, limits)?;
        if !offer.form.agrees_with(&offer.digests) {
            return Err(Refusal::DigestMismatch);
        }
        if self.holds(offer)? {
            return Ok(Verdict::Repeat);
        }
        self.check_release(offer, project, now)?;
        offer.inspection.layout.clone()?;
        filename::check_meaning(&offer.filename, offer.kind, offer.name(), &offer.version)?;
        offer.inspection.contents.clone()?;
        Ok(Verdict::Store)
    }

    fn check_rights(
        &self,
        offer: &Offer,
        identity: &Identity,
        limits: Limits,
    ) -> Result<(), Refusal> {
        let name = offer.name();
        let project = self.project(name);
        if project.is_none() {
            if identity.is_publisher() {
                return Err(Refusal::PublisherCreatesProject);
            }
            if limits.new_projects.is_some_and(|limit| self.created_projects >= limit) {
                return Err(Refusal::TooManyNewProjects);
            }
        }
        if !identity.may_upload_to(&normalized(name)) {
            return Err(Refusal::OtherProject { project: name.to_owned() });
        }
        match project.map(|project| project.status) {
            Some(status @ (ProjectStatus::Archived | ProjectStatus::Quarantined)) => {
                Err(Refusal::ClosedProject { project: name.to_owned(), status: status.as_str() })
            }
            _ => Ok(()),
        }
    }

    /// Whether exactly this file is there; an error if only its name or only its bytes are.
    fn holds(&self, offer: &Offer) -> Result<bool, Refusal> {
        let same_name = |file: &&StoredFile| file.filename == offer.filename;
        let same_bytes = |file: &&StoredFile| file.digests.blake2_256 == offer.digests.blake2_256;
        let found = self.all_files().find(|file| same_name(file) || same_bytes(file));
        match found {
            None => Ok(false),
            Some(file) if same_name(&file) && same_bytes(&file) => Ok(true),
            Some(_) => Err(Refusal::AlreadyExists {
                filename: offer.filename.clone(),
                blake2_256: offer.digests.blake2_256.clone(),
            }),
        }
    }

    fn check_release(
        &self,
        offer: &Offer,
        project: Option<&Project>,
        now: SystemTime,
    ) -> Result<(), Refusal> {
        if self.used_names.contains(&offer.filename) {
            return Err(Refusal::NameReused);
        }
        let Some(release) = project.and_then(|project| project.releases.get(&offer.version)) else {
            return Ok(());
        };
        let age = now.duration_since(release.created).unwrap_or_default();
        if age > RELEASE_OPEN_FOR {
            return Err(Refusal::ReleaseTooOld);
        }
        let has_sdist = release.files.iter().any(|file| file.kind == Kind::Sdist);
        if offer.kind == Kind::Sdist && has_sdist {
            return Err(Refusal::SecondSdist);
        }
        Ok(())
    }
}

fn check_size(offer: &Offer, project: Option<&Project>, limits: Limits) -> Result<(), Refusal> {
    if offer.size > limits.file_bytes {
        return Err(Refusal::FileTooLarge {
            project: offer.name().to_owned(),
            limit_mib: limits.file_bytes / MIB,
        });
    }
    if offer.size + project.map_or(0, Project::size) > limits.project_bytes {
        return Err(Refusal::ProjectTooLarge {
            project: offer.name().to_owned(),
            limit_gib: limits.project_bytes / GIB,
        });
    }
    Ok(())
}
