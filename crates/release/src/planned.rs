use operation::Present;
use release_plan::{Finding, ReleasePlan};
use report::{Document, Event, Reporter};
use serde::Serialize;
use serde_json::json;

/// What a release would do, and what preflight found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlannedRelease {
    /// The steps.
    pub plan: ReleasePlan,
    /// Warnings, and problems that block the release.
    pub findings: Vec<Finding>,
}

impl PlannedRelease {
    /// Whether preflight found problems that block the release.
    #[must_use]
    pub fn is_blocked(&self) -> bool {
        self.findings.iter().any(Finding::blocks)
    }

    fn document(&self) -> Document {
        let document = Document::new(json!(self)).text(self.plan.to_string());
        if self.findings.is_empty() {
            return document;
        }
        let lines = self.findings.iter().map(finding_line).collect();
        // A terminal has shown the warnings, and the error that follows lists the rest.
        document.markdown_only().heading("Preflight").list(lines)
    }
}

fn finding_line(finding: &Finding) -> String {
    format!("{}: {finding}", if finding.blocks() { "blocks the release" } else { "warning" })
}

impl Present for PlannedRelease {
    fn present(&self, reporter: &Reporter) {
        reporter.emit(&Event::Plan(self.document()));
    }
}
