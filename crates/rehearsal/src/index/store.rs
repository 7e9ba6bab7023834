//! The catalogue, the files and the rules that bind them, behind one lock.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tempfile::{TempDir, TempPath};

use super::catalogue::{Catalogue, Limits, Offer, Project, Verdict};
use super::name::normalized;
use super::options::IndexOptions;
use super::pages::Listing;
use super::propagation::{Propagation, Representation};
use super::refusal::Refusal;
use super::tokens::{Identity, Tokens};
use super::trusted_publishing::Publishing;
use crate::clock::Clock;
use crate::error::RehearsalError;

/// What the service and the handle of an index share.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) clock: Clock,
    pub(crate) limits: Limits,
    folder: Folder,
    shelf: Mutex<Shelf>,
}

/// What changes while the index runs.
#[derive(Debug)]
pub(crate) struct Shelf {
    pub(crate) catalogue: Catalogue,
    pub(crate) propagation: Propagation,
    pub(crate) tokens: Tokens,
    pub(crate) publishing: Publishing,
    pub(crate) read_only: bool,
}

#[derive(Debug)]
enum Folder {
    Temporary(TempDir),
    Given(PathBuf),
}

impl Folder {
    fn path(&self) -> &Path {
        match self {
            Self::Temporary(folder) => folder.path(),
            Self::Given(path) => path,
        }
    }
}

impl Store {
    pub(crate) fn new(options: IndexOptions) -> Result<Self, RehearsalError> {
        let folder = match options.folder {
            Some(path) => Folder::Given(path),
            None => Folder::Temporary(tempfile::tempdir().map_err(|source| {
                RehearsalError::Storage { path: std::env::temp_dir(), source }
            })?),
        };
        let shelf = Shelf {
            catalogue: Catalogue::default(),
            propagation: Propagation::default(),
            tokens: Tokens::new(options.anonymous, options.tokens),
            publishing: Publishing::new(options.audience, options.publishers),
            read_only: false,
        };
        let (clock, limits) = (options.clock, options.limits);
        Ok(Self { clock, limits, folder, shelf: Mutex::new(shelf) })
    }

    /// The folder of the files, also used while they arrive.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Judges an upload and takes it in if it is new.
    pub(crate) fn admit(
        &self,
        offer: Offer,
        attestations: Option<Value>,
        identity: &Identity,
        bytes: TempPath,
    ) -> Result<(), Refusal> {
        let mut shelf = self.shelf();
        let filename = offer.filename.clone();
        let outcome = shelf.catalogue.judge(&offer, identity, self.limits, self.clock.now());
        let stored = match outcome {
            Ok(Verdict::Store) => {
                self.take_in(&mut shelf, offer, attestations, bytes).map(|()| true)
            }
            Ok(Verdict::Repeat) => Ok(false),
            Err(refusal) => Err(refusal),
        };
        shelf.catalogue.count_upload(&filename, |count| match &stored {
            Ok(true) => count.stored += 1,
            Ok(false) => count.repeated += 1,
            Err(_) => count.refused += 1,
        });
        stored.map(|_| ())
    }

    /// Changes a project, and lets its pages lag behind as the propagation says.
    pub(crate) fn change<T>(
        &self,
        shelf: &mut Shelf,
        project: &str,
        edit: impl FnOnce(&mut Catalogue) -> T,
    ) -> T {
        let key = normalized(project);
        let before = shelf.listing(&key);
        let outcome = edit(&mut shelf.catalogue);
        if shelf.listing(&key) != before {
            shelf.propagation.changed(&key, before, self.clock.now());
        }
        outcome
    }

    fn take_in(
        &self,
        shelf: &mut Shelf,
        offer: Offer,
        attestations: Option<Value>,
        bytes: TempPath,
    ) -> Result<(), Refusal> {
        let name = offer.name().to_owned();
        let core_metadata = offer.inspection.contents.clone().ok().flatten();
        let now = self.clock.now();
        let path = self.change(shelf, &name, |all| all.store(offer, attestations, now));
        let place = self
            .keep(&path, bytes, core_metadata.as_deref())
            .map_err(|error| Refusal::Unreadable(error.to_string()))?;
        shelf.catalogue.keep_object(path, place);
        Ok(())
    }

    fn keep(&self, path: &str, bytes: TempPath, metadata: Option<&[u8]>) -> io::Result<PathBuf> {
        let place = self.folder().join(path);
        if let Some(folder) = place.parent() {
            fs::create_dir_all(folder)?;
        }
        bytes.persist(&place).map_err(|error| error.error)?;
        if let Some(metadata) = metadata {
            fs::write(metadata_place(&place), metadata)?;
        }
        Ok(place)
    }
}

/// Where the core metadata of a wheel lies: beside it, under the name of its URL (PEP 658).
pub(crate) fn metadata_place(wheel: &Path) -> PathBuf {
    let mut place = wheel.as_os_str().to_owned();
    place.push(".metadata");
    place.into()
}

impl Shelf {
    /// The page of a project as it is.
    pub(crate) fn listing(&self, key: &str) -> Option<Listing> {
        self.catalogue.projects.get(key).map(Listing::of)
    }

    /// The page of a project as a client gets to see it.
    pub(crate) fn served_listing(
        &mut self,
        key: &str,
        representation: Representation,
        stale: bool,
        clock: &Clock,
    ) -> Option<Listing> {
        if stale && let Some(previous) = self.propagation.previous(key) {
            return previous;
        }
        match self.propagation.old_page(key, representation, clock.now()) {
            Some(old) => old,
            None => self.listing(key),
        }
    }

    /// The project in any spelling.
    pub(crate) fn project(&self, name: &str) -> Option<&Project> {
        self.catalogue.project(name)
    }
}
