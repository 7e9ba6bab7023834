use std::{
    collections::{BTreeMap, BTreeSet},
    num::NonZeroUsize,
    time::Duration,
};

use image_ref::Repository;

use crate::{Image, Pattern};

/// Which images are looked at, what of them may go, and what stays all the same.
///
/// `select`, `dangling` and `duplicates` say what may go; `keep`, `keep_newest`,
/// `keep_deployed` and `older_than` keep some of it. What is in use stays under
/// every policy.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The images that are looked at.
    pub scope: Scope,
    /// Only references that match one of these may go; none given: all.
    pub select: Vec<Pattern>,
    /// References that match one of these stay.
    pub keep: Vec<Pattern>,
    /// Images without a tag may go. With neither this nor `duplicates`,
    /// everything in scope may go.
    pub dangling: bool,
    /// Second tags of one image may go.
    pub duplicates: bool,
    /// So many of the newest versions stay, in each repository and family of tags.
    /// A tag that names no version stays too, unless `select` or `duplicates`
    /// names it.
    pub keep_newest: Option<NonZeroUsize>,
    /// Repositories of which nothing is known to be used stay whole: the wrong
    /// cluster, or a stopped one, must not lose all images.
    pub keep_deployed: bool,
    /// What was pulled or tagged more recently than this, or at an unknown time,
    /// stays.
    pub older_than: Option<Duration>,
}

impl Policy {
    /// Everything in scope may go, and nothing but what is in use stays.
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

/// The images that are looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// All images of the engine.
    Everything,
    /// The images of a project.
    Repositories {
        /// Exactly these repositories: `owner/app` does not mean `owner/app-other`.
        /// Dangling images belong to them when their repository digests do.
        repositories: BTreeSet<Repository>,
        /// Labels, as name and value, any of which makes a dangling image without
        /// repository digests the project's.
        labels: BTreeSet<(String, String)>,
    },
}

impl Scope {
    /// Whether references of this repository are looked at.
    #[must_use]
    pub fn has_repository(&self, repository: &Repository) -> bool {
        match self {
            Self::Everything => true,
            Self::Repositories { repositories, .. } => repositories.contains(repository),
        }
    }

    /// Whether this image, which has no tag, is looked at. One that another
    /// project's repository names too is not.
    pub(crate) fn has_dangling(&self, image: &Image) -> bool {
        let Self::Repositories { labels, .. } = self else { return true };
        if image.digests.is_empty() {
            return has_label(&image.labels, labels);
        }
        image.digests.iter().all(|digest| self.has_repository(digest.repository()))
    }
}

fn has_label(labels: &BTreeMap<String, String>, wanted: &BTreeSet<(String, String)>) -> bool {
    wanted.iter().any(|(name, value)| labels.get(name) == Some(value))
}
