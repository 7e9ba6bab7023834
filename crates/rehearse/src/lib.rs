#![doc = include_str!("../README.md")]

mod checkout;
mod contents;
mod error;
mod folder;
mod stage;

use std::collections::BTreeMap;

use futures_util::FutureExt as _;
use journal::StateFolder;
use operation::{Environment, Failure as _, FailureKind, Present, until_interrupted};
use registry_pypi::Listing;
use release::{Project, PublishedRelease, ReleaseError, ReleaseRequest, index_listings, publish};
use report::Reporter;
use serde::Serialize;

pub use self::{contents::ServiceContents, error::RehearseError};
use self::{
    folder::{RehearsalFolder, remove_abandoned},
    stage::Stage,
};

/// A release that was rehearsed.
#[derive(Debug, Serialize)]
pub struct RehearsedRelease {
    /// What came of it, shown before.
    #[serde(skip)]
    pub release: Option<PublishedRelease>,
    /// What the embedded services held at the end.
    #[serde(flatten)]
    pub contents: ServiceContents,
    /// Whether the releases at the real indexes were looked up.
    #[serde(skip)]
    pub real_indexes: RealIndexes,
}

impl Present for RehearsedRelease {
    fn present(&self, reporter: &Reporter) {
        self.contents.present(reporter);
        let flags = match self.real_indexes {
            RealIndexes::LookUp => "--rehearse",
            RealIndexes::Ignore => "--rehearse and --offline",
        };
        reporter
            .ok(format!("rehearsal succeeded: the same command without {flags} releases for real"));
    }
}

/// Why a rehearsal has no wheels of workflows.
const NO_WORKFLOW: &str = "no workflow builds a commit that only this machine has";

/// Whether a rehearsal looks up the releases at the real indexes: a release would count
/// from their versions, and compare its files with those of the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RealIndexes {
    /// It does; an index that cannot be reached is named.
    LookUp,
    /// It does not query them. What builds and installations download is not affected.
    Ignore,
}

impl RealIndexes {
    /// They are looked up unless the rehearsal is to stay on loopback.
    #[must_use]
    pub fn unless(offline: bool) -> Self {
        if offline { Self::Ignore } else { Self::LookUp }
    }
}

/// Rehearses a release and removes everything again.
///
/// # Errors
/// [`RehearseError`].
pub async fn rehearse(
    project: &Project,
    environment: &Environment,
    request: ReleaseRequest,
    real_indexes: RealIndexes,
    interrupt: impl Future<Output = ()>,
) -> Result<RehearsedRelease, RehearseError> {
    let reporter = &environment.reporter;
    let place = std::env::temp_dir();
    remove_abandoned(&place, reporter);
    let folder =
        RehearsalFolder::create(&place, &environment.lock_holder("full-release --rehearse"))?;
    reporter
        .info(format!("rehearsing {}: nothing is published outside this machine", project.name));
    let interrupt = interrupt.shared();
    let clones = folder.path().join("clone");
    let checkout = checkout::check_out(project, &clones, reporter);
    let checkout = until_interrupted(interrupt.clone(), checkout).await?;
    let listings = real_listings(project, environment, real_indexes);
    let listings = until_interrupted(interrupt.clone(), listings).await?;
    let stage = Stage::start(project, &checkout.remote)?;
    let mut clone = Project::with(&checkout.root, stage.configuration(project)).await?;
    clone.other_listings = listings;
    clone.wheels_left_out = Some(NO_WORKFLOW.to_owned());
    let environment = Environment {
        variables: stage.variables(environment),
        state: Some(StateFolder::new(folder.path().join("state"))),
        home: None,
        confirm: None,
        ..environment.clone()
    };
    let released = publish(&clone, &environment, request, interrupt).await;
    let contents = stage.contents();
    match released {
        Ok(release) => Ok(RehearsedRelease { release, contents, real_indexes }),
        Err(error) if error.kind() == FailureKind::Interrupted => {
            contents.present(reporter);
            Err(RehearseError::Interrupted)
        }
        Err(source) => Err(RehearseError::Release { source, contents: Box::new(contents) }),
    }
}

/// What the real indexes list of the package: the embedded ones are empty.
async fn real_listings(
    project: &Project,
    environment: &Environment,
    real_indexes: RealIndexes,
) -> Result<BTreeMap<String, Result<Listing, String>>, ReleaseError> {
    if real_indexes == RealIndexes::Ignore {
        let ignored =
            |index: &String| (index.clone(), Err(format!("{index} is not queried with --offline")));
        return Ok(project.indexes().iter().map(ignored).collect());
    }
    let listings = index_listings(project, environment).await?;
    for (index, listing) in &listings {
        if let Err(reason) = listing {
            environment.reporter.warn(format!(
                "the releases at {index} could not be looked up, so the rehearsal neither counts \
                 from their versions nor compares files with them: {reason}"
            ));
        }
    }
    Ok(listings)
}
