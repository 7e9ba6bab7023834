use operation::{FailureKind, Present};
use release_version::ReleaseVersion;
use report::{Document, Event, Reporter, StepState, Table};
use serde::Serialize;
use serde_json::json;

/// What came of a release.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PublishedRelease {
    /// Name of the project.
    #[serde(skip)]
    pub project: String,
    /// The version.
    pub version: ReleaseVersion,
    /// Every step of the plan, in order.
    pub steps: Vec<ReportedStep>,
    /// What the release leaves out, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_out: Option<String>,
    /// Pages on which a person reviews the release.
    pub links: Vec<String>,
    /// Whether everything required was done.
    #[serde(skip)]
    pub complete: bool,
    /// Titles of the steps that failed.
    #[serde(skip)]
    pub failed: Vec<String>,
    /// Whether all failures are refusals, which trying again does not help.
    #[serde(skip)]
    pub refused: bool,
    /// Whether anything left this machine, in this run or an earlier one.
    #[serde(skip)]
    pub published_something: bool,
    /// Whether the user interrupted the release.
    #[serde(skip)]
    pub interrupted: bool,
    /// What to do when it is not complete.
    #[serde(skip)]
    pub(crate) advice: String,
}

/// One step of a release, and how it ended.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReportedStep {
    /// The step.
    pub step: String,
    /// The target that it belongs to: `index pypi`.
    pub target: Option<String>,
    /// How it ended.
    pub state: StepState,
    /// What proves it, or why it failed.
    pub evidence: Option<String>,
    /// How long it took.
    pub seconds: Option<f64>,
}

impl PublishedRelease {
    /// How the release ended, when it is not complete.
    pub(crate) fn failure_kind(&self) -> FailureKind {
        match (self.complete, self.refused, self.published_something) {
            (true, _, _) => FailureKind::HalfWay,
            (false, true, _) => FailureKind::Refused,
            (false, false, true) => FailureKind::HalfWay,
            (false, false, false) => FailureKind::Failed,
        }
    }

    /// What failed, in a sentence.
    pub(crate) fn problem(&self) -> String {
        let titles: Vec<String> = self.failed.iter().map(|title| format!("\"{title}\"")).collect();
        let (version, titles) = (self.version, titles.join(", "));
        if self.complete {
            format!("{version} is released, except for the optional {titles}")
        } else {
            format!("the release of {version} stopped: {titles} failed")
        }
    }

    fn document(&self) -> Document {
        let mut table = Table::new(&["target", "state", "time", "evidence"]);
        for (target, steps) in self.by_target() {
            let seconds = steps.iter().filter_map(|step| step.seconds).fold(0.0, |sum, s| sum + s);
            let (state, time) = (target_state(&steps).to_owned(), format!("{seconds:.1} s"));
            table.row([target, state, time, evidence_lines(&steps)]);
        }
        let document = Document::new(json!(self));
        let document = document.heading(format!("Release {}", self.version)).table(table);
        let document = self.left_out.iter().fold(document, Document::text);
        if self.links.is_empty() {
            return document;
        }
        document.heading(format!("Review {}", self.version)).list(self.links.clone())
    }

    /// The steps of each target, in the order in which targets first appear.
    fn by_target(&self) -> Vec<(String, Vec<&ReportedStep>)> {
        let mut targets: Vec<(String, Vec<&ReportedStep>)> = Vec::new();
        for step in &self.steps {
            let name = step.target.clone().unwrap_or_else(|| "project".to_owned());
            match targets.iter_mut().find(|(target, _)| *target == name) {
                Some((_, steps)) => steps.push(step),
                None => targets.push((name, vec![step])),
            }
        }
        targets
    }
}

/// The state of a target: the worst of its steps.
fn target_state(steps: &[&ReportedStep]) -> &'static str {
    let count = |state| steps.iter().filter(|step| step.state == state).count();
    let not_tried = count(StepState::NotTried);
    match () {
        () if count(StepState::Failed) > 0 => StepState::Failed.label(),
        () if not_tried == steps.len() => StepState::NotTried.label(),
        () if not_tried > 0 => "unfinished",
        () if count(StepState::AlreadyDone) == steps.len() => StepState::AlreadyDone.label(),
        () => StepState::Done.label(),
    }
}

/// The first line of what each step of a target showed, after the act of the step.
fn evidence_lines(steps: &[&ReportedStep]) -> String {
    let evidence = steps.iter().filter_map(|step| {
        let line = step.evidence.as_ref()?.lines().next()?;
        Some(format!("{}: {line}", step_act(&step.step)))
    });
    evidence.collect::<Vec<_>>().join("\n")
}

/// What a step does, without the target that it belongs to: `upload`, `check 1`.
fn step_act(step: &str) -> String {
    match step.rsplit_once('.') {
        Some((kind, number)) if number.parse::<usize>().is_ok() => format!("{kind} {number}"),
        Some(("package", act)) => format!("{act} package"),
        Some((_, act)) => act.to_owned(),
        None => step.to_owned(),
    }
}

impl Present for PublishedRelease {
    fn present(&self, reporter: &Reporter) {
        reporter.emit(&Event::Report(self.document()));
        if self.complete && self.failed.is_empty() && !self.interrupted {
            reporter.ok(format!("{} {} is released", self.project, self.version));
        }
    }
}
