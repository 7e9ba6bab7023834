use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Identifies a step of a release in plans, journals and reports. Its text is part
/// of the journal's format: `index.pypi.upload`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum StepId {
    /// `prepare.commit`
    Commit,
    /// `check.1`, counted from 1.
    Check(usize),
    /// `package.build`
    BuildPackage,
    /// `package.check`
    CheckPackage,
    /// `image.NAME.build`
    BuildImage(String),
    /// `image.NAME.scan`
    ScanImage(String),
    /// `built-check.1`, counted from 1.
    BuiltCheck(usize),
    /// `benchmark`
    Benchmark,
    /// `git.tag`
    CreateTag,
    /// `git.push`
    PushGit,
    /// `git.verify`
    VerifyGit,
    /// `github.draft`
    DraftForgeRelease,
    /// `github.workflows`
    AwaitWorkflows,
    /// `package.collect`
    CollectPackage,
    /// `index.NAME.upload`
    Upload(String),
    /// `index.NAME.verify`
    VerifyIndex(String),
    /// `image.NAME.push`
    PushImage(String),
    /// `image.NAME.verify`
    VerifyImage(String),
    /// `image.NAME.floating`
    MoveFloatingTags(String),
    /// `github.publish`
    PublishForgeRelease,
    /// `after-release.1`, counted from 1.
    AfterRelease(usize),
}

impl fmt::Display for StepId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Commit => f.write_str("prepare.commit"),
            Self::Check(number) => write!(f, "check.{number}"),
            Self::BuildPackage => f.write_str("package.build"),
            Self::CheckPackage => f.write_str("package.check"),
            Self::BuildImage(image) => write!(f, "image.{image}.build"),
            Self::ScanImage(image) => write!(f, "image.{image}.scan"),
            Self::BuiltCheck(number) => write!(f, "built-check.{number}"),
            Self::Benchmark => f.write_str("benchmark"),
            Self::CreateTag => f.write_str("git.tag"),
            Self::PushGit => f.write_str("git.push"),
            Self::VerifyGit => f.write_str("git.verify"),
            Self::DraftForgeRelease => f.write_str("github.draft"),
            Self::AwaitWorkflows => f.write_str("github.workflows"),
            Self::CollectPackage => f.write_str("package.collect"),
            Self::Upload(index) => write!(f, "index.{index}.upload"),
            Self::VerifyIndex(index) => write!(f, "index.{index}.verify"),
            Self::PushImage(image) => write!(f, "image.{image}.push"),
            Self::VerifyImage(image) => write!(f, "image.{image}.verify"),
            Self::MoveFloatingTags(image) => write!(f, "image.{image}.floating"),
            Self::PublishForgeRelease => f.write_str("github.publish"),
            Self::AfterRelease(number) => write!(f, "after-release.{number}"),
        }
    }
}

/// A text that is not the identity of a release's step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownStep(String);

impl fmt::Display for UnknownStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not a step of a release", self.0)
    }
}

impl std::error::Error for UnknownStep {}

impl FromStr for StepId {
    type Err = UnknownStep;

    fn from_str(text: &str) -> Result<Self, UnknownStep> {
        let id = match text {
            "prepare.commit" => Some(Self::Commit),
            "package.build" => Some(Self::BuildPackage),
            "package.check" => Some(Self::CheckPackage),
            "package.collect" => Some(Self::CollectPackage),
            "benchmark" => Some(Self::Benchmark),
            "git.tag" => Some(Self::CreateTag),
            "git.push" => Some(Self::PushGit),
            "git.verify" => Some(Self::VerifyGit),
            "github.draft" => Some(Self::DraftForgeRelease),
            "github.workflows" => Some(Self::AwaitWorkflows),
            "github.publish" => Some(Self::PublishForgeRelease),
            _ => named_step(text),
        };
        id.ok_or_else(|| UnknownStep(text.to_owned()))
    }
}

/// A step of a check, an index or an image. Names may have dots.
fn named_step(text: &str) -> Option<StepId> {
    let (kind, rest) = text.split_once('.')?;
    let numbered = match kind {
        "check" => Some(StepId::Check as fn(usize) -> StepId),
        "built-check" => Some(StepId::BuiltCheck as fn(usize) -> StepId),
        "after-release" => Some(StepId::AfterRelease as fn(usize) -> StepId),
        _ => None,
    };
    if let Some(step) = numbered {
        return rest.parse().ok().map(step);
    }
    let (name, act) = rest.rsplit_once('.').filter(|(name, _)| !name.is_empty())?;
    let step = match (kind, act) {
        ("index", "upload") => StepId::Upload,
        ("index", "verify") => StepId::VerifyIndex,
        ("image", "build") => StepId::BuildImage,
        ("image", "scan") => StepId::ScanImage,
        ("image", "push") => StepId::PushImage,
        ("image", "verify") => StepId::VerifyImage,
        ("image", "floating") => StepId::MoveFloatingTags,
        _ => return None,
    };
    Some(step(name.to_owned()))
}

impl From<StepId> for String {
    fn from(id: StepId) -> Self {
        id.to_string()
    }
}

impl TryFrom<String> for StepId {
    type Error = UnknownStep;

    fn try_from(text: String) -> Result<Self, UnknownStep> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_identity_is_read_as_it_is_written() {
        let name = || "web.api".to_owned();
        let all = [
            StepId::Commit,
            StepId::Check(12),
            StepId::BuildPackage,
            StepId::CheckPackage,
            StepId::BuildImage(name()),
            StepId::ScanImage(name()),
            StepId::BuiltCheck(3),
            StepId::Benchmark,
            StepId::AfterRelease(2),
            StepId::CreateTag,
            StepId::PushGit,
            StepId::VerifyGit,
            StepId::DraftForgeRelease,
            StepId::AwaitWorkflows,
            StepId::CollectPackage,
            StepId::Upload(name()),
            StepId::VerifyIndex(name()),
            StepId::PushImage(name()),
            StepId::VerifyImage(name()),
            StepId::MoveFloatingTags(name()),
            StepId::PublishForgeRelease,
        ];
        for id in all {
            assert_eq!(id.to_string().parse(), Ok(id));
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "check.", "check.x", "image.build", "image..build", "index.pypi.yank"] {
            assert!(text.parse::<StepId>().is_err(), "{text}");
        }
    }
}
