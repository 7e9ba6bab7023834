use std::fmt;

use release_version::ReleaseVersion;
use serde::{Deserialize, Serialize};
use step_plan::{Action as _, PlannedStep, StepPlan};

use crate::Action;

/// One step of a release.
pub type ReleaseStep = PlannedStep<Action>;

/// All steps of a release, each after those that it waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleasePlan {
    /// Name of the project.
    pub project: String,
    /// The version.
    pub version: ReleaseVersion,
    /// Its git tag.
    pub tag: String,
    /// What the release leaves out, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_out: Option<String>,
    /// The steps.
    pub steps: StepPlan<Action>,
}

impl fmt::Display for ReleasePlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { project, version, tag: _, left_out, steps } = self;
        writeln!(f, "Release {version} of {project}: {} steps", steps.len())?;
        left_out.iter().try_for_each(|line| writeln!(f, "     {line}"))?;
        steps.iter().zip(1..).try_for_each(|(step, number)| write_step(f, number, step))
    }
}

fn write_step(f: &mut fmt::Formatter<'_>, number: usize, step: &ReleaseStep) -> fmt::Result {
    let optional = if step.is_required() { "" } else { ", optional" };
    let title = step.action.title();
    writeln!(f, "{number:3}. {title} [{}; {}{optional}]", step.id(), step.effect())?;
    step.action.changes().iter().try_for_each(|line| writeln!(f, "       {line}"))
}
