use std::fmt;

use release_version::FloatingDecision;

use crate::{Action, ReleasePlan, Requirement, Reversibility, Step, plan::words};

impl Step {
    /// What the step does, in a few words.
    #[must_use]
    pub fn title(&self) -> String {
        match &self.action {
            Action::Commit { .. } => "make the release commit".to_owned(),
            Action::RunCheck { command, .. } => format!("check: {command}"),
            Action::BuildPackage => "build sdist and wheel".to_owned(),
            Action::BuildImage { image } => format!("build image {image}"),
            Action::CreateTag { tag, .. } => format!("tag {tag}"),
            Action::PushGit { remote, branch, tag } => {
                format!("push {branch} and {tag} to {remote}")
            }
            Action::DraftForgeRelease { tag, .. } => format!("draft the forge release {tag}"),
            Action::AwaitWorkflows { .. } => "wait for the forge's workflows".to_owned(),
            Action::Upload { index } => format!("upload to {index}"),
            Action::ProveIndex { index } => format!("verify {index}"),
            Action::PushImage { image, .. } => format!("push image {image}"),
            Action::VerifyImage { image } => format!("verify image {image}"),
            Action::VerifyGit { tag } => format!("verify git tag {tag}"),
            Action::MoveFloating { image, .. } => format!("move floating tags of {image}"),
            Action::PublishForgeRelease { tag, .. } => format!("publish the forge release {tag}"),
        }
    }

    /// Every change and request of the step, one line each.
    #[must_use]
    pub fn changes(&self) -> Vec<String> {
        match &self.action {
            Action::Commit { files, from, message } => {
                commit_lines(files, from.as_deref(), message)
            }
            Action::RunCheck { .. } | Action::BuildPackage | Action::BuildImage { .. } => {
                Vec::new()
            }
            Action::CreateTag { tag, message, branch } => vec![
                format!("annotated tag {tag}: \"{message}\""),
                format!("branch {branch} moves to the release commit"),
            ],
            Action::PushGit { remote, branch, tag } => {
                vec![format!("push --atomic {remote} {branch} {tag}")]
            }
            Action::DraftForgeRelease { repository, .. } => {
                vec![format!("create a draft in {repository}, upload its files and checksums")]
            }
            Action::AwaitWorkflows { workflows } => {
                vec![format!("wait for {}", workflows.join(", "))]
            }
            Action::Upload { index } => vec![format!("POST each file to {index}")],
            Action::ProveIndex { index } => vec![
                format!("GET project pages and files of {index}, compare sha256"),
                format!("install from {index} into a clean environment"),
            ],
            Action::PushImage { repository, tags, .. } => {
                tags.iter().map(|tag| format!("PUT {repository}:{tag}")).collect()
            }
            Action::VerifyImage { .. } => {
                vec!["pull every platform without credentials, run it".to_owned()]
            }
            Action::VerifyGit { .. } => vec!["list the remote's refs".to_owned()],
            Action::MoveFloating { repository, moves, .. } => moves
                .iter()
                .map(|one| match &one.decision {
                    FloatingDecision::Move => {
                        let now =
                            one.from.as_ref().map(|digest| format!(" (now {})", digest.short()));
                        format!("PUT {repository}:{}{}", one.tag, now.unwrap_or_default())
                    }
                    kept => format!("{repository}:{} {}", one.tag, words(kept)),
                })
                .collect(),
            Action::PublishForgeRelease { repository, .. } => {
                vec![format!("PATCH the draft in {repository}")]
            }
        }
    }

    /// The target that the step belongs to, for tables: `index pypi`, `image server`.
    #[must_use]
    pub fn target(&self) -> Option<String> {
        match &self.action {
            Action::Commit { .. } | Action::RunCheck { .. } | Action::BuildPackage => None,
            Action::CreateTag { .. } | Action::PushGit { .. } | Action::VerifyGit { .. } => {
                Some("git".to_owned())
            }
            Action::DraftForgeRelease { .. }
            | Action::AwaitWorkflows { .. }
            | Action::PublishForgeRelease { .. } => Some("github".to_owned()),
            Action::Upload { index } | Action::ProveIndex { index } => {
                Some(format!("index {index}"))
            }
            Action::BuildImage { image }
            | Action::PushImage { image, .. }
            | Action::VerifyImage { image }
            | Action::MoveFloating { image, .. } => Some(format!("image {image}")),
        }
    }
}

fn commit_lines(files: &[std::path::PathBuf], from: Option<&str>, message: &str) -> Vec<String> {
    let files = files.iter().map(|file| match from {
        Some(version) if file.ends_with("pyproject.toml") => {
            format!("change {} (now {version})", file.display())
        }
        _ => format!("change {}", file.display()),
    });
    let commit = std::iter::once(format!("commit \"{message}\""));
    files.chain(commit).collect()
}

fn heading(reversibility: Reversibility) -> &'static str {
    match reversibility {
        Reversibility::Local => "on this machine",
        Reversibility::Withdrawable => "public, can be withdrawn",
        Reversibility::Permanent => "public for ever",
        Reversibility::Check => "only looks",
        Reversibility::Followed => "what users follow",
    }
}

impl fmt::Display for ReleasePlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { project, version, tag: _, steps } = self;
        writeln!(f, "Release {version} of {project}: {} steps", steps.len())?;
        steps.iter().enumerate().try_for_each(|(index, step)| write_step(f, index + 1, step))
    }
}

fn write_step(f: &mut fmt::Formatter<'_>, number: usize, step: &Step) -> fmt::Result {
    let Step { id, action: _, needs: _, after: _, requirement, reversibility } = step;
    let optional = if *requirement == Requirement::Optional { ", optional" } else { "" };
    writeln!(f, "{number:3}. {} [{id}; {}{optional}]", step.title(), heading(*reversibility))?;
    step.changes().iter().try_for_each(|line| writeln!(f, "       {line}"))
}
