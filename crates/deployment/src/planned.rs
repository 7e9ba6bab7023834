use operation::{Environment, Present};
use report::{Document, Event, Reporter};
use serde::Serialize;
use serde_json::json;

use crate::{
    DeploymentError,
    plan::{DeploymentPlan, Finding},
};

/// What a deployment would do, and what was found before.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlannedDeployment {
    /// The steps.
    pub plan: DeploymentPlan,
    /// Warnings, and problems that block the deployment.
    pub findings: Vec<Finding>,
}

impl PlannedDeployment {
    /// The plan, unless it is blocked.
    ///
    /// # Errors
    /// [`DeploymentError::Preflight`] with every finding.
    pub(crate) fn require_unblocked(self) -> Result<Self, DeploymentError> {
        let blocking: Vec<Finding> =
            self.findings.iter().filter(|finding| finding.blocks()).cloned().collect();
        if blocking.is_empty() { Ok(self) } else { Err(DeploymentError::Preflight(blocking)) }
    }

    /// Shows it; the plan to carry out.
    pub(crate) fn show(self, environment: &Environment) -> DeploymentPlan {
        self.present(&environment.reporter);
        self.plan
    }
}

impl Present for PlannedDeployment {
    fn present(&self, reporter: &Reporter) {
        for finding in &self.findings {
            reporter.warn(finding.to_string());
        }
        let document = Document::new(json!(self)).text(self.plan.to_string());
        reporter.emit(&Event::Plan(document));
    }
}
