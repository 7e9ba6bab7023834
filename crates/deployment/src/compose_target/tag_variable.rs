//! The variable that the Compose files make the tag of an image of.

use std::path::PathBuf;

use compose::find_in_env_file;
use image_ref::{ImageTag, Reference};

use super::{
    connect::ComposeTarget,
    env_variable::VariableChange,
    image_template::{EndVariable, end_variable},
};

/// The tag of a reference without one.
const DEFAULT_TAG: &str = "latest";

/// The tag of a service's image is a variable, or ends with one:
/// `image: demo/api:${TAG:-1.0}`, `image: demo/api:v${VERSION}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TagVariable {
    /// The text of the tag before the variable.
    beginning: String,
    /// Its name.
    pub(super) name: String,
    /// Whether it need not be set.
    has_default: bool,
    /// Whether an empty value counts as not set.
    empty_is_unset: bool,
}

/// Why a variable cannot be set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum VariableProblem {
    /// The environment has it, which wins over env files.
    OfEnvironment,
    /// No env file has it as a plain value.
    NotPlain,
}

impl TagVariable {
    /// The variable of a service's tag, if there is one.
    pub(super) fn of_service(target: &ComposeTarget, service: &str) -> Option<Self> {
        let mut files = target.project.files.iter().rev();
        let template = files.find_map(|file| {
            compose::declared_image(&std::fs::read_to_string(file).ok()?, service)
        });
        Self::parse(&template?)
    }

    fn parse(template: &str) -> Option<Self> {
        let EndVariable { beginning, name, operator } = end_variable(template)?;
        let unset = operator.strip_prefix(':');
        let has_default = unset.unwrap_or(&operator).starts_with('-');
        Some(Self { beginning, name, has_default, empty_is_unset: unset.is_some() })
    }

    /// The value with which the tag of `reference` comes out.
    pub(super) fn value_for(&self, reference: &Reference) -> Option<String> {
        tag_of(reference).strip_prefix(&self.beginning).map(str::to_owned)
    }

    /// The change of an env file with which the service's tag becomes that of `wanted`.
    /// `None` when that has no such tag.
    pub(super) fn change(
        &self,
        target: &ComposeTarget,
        declared: &Reference,
        wanted: &Reference,
    ) -> Option<Result<VariableChange, VariableProblem>> {
        // A digest is no tag.
        let after = self.value_for(wanted).filter(|_| wanted.digest().is_none())?;
        if target.variables.contains_key(&self.name) {
            return Some(Err(VariableProblem::OfEnvironment));
        }
        let change = |file: PathBuf, before: String, added: bool| {
            let (name, after) = (self.name.clone(), after.clone());
            Ok(VariableChange { file, name, before, after, added })
        };
        let current = self.value_for(declared)?;
        Some(match self.find(target) {
            Some((file, value)) if value == current => change(file, value, false),
            Some((file, value)) if value.is_empty() && self.takes_default_for_empty() => {
                change(file, value, false)
            }
            None if self.has_default => match self.file_to_extend(target) {
                Some(file) => change(file, current, true),
                None => Err(VariableProblem::NotPlain),
            },
            _ => Err(VariableProblem::NotPlain),
        })
    }

    fn takes_default_for_empty(&self) -> bool {
        self.has_default && self.empty_is_unset
    }

    /// The env file that decides about the variable, and what it has for it.
    fn find(&self, target: &ComposeTarget) -> Option<(PathBuf, String)> {
        let mut files = target.project.env_files.iter().rev();
        files.find_map(|file| {
            let text = std::fs::read_to_string(file).ok()?;
            let range = find_in_env_file(&text, &self.name)?;
            Some((file.clone(), text[range].to_owned()))
        })
    }

    /// The env file that wins over the others; without any, the one that Compose reads
    /// by default, unless it is configured to read none.
    fn file_to_extend(&self, target: &ComposeTarget) -> Option<PathBuf> {
        let project = &target.project;
        let is_default_read = !target.variables.contains_key("COMPOSE_DISABLE_ENV_FILE");
        let default = || is_default_read.then(|| project.folder.join(".env"));
        project.env_files.last().cloned().or_else(default)
    }

    /// Where a line for it is to be written by hand.
    pub(super) fn file_to_write(&self, target: &ComposeTarget) -> PathBuf {
        let found = self.find(target).map(|(file, _)| file);
        let found = found.or_else(|| self.file_to_extend(target));
        found.unwrap_or_else(|| target.project.folder.join(".env"))
    }
}

/// The tag of a reference, which is `latest` where none is written.
pub(super) fn tag_of(reference: &Reference) -> String {
    reference.tag().map_or(DEFAULT_TAG, ImageTag::as_str).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_default_is_not_a_message() {
        let parsed = |template: &str| {
            let variable = TagVariable::parse(template).unwrap();
            (variable.has_default, variable.takes_default_for_empty())
        };
        assert_eq!(parsed("a:${TAG:-1}"), (true, true));
        assert_eq!(parsed("a:${TAG-1}"), (true, false));
        assert_eq!(parsed("a:${TAG:?no tag}"), (false, false));
        assert_eq!(parsed("a:$TAG"), (false, false));
    }
}
