use std::{
    collections::{BTreeMap, BTreeSet},
    num::NonZeroUsize,
    time::Duration,
};

use image_ref::Repository;

use crate::{Image, Pattern};

/// Which images are considered, which of them may be removed, and which are kept
/// nevertheless.
///
/// `select`, `dangling` and `duplicates` determine what may be removed; `keep`,
/// `keep_newest`, `keep_deployed` and `older_than` keep some of it. Images in use
/// are kept under every policy.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The images that are considered.
    pub scope: Scope,
    /// Only references that match one of these may be removed; empty: all.
    pub select: Vec<Pattern>,
    /// References that match one of these are kept.
    pub keep: Vec<Pattern>,
    /// Images without a tag may be removed. With neither this nor `duplicates`,
    /// everything in scope may be removed.
    pub dangling: bool,
    /// Additional tags of one image may be removed.
    pub duplicates: bool,
    /// This many of the newest versions are kept, in each repository and family of
    /// tags. A tag that names no version is kept too, unless `select` or
    /// `duplicates` names it.
    pub keep_newest: Option<NonZeroUsize>,
    /// Repositories without any image that is known to be used are kept whole: the
    /// wrong cluster, or a stopped one, must not lose all images.
    pub keep_deployed: bool,
    /// Images that were pulled or tagged more recently than this, or at an unknown
    /// time, are kept.
    pub older_than: Option<Duration>,
}

impl Policy {
    /// Everything in scope may be removed, except what is in use.
    #[must_use]
    pub fn all(scope: Scope) -> Self {
        Self {
            scope,
            select: Vec::new(),
            keep: Vec::new(),
            dangling: false,
            duplicates: false,
            keep_newest: None,
            keep_deployed: false,
            older_than: None,
        }
    }
}

/// The images that are considered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// All images of the engine.
    Everything,
    /// The images of a project.
    Repositories {
        /// Exactly these repositories: `owner/app` does not include
        /// `owner/app-other`. Dangling images belong to them when their repository
        /// digests do.
        repositories: BTreeSet<Repository>,
        /// Labels, as name and value. A dangling image without repository digests
        /// that has any of them belongs to the project.
        labels: BTreeSet<(String, String)>,
    },
}

impl Scope {
    /// Whether references of this repository are considered.
    #[must_use]
    pub fn has_repository(&self, repository: &Repository) -> bool {
        match self {
            Self::Everything => true,
            Self::Repositories { repositories, .. } => repositories.contains(repository),
        }
    }

    /// Whether this image, which has no tag, is considered. An image that has a
    /// digest of another project's repository as well is not.
    pub(crate) fn has_dangling(&self, image: &Image) -> bool {
        let Self::Repositories { labels, .. } = self else { return true };
        if image.digests.is_empty() {
            return has_any_label(&image.labels, labels);
        }
        image.digests.iter().all(|digest| self.has_repository(digest.repository()))
    }
}

fn has_any_label(labels: &BTreeMap<String, String>, any_of: &BTreeSet<(String, String)>) -> bool {
    any_of.iter().any(|(name, value)| labels.get(name) == Some(value))
}
