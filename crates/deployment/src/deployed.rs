use std::collections::BTreeMap;

use operation::Present;
use report::{Document, Event, Reporter, Table};
use serde::Serialize;
use serde_json::json;
use step_runner::EndedStep;

use crate::plan::{DeploymentPlan, ServiceChange};

/// What a deployment did.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct DeploymentReport {
    /// Identifies the deployment; `None` when there was nothing to do.
    pub id: Option<String>,
    /// What each changed service was to run.
    pub images: BTreeMap<String, String>,
    /// What the others run.
    pub unchanged: BTreeMap<String, String>,
    /// How each step ended.
    pub steps: BTreeMap<String, EndedStep>,
    /// Whether the deployment was taken back.
    pub is_undone: bool,
    /// What to know about configurations that came back, a line each.
    pub restored: Vec<String>,
    /// What was taken back, a line each.
    pub reverted: Vec<String>,
    /// What stays although it was to be taken back, a line each.
    pub stays: Vec<String>,
    /// Files with what the failed instances printed.
    pub diagnostics: Vec<String>,
}

impl DeploymentReport {
    /// A report of a plan that was not carried out yet.
    #[must_use]
    pub(crate) fn new(plan: &DeploymentPlan) -> Self {
        let image = |change: &ServiceChange| (change.service.clone(), change.image.label());
        Self {
            id: (!plan.is_empty()).then(|| plan.id.clone()),
            images: plan.changes.iter().map(image).collect(),
            unchanged: plan.unchanged.clone(),
            restored: plan.changes.iter().filter_map(ServiceChange::restored_advice).collect(),
            ..Self::default()
        }
    }

    fn document(&self) -> Document {
        let mut table = Table::new(&["service", "image", ""]);
        let state = if self.is_undone { "undone" } else { "deployed" };
        for (service, image) in &self.images {
            table.row([service.as_str(), image.as_str(), state]);
        }
        for (service, image) in &self.unchanged {
            table.row([service.as_str(), image.as_str(), "unchanged"]);
        }
        let heading = match &self.id {
            Some(id) => format!("Deployment {id}"),
            None => "Nothing to deploy".to_owned(),
        };
        let document = Document::new(json!(self)).heading(heading).table(table);
        let restored = self.restored.iter().filter(|_| !self.is_undone);
        let lines = restored.chain(&self.reverted).chain(&self.stays).chain(&self.diagnostics);
        document.list(lines.cloned().collect())
    }
}

impl Present for DeploymentReport {
    fn present(&self, reporter: &Reporter) {
        reporter.emit(&Event::Report(self.document()));
    }
}
