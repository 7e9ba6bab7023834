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
        /// Files that the configured lock command may change.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        locks: Vec<PathBuf>,
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
    /// Installs the built wheel into a clean environment and compares the built files
    /// with those of the last release.
    CheckPackage,
    /// Builds an image for all its platforms, once.
    BuildImage {
        /// Name of the image.
        image: String,
    },
    /// Scans a built image.
    ScanImage {
        /// Name of the image.
        image: String,
        /// The command as a person would type it.
        command: String,
    },
    /// Runs a check of the built package and images.
    CheckBuilt {
        /// Number of the check, from 1.
        number: usize,
        /// The command as a person would type it.
        command: String,
    },
    /// Measures what was built and compares it with the last release.
    RunBenchmark {
        /// The command as a person would type it.
        command: String,
    },
    /// Makes the annotated tag and moves the user's branch to the release commit.
    CreateTag {
        /// Name of the tag.
        tag: String,
        /// Message of the tag.
        message: String,
        /// The branch.
        branch: String,
        /// Whether HEAD itself is released, so that the branch stays where it is.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        on_head: bool,
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
    /// Downloads the wheels that the workflows built, and checks them.
    CollectPackage {
        /// Patterns of the artifacts' names.
        artifacts: Vec<String>,
    },
    /// Uploads the package's files.
    Upload {
        /// Name of the index.
        index: String,
        /// Whether attestations of the files are made and uploaded.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        attested: bool,
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
    /// Runs a command after everything is published.
    RunAfterRelease {
        /// Number of the command, from 1.
        number: usize,
        /// The command as a person would type it.
        command: String,
    },
}

impl step_plan::Action for Action {
    type Id = StepId;

    fn id(&self) -> StepId {
        match self {
            Self::Commit { .. } => StepId::Commit,
            Self::RunCheck { number, .. } => StepId::Check(*number),
            Self::BuildPackage => StepId::BuildPackage,
            Self::CheckPackage => StepId::CheckPackage,
            Self::BuildImage { image } => StepId::BuildImage(image.clone()),
            Self::ScanImage { image, .. } => StepId::ScanImage(image.clone()),
            Self::CheckBuilt { number, .. } => StepId::BuiltCheck(*number),
            Self::RunBenchmark { .. } => StepId::Benchmark,
            Self::CreateTag { .. } => StepId::CreateTag,
            Self::PushGit { .. } => StepId::PushGit,
            Self::VerifyGit { .. } => StepId::VerifyGit,
            Self::DraftForgeRelease { .. } => StepId::DraftForgeRelease,
            Self::AwaitWorkflows { .. } => StepId::AwaitWorkflows,
            Self::CollectPackage { .. } => StepId::CollectPackage,
            Self::Upload { index, .. } => StepId::Upload(index.clone()),
            Self::VerifyIndex { index } => StepId::VerifyIndex(index.clone()),
            Self::PushImage { image, .. } => StepId::PushImage(image.clone()),
            Self::VerifyImage { image } => StepId::VerifyImage(image.clone()),
            Self::MoveFloatingTags { image, .. } => StepId::MoveFloatingTags(image.clone()),
            Self::PublishForgeRelease { .. } => StepId::PublishForgeRelease,
            Self::RunAfterRelease { number, .. } => StepId::AfterRelease(*number),
        }
    }

    fn effect(&self) -> Effect {
        match self {
            Self::VerifyGit { .. }
            | Self::AwaitWorkflows { .. }
            | Self::CollectPackage { .. }
            | Self::VerifyIndex { .. }
            | Self::VerifyImage { .. } => Effect::ReadOnly,
            Self::Commit { .. }
            | Self::RunCheck { .. }
            | Self::BuildPackage
            | Self::CheckPackage
            | Self::BuildImage { .. }
            | Self::ScanImage { .. }
            | Self::CheckBuilt { .. }
            | Self::RunBenchmark { .. }
            | Self::CreateTag { .. } => Effect::Local,
            Self::PushGit { .. } | Self::DraftForgeRelease { .. } => Effect::Withdrawable,
            Self::Upload { .. } | Self::PushImage { .. } => Effect::Permanent,
            Self::MoveFloatingTags { .. }
            | Self::PublishForgeRelease { .. }
            | Self::RunAfterRelease { .. } => Effect::Followed,
        }
    }

    fn title(&self) -> String {
        match self {
            Self::Commit { .. } if self.commits_nothing() => "release HEAD as it is".to_owned(),
            Self::Commit { .. } => "make the release commit".to_owned(),
            Self::RunCheck { command, .. } => format!("check: {command}"),
            Self::BuildPackage => "build sdist and wheel".to_owned(),
            Self::CheckPackage => "check the package".to_owned(),
            Self::BuildImage { image } => format!("build image {image}"),
            Self::ScanImage { image, .. } => format!("scan image {image}"),
            Self::CheckBuilt { command, .. } => format!("check what was built: {command}"),
            Self::RunBenchmark { command } => format!("benchmark: {command}"),
            Self::CreateTag { tag, .. } => format!("tag {tag}"),
            Self::PushGit { remote, branch, tag } => {
                format!("push {branch} and {tag} to {remote}")
            }
            Self::VerifyGit { tag, .. } => format!("verify git tag {tag}"),
            Self::DraftForgeRelease { tag, .. } => format!("draft the forge release {tag}"),
            Self::AwaitWorkflows { .. } => "wait for the forge's workflows".to_owned(),
            Self::CollectPackage { .. } => "collect the wheels of the workflows".to_owned(),
            Self::Upload { index, .. } => format!("upload to {index}"),
            Self::VerifyIndex { index } => format!("verify {index}"),
            Self::PushImage { image, .. } => format!("push image {image}"),
            Self::VerifyImage { image } => format!("verify image {image}"),
            Self::MoveFloatingTags { image, .. } => format!("move floating tags of {image}"),
            Self::PublishForgeRelease { tag, .. } => format!("publish the forge release {tag}"),
            Self::RunAfterRelease { command, .. } => format!("after the release: {command}"),
        }
    }

    fn is_foundation(&self) -> bool {
        matches!(self, Self::Commit { .. } | Self::CreateTag { .. } | Self::PushGit { .. })
    }
}

impl Action {
    /// Whether it is the release commit, and no file changes.
    pub(crate) fn commits_nothing(&self) -> bool {
        matches!(self, Self::Commit { files, locks, .. } if files.is_empty() && locks.is_empty())
    }

    /// Every change and request of the step, one line each.
    #[must_use]
    pub fn changes(&self) -> Vec<String> {
        match self {
            Self::Commit { files, locks, from, message } => {
                commit_changes(files, locks, from.as_deref(), message)
            }
            Self::RunCheck { .. }
            | Self::BuildPackage
            | Self::BuildImage { .. }
            | Self::CheckBuilt { .. }
            | Self::RunAfterRelease { .. } => Vec::new(),
            Self::RunBenchmark { .. } => vec!["compare with the last release".to_owned()],
            Self::ScanImage { command, .. } => vec![format!("run {command}")],
            Self::CheckPackage => {
                vec![
                    "install the wheel with its dependencies into a clean environment".to_owned(),
                    "compare the built files with the last release".to_owned(),
                ]
            }
            Self::CreateTag { tag, message, branch, on_head } => {
                let moved = format!("branch {branch} moves to the release commit");
                let moved = (!on_head).then_some(moved);
                let tag = format!("annotated tag {tag}: \"{message}\"");
                [tag].into_iter().chain(moved).collect()
            }
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
            Self::CollectPackage { artifacts } => vec![
                format!("GET artifacts {}", artifacts.join(", ")),
                "compare the wheels with the last release".to_owned(),
            ],
            Self::Upload { index, attested } => upload_changes(index, *attested),
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
            Self::Commit { .. }
            | Self::RunCheck { .. }
            | Self::BuildPackage
            | Self::CheckPackage
            | Self::CollectPackage { .. }
            | Self::CheckBuilt { .. }
            | Self::RunBenchmark { .. }
            | Self::RunAfterRelease { .. } => None,
            Self::CreateTag { .. } | Self::PushGit { .. } | Self::VerifyGit { .. } => {
                Some("git".to_owned())
            }
            Self::DraftForgeRelease { .. }
            | Self::AwaitWorkflows { .. }
            | Self::PublishForgeRelease { .. } => Some("github".to_owned()),
            Self::Upload { index, .. } | Self::VerifyIndex { index } => {
                Some(format!("index {index}"))
            }
            Self::BuildImage { image }
            | Self::ScanImage { image, .. }
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
            Self::RunAfterRelease { .. } => Some("what the command did is not undone"),
            _ => None,
        }
    }

    /// Whether it uploads to an index other than the test index: what is uploaded
    /// there is installed by users.
    #[must_use]
    pub fn uploads_for_users(&self) -> bool {
        matches!(self, Self::Upload { index, .. } if !is_test_index(index))
    }
}

/// Whether an index is for tests only.
pub(crate) fn is_test_index(index: &str) -> bool {
    index == TEST_INDEX
}

fn upload_changes(index: &str, attested: bool) -> Vec<String> {
    let attest = attested.then(|| {
        "sign attestations of the files (PEP 740), which a public log records for ever".to_owned()
    });
    attest.into_iter().chain([format!("POST each file to {index}")]).collect()
}

/// `from` is the version that the package states now.
fn commit_changes(
    files: &[PathBuf],
    locks: &[PathBuf],
    from: Option<&str>,
    message: &str,
) -> Vec<String> {
    let stated = from.map_or_else(
        || "HEAD has nothing to change".to_owned(),
        |version| format!("HEAD states {version} already"),
    );
    let commit = match (files, locks) {
        ([], []) => format!("{stated}: no release commit"),
        ([], _) => format!("commit \"{message}\" if it does; otherwise {stated}"),
        _ => format!("commit \"{message}\""),
    };
    let files = files.iter().map(|file| match from {
        Some(version) if file.ends_with("pyproject.toml") => {
            format!("change {} (now {version})", file.display())
        }
        _ => format!("change {}", file.display()),
    });
    let locks = locks.iter().map(|file| format!("the lock command may change {}", file.display()));
    files.chain(locks).chain([commit]).collect()
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
