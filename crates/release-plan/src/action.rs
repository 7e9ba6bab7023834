use std::path::PathBuf;

use image_ref::Repository;
use release_version::FloatingDecision;
use serde::{Deserialize, Serialize};
use step_plan::Effect;

use crate::{FloatingMove, StepId};

/// The index that forgets files and is published to first.
const TEST_INDEX: &str = "testpypi";

/// What a step of a release does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Runs a check of the project in a checkout of the release commit.
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
    /// Looks for the tag at the remote.
    VerifyGit {
        /// Name of the remote.
        remote: String,
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
    /// Proves that the index serves the files to users without credentials.
    VerifyIndex {
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
    /// Moves the floating tags of an image to the digest that was verified.
    MoveFloatingTags {
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

impl step_plan::Action for Action {
    type Id = StepId;

    fn id(&self) -> StepId {
        match self {
            Self::Commit { .. } => StepId::Commit,
            Self::RunCheck { number, .. } => StepId::Check(*number),
            Self::BuildPackage => StepId::BuildPackage,
            Self::BuildImage { image } => StepId::BuildImage(image.clone()),
            Self::CreateTag { .. } => StepId::CreateTag,
            Self::PushGit { .. } => StepId::PushGit,
            Self::VerifyGit { .. } => StepId::VerifyGit,
            Self::DraftForgeRelease { .. } => StepId::DraftForgeRelease,
            Self::AwaitWorkflows { .. } => StepId::AwaitWorkflows,
            Self::Upload { index } => StepId::Upload(index.clone()),
            Self::VerifyIndex { index } => StepId::VerifyIndex(index.clone()),
            Self::PushImage { image, .. } => StepId::PushImage(image.clone()),
            Self::VerifyImage { image } => StepId::VerifyImage(image.clone()),
            Self::MoveFloatingTags { image, .. } => StepId::MoveFloatingTags(image.clone()),
            Self::PublishForgeRelease { .. } => StepId::PublishForgeRelease,
        }
    }

    fn effect(&self) -> Effect {
        match self {
            Self::VerifyGit { .. }
            | Self::AwaitWorkflows { .. }
            | Self::VerifyIndex { .. }
            | Self::VerifyImage { .. } => Effect::ReadOnly,
            Self::Commit { .. }
            | Self::RunCheck { .. }
            | Self::BuildPackage
            | Self::BuildImage { .. }
            | Self::CreateTag { .. } => Effect::Local,
            Self::PushGit { .. } | Self::DraftForgeRelease { .. } => Effect::Withdrawable,
            Self::Upload { .. } | Self::PushImage { .. } => Effect::Permanent,
            Self::MoveFloatingTags { .. } | Self::PublishForgeRelease { .. } => Effect::Followed,
        }
    }

    fn title(&self) -> String {
        match self {
            Self::Commit { .. } => "make the release commit".to_owned(),
            Self::RunCheck { command, .. } => format!("check: {command}"),
            Self::BuildPackage => "build sdist and wheel".to_owned(),
            Self::BuildImage { image } => format!("build image {image}"),
            Self::CreateTag { tag, .. } => format!("tag {tag}"),
            Self::PushGit { remote, branch, tag } => {
                format!("push {branch} and {tag} to {remote}")
            }
            Self::VerifyGit { tag, .. } => format!("verify git tag {tag}"),
            Self::DraftForgeRelease { tag, .. } => format!("draft the forge release {tag}"),
            Self::AwaitWorkflows { .. } => "wait for the forge's workflows".to_owned(),
            Self::Upload { index } => format!("upload to {index}"),
            Self::VerifyIndex { index } => format!("verify {index}"),
            Self::PushImage { image, .. } => format!("push image {image}"),
            Self::VerifyImage { image } => format!("verify image {image}"),
            Self::MoveFloatingTags { image, .. } => format!("move floating tags of {image}"),
            Self::PublishForgeRelease { tag, .. } => format!("publish the forge release {tag}"),
        }
    }

    fn is_foundation(&self) -> bool {
        matches!(self, Self::Commit { .. } | Self::CreateTag { .. } | Self::PushGit { .. })
    }
}

impl Action {
    /// Every change and request of the step, one line each.
    #[must_use]
    pub fn changes(&self) -> Vec<String> {
        match self {
            Self::Commit { files, from, message } => {
                commit_changes(files, from.as_deref(), message)
            }
            Self::RunCheck { .. } | Self::BuildPackage | Self::BuildImage { .. } => Vec::new(),
            Self::CreateTag { tag, message, branch } => vec![
                format!("annotated tag {tag}: \"{message}\""),
                format!("branch {branch} moves to the release commit"),
            ],
            Self::PushGit { remote, branch, tag } => {
                vec![format!("push --atomic {remote} {branch} {tag}")]
            }
            Self::VerifyGit { .. } => vec!["list the remote's refs".to_owned()],
            Self::DraftForgeRelease { repository, .. } => {
                vec![format!("create a draft in {repository}, upload its files and checksums")]
            }
            Self::AwaitWorkflows { workflows } => {
                vec![format!("wait for {}", workflows.join(", "))]
            }
            Self::Upload { index } => vec![format!("POST each file to {index}")],
            Self::VerifyIndex { index } => vec![
                format!("GET project pages and files of {index}, compare sha256"),
                format!("install from {index} into a clean environment"),
            ],
            Self::PushImage { repository, tags, .. } => {
                tags.iter().map(|tag| format!("PUT {repository}:{tag}")).collect()
            }
            Self::VerifyImage { .. } => {
                vec!["pull every platform without credentials, run it".to_owned()]
            }
            Self::MoveFloatingTags { repository, moves, .. } => {
                moves.iter().map(|tag_move| floating_change(repository, tag_move)).collect()
            }
            Self::PublishForgeRelease { repository, .. } => {
                vec![format!("PATCH the draft in {repository}")]
            }
        }
    }

    /// The target that the step belongs to, for tables: `index pypi`, `image server`.
    #[must_use]
    pub fn target(&self) -> Option<String> {
        match self {
            Self::Commit { .. } | Self::RunCheck { .. } | Self::BuildPackage => None,
            Self::CreateTag { .. } | Self::PushGit { .. } | Self::VerifyGit { .. } => {
                Some("git".to_owned())
            }
            Self::DraftForgeRelease { .. }
            | Self::AwaitWorkflows { .. }
            | Self::PublishForgeRelease { .. } => Some("github".to_owned()),
            Self::Upload { index } | Self::VerifyIndex { index } => Some(format!("index {index}")),
            Self::BuildImage { image }
            | Self::PushImage { image, .. }
            | Self::VerifyImage { image }
            | Self::MoveFloatingTags { image, .. } => Some(format!("image {image}")),
        }
    }

    /// What a person can do about a step that stays when a release is withdrawn.
    #[must_use]
    pub fn manual_undo(&self) -> Option<&'static str> {
        match self {
            Self::Upload { .. } => Some(
                "an index keeps files; yank the release on its web page (its file names cannot \
                 be used again)",
            ),
            Self::PushImage { .. } => {
                Some("delete the version tags at the registry if nobody uses them")
            }
            Self::MoveFloatingTags { .. } => {
                Some("the journal records the digests that the tags pointed to")
            }
            Self::PublishForgeRelease { .. } => Some("a published forge release is never changed"),
            _ => None,
        }
    }

    /// Whether it uploads to an index other than the test index: what is uploaded
    /// there is installed by users.
    #[must_use]
    pub fn uploads_for_users(&self) -> bool {
        matches!(self, Self::Upload { index } if !is_test_index(index))
    }
}

/// Whether an index is for tests only.
pub(crate) fn is_test_index(index: &str) -> bool {
    index == TEST_INDEX
}

fn commit_changes(files: &[PathBuf], from: Option<&str>, message: &str) -> Vec<String> {
    let files = files.iter().map(|file| match from {
        Some(version) if file.ends_with("pyproject.toml") => {
            format!("change {} (now {version})", file.display())
        }
        _ => format!("change {}", file.display()),
    });
    files.chain([format!("commit \"{message}\"")]).collect()
}

fn floating_change(repository: &Repository, tag_move: &FloatingMove) -> String {
    let FloatingMove { tag, from, decision } = tag_move;
    match (decision, from) {
        (FloatingDecision::Move, None) => format!("PUT {repository}:{tag}"),
        (FloatingDecision::Move, Some(digest)) => {
            format!("PUT {repository}:{tag} (now {})", digest.short())
        }
        (kept, _) => format!("{repository}:{tag} {kept}"),
    }
}
