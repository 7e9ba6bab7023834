use operation::Present;
use release_version::ReleaseVersion;
use report::{Document, Event, Reporter, Table};
use serde::Serialize;
use serde_json::json;

use super::check::{Check, Verdict};

/// A published version, verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VerifiedRelease {
    /// Name of the project.
    #[serde(skip)]
    pub project: String,
    /// The version.
    pub version: ReleaseVersion,
    /// Every check.
    pub checks: Vec<Check>,
    /// Pages on which a person reviews the release.
    pub links: Vec<String>,
}

impl VerifiedRelease {
    /// What is not as it should be.
    #[must_use]
    pub fn differences(&self) -> Vec<String> {
        let checks = self.checks.iter();
        checks
            .filter(|check| matches!(check.verdict, Verdict::Differs(_)))
            .map(ToString::to_string)
            .collect()
    }

    /// What could not be checked.
    #[must_use]
    pub fn unknown(&self) -> Vec<String> {
        let checks = self.checks.iter();
        checks
            .filter(|check| matches!(check.verdict, Verdict::Unknown(_)))
            .map(ToString::to_string)
            .collect()
    }

    fn document(&self) -> Document {
        let mut table = Table::new(&["target", "check", "result", "evidence"]);
        for Check { target, what, verdict } in &self.checks {
            table.row([target.as_str(), what, verdict.label(), verdict.text()]);
        }
        let heading = format!("Verification of {}", self.version);
        let document = Document::new(json!(self)).heading(heading).table(table);
        if self.links.is_empty() {
            return document;
        }
        document.heading("Review").list(self.links.clone())
    }
}

impl Present for VerifiedRelease {
    fn present(&self, reporter: &Reporter) {
        reporter.emit(&Event::Report(self.document()));
        if self.differences().is_empty() && self.unknown().is_empty() {
            reporter.ok(format!("{} {} is served as it was released", self.project, self.version));
        }
    }
}
