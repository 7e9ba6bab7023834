use std::{fmt, path::PathBuf};

use image_ref::{Digest, Repository};
use release_version::{FloatingDecision, ReleaseVersion};
use serde::{Deserialize, Serialize};

/// Identifies a step in plans, journals and reports: `index.pypi.upload`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct StepId(String);

impl StepId {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The identifier's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StepId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether a failure stops the release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Requirement {
    /// It does.
    Required,
    /// It stops only the later steps of the same target.
    Optional,
}

/// What undoing a step would take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reversibility {
    /// Nothing left this machine.
    Local,
    /// Public, followed by nobody, and can be withdrawn.
    Withdrawable,
    /// Public and for ever: an index never takes the same name again.
    Permanent,
    /// Only looks.
    Check,
    /// What users follow.
    Followed,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum Action {
    /// Writes the version into files and commits them, away from the user's work tree.
    Commit {
        /// Files that are changed, relative to the project.
        files: Vec<PathBuf>,
        /// Version before, where it is stated.
        from: Option<String>,
        /// Commit message.
        message: String,
    },
    /// Runs a check of the project in the release tree.
    RunCheck {
        /// Number of the check, from 1.
        number: usize,
        /// The command as a person would type it.
        command: String,
    },
    /// Builds sdist and wheel, once.
    BuildPackage,
    /// Builds an image for all its platforms, once.
    BuildImage {
        /// Name of the image.
        image: String,
    },
    /// Makes the annotated tag and moves the user's branch to the release commit.
    CreateTag {
        /// Name of the tag.
        tag: String,
        /// Message of the tag.
        message: String,
        /// The branch.
        branch: String,
    },
    /// Pushes branch and tag together or not at all.
    PushGit {
        /// Name of the remote.
        remote: String,
        /// The branch.
        branch: String,
        /// Name of the tag.
        tag: String,
    },
    /// Makes a draft of the forge release, with all files.
    DraftForgeRelease {
        /// `owner/name`.
        repository: String,
        /// Name of the tag.
        tag: String,
    },
    /// Waits until workflows of the release commit are green.
    AwaitWorkflows {
        /// Workflow files.
        workflows: Vec<String>,
    },
    /// Uploads the package's files.
    Upload {
        /// Name of the index.
        index: String,
    },
    /// Proves that the index serves the files, as a stranger sees it.
    ProveIndex {
        /// Name of the index.
        index: String,
    },
    /// Pushes an image by digest, then its version tags.
    PushImage {
        /// Name of the image.
        image: String,
        /// Where it goes.
        repository: Repository,
        /// Version tags; `<commit>` stands for a commit that is not made yet.
        tags: Vec<String>,
    },
    /// Pulls every platform without credentials and runs the image.
    VerifyImage {
        /// Name of the image.
        image: String,
    },
    /// Sees branch and tag at the remote.
    VerifyGit {
        /// Name of the tag.
        tag: String,
    },
    /// Moves the floating tags of an image to the digest that was verified.
    MoveFloating {
        /// Name of the image.
        image: String,
        /// Where they are.
        repository: Repository,
        /// The tags and what happens to each.
        moves: Vec<FloatingMove>,
    },
    /// Publishes the draft.
    PublishForgeRelease {
        /// `owner/name`.
        repository: String,
        /// Name of the tag.
        tag: String,
    },
}

/// Whether what an action does can be taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Publishing {
    /// Nothing leaves this machine.
    Nothing,
    /// It is public, and goes away when it is withdrawn.
    Withdrawable,
    /// It stays: others have it, or stand on it.
    Lasting,
}

impl Action {
    /// Whether what it does can be taken back.
    #[must_use]
    pub fn publishes(&self) -> Publishing {
        match self {
            Self::PushGit { .. } | Self::DraftForgeRelease { .. } => Publishing::Withdrawable,
            Self::Upload { .. }
            | Self::PushImage { .. }
            | Self::MoveFloating { .. }
            | Self::PublishForgeRelease { .. } => Publishing::Lasting,
            _ => Publishing::Nothing,
        }
    }
}

/// What happens to one floating tag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FloatingMove {
    /// The tag.
    pub tag: String,
    /// What it points to now.
    pub from: Option<Digest>,
    /// Whether it moves.
    #[serde(serialize_with = "as_words")]
    pub decision: FloatingDecision,
}

fn as_words<S: serde::Serializer>(decision: &FloatingDecision, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(&words(decision))
}

pub(crate) fn words(decision: &FloatingDecision) -> String {
    match decision {
        FloatingDecision::Move => "moves".to_owned(),
        FloatingDecision::KeepNewer(newer) => format!("stays: {newer} is newer"),
        FloatingDecision::KeepFinal => "stays: a pre-release does not take it".to_owned(),
    }
}

/// One step of a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Identifier.
    pub id: StepId,
    /// What it does.
    pub action: Action,
    /// Steps that must have succeeded.
    pub needs: Vec<StepId>,
    /// Steps that must have ended, well or not.
    pub after: Vec<StepId>,
    /// Whether a failure stops the release.
    pub requirement: Requirement,
    /// What undoing it would take.
    pub reversibility: Reversibility,
}

/// All steps of a release, each after those that it waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReleasePlan {
    /// Name of the project.
    pub project: String,
    /// The version.
    pub version: ReleaseVersion,
    /// Its git tag.
    pub tag: String,
    /// The steps.
    pub steps: Vec<Step>,
}

impl ReleasePlan {
    /// The step of this identifier.
    #[must_use]
    pub fn step(&self, id: &StepId) -> Option<&Step> {
        self.steps.iter().find(|step| step.id == *id)
    }
}
