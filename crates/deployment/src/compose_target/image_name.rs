//! How the reference that the Compose files name comes to stand for a deployed image.

use image_ref::{ImageId, Reference};
use serde::{Deserialize, Serialize};

use super::{
    connect::ComposeTarget,
    env_variable::VariableChange,
    tag_variable::{TagVariable, VariableProblem, tag_of},
};
use crate::{plan::ServiceChange, target::TargetError};

/// What changes so that Compose finds the deployed image under the service's own
/// reference, with what is needed to change it back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct NameChange {
    /// The reference that will stand for the image.
    pub(super) name: Reference,
    /// What it stands for now on this engine.
    pub(super) before: Option<ImageId>,
    /// The variable that the Compose files make the reference of.
    pub(super) variable: Option<VariableChange>,
    /// Whether the containers are created as if the Compose files named this reference,
    /// which they do not: a version tag is never moved to another version.
    #[serde(default)]
    pub(super) overrides: bool,
    /// Whether Compose replaces the container, because there cannot be a second one
    /// beside it.
    #[serde(default)]
    pub(super) in_place: bool,
}

/// Why the Compose files cannot name another tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FixedTag {
    /// The variable that is the tag and cannot be set.
    pub(super) variable: Option<(TagVariable, VariableProblem)>,
}

impl NameChange {
    /// The change for a service that is declared with `declared` and is to run `wanted`.
    /// A variable of an env file is set; else a tag that moves by its nature, such as
    /// `latest`, is moved on this engine. What is brought back although the files name
    /// another version is deployed as if they named it.
    pub(super) fn plan(
        target: &ComposeTarget,
        service: &str,
        declared: &Reference,
        wanted: &Reference,
        is_kept: bool,
    ) -> Result<Self, FixedTag> {
        let is_pinned = declared.digest().is_some() && declared.digest() != wanted.digest();
        if !is_pinned && tag_of(declared) == tag_of(wanted) {
            return Ok(Self::named(declared));
        }
        let problem = match variable_change(target, service, declared, wanted) {
            Some(Ok(variable)) => {
                return Ok(Self { variable: Some(variable), ..Self::named(wanted) });
            }
            Some(Err(problem)) => Some(problem),
            None => None,
        };
        if !is_pinned && is_floating(&tag_of(declared)) {
            return Ok(Self::named(declared));
        }
        match is_kept {
            true => Ok(Self { overrides: true, ..Self::named(wanted) }),
            false => Err(FixedTag { variable: problem }),
        }
    }

    /// The planned change of a service.
    pub(super) fn of(change: &ServiceChange) -> Result<Self, TargetError> {
        let action = format!("read the planned change of {}", change.service);
        serde_json::from_value(change.image.data.clone()).map_err(TargetError::unavailable(action))
    }

    fn named(name: &Reference) -> Self {
        let name = name.clone();
        Self { name, before: None, variable: None, overrides: false, in_place: false }
    }

    /// What it changes for the user, a line each.
    pub(super) fn lines(&self, wanted: &str) -> Vec<String> {
        if let Some(variable) = &self.variable {
            return vec![variable.line()];
        }
        let name = self.name.to_string();
        if self.overrides {
            let line = "the Compose files name another version, which the next `docker compose up` \
                        starts again: write it there";
            return vec![format!("{line} ({wanted})")];
        }
        if name == wanted {
            return Vec::new();
        }
        vec![format!("{name} on this engine becomes {wanted}")]
    }
}

/// Whether Compose replaces the container of a service. One with an earlier configuration
/// is never made by Compose, but beside the old one, which keeps its name until it is removed.
pub(super) fn is_in_place(change: &ServiceChange) -> Result<bool, TargetError> {
    Ok(NameChange::of(change)?.in_place && change.restored.is_none())
}

/// Whether a tag has no version number: `latest`, `stable`, `main`.
fn is_floating(tag: &str) -> bool {
    !tag.contains(|c: char| c.is_ascii_digit())
}

fn variable_change(
    target: &ComposeTarget,
    service: &str,
    declared: &Reference,
    wanted: &Reference,
) -> Option<Result<VariableChange, (TagVariable, VariableProblem)>> {
    let variable = TagVariable::of_service(target, service)?;
    let change = variable.change(target, declared, wanted)?;
    Some(change.map_err(|problem| (variable, problem)))
}

/// The other services whose reference is the same, or has the same variable as its tag:
/// what the name of one comes to stand for, that of the others does, too.
pub(super) fn services_named_with(target: &ComposeTarget, service: &str) -> Vec<String> {
    let variable_name = |name: &str| TagVariable::of_service(target, name).map(|it| it.name);
    let is_same = |other: &String| {
        let (own, theirs) = (target.model().image_of(service), target.model().image_of(other));
        let by_variable =
            variable_name(service).is_some_and(|own| variable_name(other) == Some(own));
        own == theirs || by_variable
    };
    let model = target.model();
    let others = model.services.keys().filter(|other| *other != service);
    others.filter(|other| is_same(other)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_without_a_number_move_by_their_nature() {
        assert!(is_floating("latest") && is_floating("main"));
        assert!(!is_floating("1.2") && !is_floating("v2"));
    }
}
