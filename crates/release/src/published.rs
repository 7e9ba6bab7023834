use operation::{FailureKind, Present};
use release_plan::{ReleasePlan, ReleaseStep};
use release_version::{ReleaseVersion, TemplateValues};
use report::{Document, Event, Reporter, StepState, Table};
use serde::Serialize;
use serde_json::json;
use step_plan::Action as _;
use step_runner::{EndedStep, Execution};

use crate::{
    Project,
    clients::Clients,
    context::ReleaseContext,
    unfinished::{has_published, started_steps},
};

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
    pub(crate) fn new(
        release: &ReleaseContext<'_>,
        plan: &ReleasePlan,
        execution: Execution<release_plan::StepId>,
    ) -> Self {
        let failed: Vec<(&ReleaseStep, &EndedStep)> = plan
            .steps
            .iter()
            .filter_map(|step| Some((step, execution.step(&step.id())?)))
            .filter(|(_, ended)| ended.state == StepState::Failed)
            .collect();
        let mut required = plan.steps.iter().filter(|step| step.is_required());
        // What cannot be read may be public.
        let started = started_steps(&release.journal.records());
        Self {
            project: release.project.name.clone(),
            version: plan.version,
            steps: plan.steps.iter().map(|step| ReportedStep::new(step, &execution)).collect(),
            links: review_links(release.project, release.clients, &plan.version),
            complete: required.all(|step| execution.succeeded(&step.id())),
            refused: failed.iter().all(|(_, ended)| ended.refused),
            failed: failed.iter().map(|(step, _)| step.action.title()).collect(),
            published_something: started.is_ok_and(|steps| has_published(&steps)),
            interrupted: execution.interrupted,
            advice: advice(&plan.version, failed.iter().all(|(_, ended)| ended.refused)),
        }
    }

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

fn advice(version: &ReleaseVersion, refused: bool) -> String {
    let withdraw = format!("`full-release {version} --abort` withdraws what can be withdrawn");
    if refused {
        return format!("the same command will be refused again until that is settled; {withdraw}");
    }
    format!("`full-release {version}` resumes; {withdraw}")
}

impl ReportedStep {
    fn new(step: &ReleaseStep, execution: &Execution<release_plan::StepId>) -> Self {
        let ended = execution.step(&step.id());
        Self {
            step: step.id().to_string(),
            target: step.action.target(),
            state: ended.map_or(StepState::NotTried, |ended| ended.state),
            evidence: ended.map(|ended| ended.detail.clone()),
            seconds: ended.map(|ended| ended.seconds),
        }
    }
}

/// The state of a target: the worst of its steps.
fn target_state(steps: &[&ReportedStep]) -> &'static str {
    let count = |state| steps.iter().filter(|step| step.state == state).count();
    let not_tried = count(StepState::NotTried);
    match () {
        () if count(StepState::Failed) > 0 => StepState::Failed.words(),
        () if not_tried == steps.len() => StepState::NotTried.words(),
        () if not_tried > 0 => "unfinished",
        () if count(StepState::AlreadyDone) == steps.len() => StepState::AlreadyDone.words(),
        () => StepState::Done.words(),
    }
}

/// The first line of what each step of a target showed.
fn evidence_lines(steps: &[&ReportedStep]) -> String {
    let evidence = steps.iter().filter_map(|step| step.evidence.as_ref()?.lines().next());
    evidence.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// Pages on which a person reviews the release, as the original script printed them:
/// index release pages, tag pages filtered by name, index histories.
pub(crate) fn review_links(
    project: &Project,
    clients: &Clients,
    version: &ReleaseVersion,
) -> Vec<String> {
    let mut links = Vec::new();
    if let Some(package) = &project.package {
        let name = package.pyproject.normalized_name();
        for reader in clients.indexes.values() {
            let pages =
                registry_pypi::links::review_links(reader.endpoints(), &name, &version.pep440());
            links.extend(pages.into_iter().map(|link| format!("{}: {}", link.label, link.url)));
        }
    }
    for image in &project.configuration.images {
        links.extend(tag_page(project, image, version));
    }
    links
}

/// The page of an image's tags; none for a registry that is placed elsewhere.
fn tag_page(
    project: &Project,
    image: &configuration::Image,
    version: &ReleaseVersion,
) -> Option<String> {
    if project.registry(&image.repository).url.is_some() {
        return None;
    }
    let values = TemplateValues { version, commit: "" };
    let tag = image.tags.first()?.render(values).parse().ok()?;
    let url = registry_dockerhub::hub::review_link(&image.repository, &tag)?;
    Some(format!("{} tags: {url}", image.repository))
}

impl Present for PublishedRelease {
    fn present(&self, reporter: &Reporter) {
        reporter.emit(&Event::Report(self.document()));
        if self.complete && self.failed.is_empty() && !self.interrupted {
            reporter.ok(format!("{} {} is released", self.project, self.version));
        }
    }
}
