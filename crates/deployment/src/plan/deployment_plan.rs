use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};
use step_plan::StepPlan;

use super::{Action, ServiceChange, StepId, SwitchOrder};

/// What a deployment is made for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Purpose {
    /// A new version.
    Deploy,
    /// An earlier deployment is brought back.
    Rollback {
        /// Its identifier.
        to: String,
    },
}

/// A deployment before it is carried out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeploymentPlan {
    /// Identifies it: the time at which it was planned, `20261129-201530`.
    pub id: String,
    /// What it is made for.
    #[serde(flatten)]
    pub purpose: Purpose,
    /// The services that change.
    pub changes: Vec<ServiceChange>,
    /// Services that run what they should, by name with the image.
    pub unchanged: BTreeMap<String, String>,
    /// The steps, in order.
    pub steps: StepPlan<Action>,
}

impl DeploymentPlan {
    /// Whether every service runs what it should.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// The infrastructure service that it is about; `None` for the application.
    #[must_use]
    pub fn infrastructure(&self) -> Option<&str> {
        let mut changes = self.changes.iter();
        changes.find(|change| change.is_infrastructure).map(|change| change.service.as_str())
    }
}

impl fmt::Display for DeploymentPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match &self.purpose {
            Purpose::Deploy => format!("deployment {}", self.id),
            Purpose::Rollback { to } => format!("rollback to {to}, as deployment {}", self.id),
        };
        let name = match self.infrastructure() {
            Some(service) => format!("{name}, of the infrastructure {service} only"),
            None => name,
        };
        writeln!(f, "{name}")?;
        for change in &self.changes {
            write_change(f, change)?;
        }
        for (service, image) in &self.unchanged {
            writeln!(f, "  {service}: runs {image} already")?;
        }
        let steps = self.steps.iter().enumerate();
        for (number, step) in steps {
            let optional = if step.is_required() { "" } else { ", its failure undoes nothing" };
            let title = step_plan::Action::title(&step.action);
            let reach = reach_of(self, &step.action);
            writeln!(f, "  {:>2}. {title} ({reach}{optional})", number + 1)?;
        }
        Ok(())
    }
}

/// How far a step reaches, in terms of a deployment.
fn reach_of(plan: &DeploymentPlan, action: &Action) -> &'static str {
    match action {
        Action::Migrate { .. } if plan.steps.get(&StepId::StopServices).is_some() => {
            "the data is brought back on failure"
        }
        Action::Migrate { .. } | Action::RestoreData { .. } => "the data stays so on failure",
        Action::StopServices { .. } => "an interruption; is undone on failure",
        Action::Switch(_) => "is undone on failure",
        Action::Verify { .. } => "changes nothing",
        Action::Confirm | Action::Retire(_) | Action::CleanUp { .. } => "stays",
        _ => "users notice nothing",
    }
}

fn write_change(f: &mut fmt::Formatter<'_>, change: &ServiceChange) -> fmt::Result {
    let before = change.serving().map_or_else(
        || "nothing".to_owned(),
        |instance| {
            instance.image.as_ref().map_or("an unreadable image".to_owned(), |image| {
                format!("image {}", image.short())
            })
        },
    );
    let order = match change.order {
        _ if change.before.is_empty() => "the first one",
        SwitchOrder::StartFirst => "the new version is ready before the old one stops",
        SwitchOrder::StopFirst => "the old version stops first: a short interruption",
    };
    let ServiceChange { service, image, .. } = change;
    writeln!(f, "  {service}: {before} → {}; {order}", image.label())?;
    if change.is_reconfigured {
        writeln!(f, "    its configuration differs from what runs, and is deployed, too")?;
    }
    if let Some(restored) = &change.restored {
        writeln!(f, "    its configuration of {} is brought back", restored.deployment)?;
        restored.differences.iter().try_for_each(|line| writeln!(f, "      {line}"))?;
    }
    change.restored_advice().iter().try_for_each(|line| writeln!(f, "    {line}"))?;
    if image.offline {
        writeln!(f, "    no registry is asked (--offline): the image is that of the target")?;
    }
    image.side_effects.iter().try_for_each(|line| writeln!(f, "    {line}"))
}
