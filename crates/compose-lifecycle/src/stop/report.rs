//! The result of stopping projects: what was removed and what is left, from what the
//! engine had before and has afterwards.

use std::fmt;

use compose::down::{
    Container, DownPlan, Leftover, LeftoverReason, NetworkDown, ProjectResources, ResourceKind,
};
use serde::{Serialize, Serializer};

/// What was done with every project that was worked on.
#[derive(Debug, Clone, Default, Serialize)]
pub struct StopReport {
    /// In the order of the request.
    pub projects: Vec<ProjectReport>,
}

/// What was done with one project.
#[derive(Debug, Clone, Serialize)]
pub struct ProjectReport {
    /// Its name.
    pub project: String,
    /// Its Compose files, if they were used.
    pub files: Vec<String>,
    /// How it was taken down.
    #[serde(rename = "way")]
    pub method: StopMethod,
    /// Whether the user interrupted it.
    pub interrupted: bool,
    /// What existed before and no longer exists.
    pub removed: RemovedResources,
    /// What is left and should have been removed.
    pub unfinished: Vec<RemainingResource>,
    /// What is left on purpose.
    #[serde(rename = "left")]
    pub leftovers: Vec<RemainingResource>,
    /// Containers that are running, for whatever reason.
    pub running: Vec<Container>,
    /// Names of the volumes that exist.
    pub volumes: Vec<String>,
    /// What went wrong.
    pub problems: Vec<String>,
    /// Whether anything changed.
    #[serde(skip)]
    pub changed: bool,
    /// What Compose warns about in the project's files.
    #[serde(skip)]
    pub warnings: Vec<String>,
}

/// Names of what was removed.
#[derive(Debug, Clone, Default, Serialize)]
pub struct RemovedResources {
    /// Containers.
    pub containers: Vec<String>,
    /// Networks.
    pub networks: Vec<String>,
    /// Volumes.
    pub volumes: Vec<String>,
}

/// A resource that still exists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RemainingResource {
    /// Its kind.
    pub kind: ResourceKind,
    /// Its name.
    pub name: String,
    /// The state of a container.
    pub state: Option<String>,
    /// Why it still exists.
    #[serde(rename = "why")]
    pub reason: String,
    /// What would remove it.
    #[serde(rename = "taken-by")]
    pub removed_by: Option<&'static str>,
}

/// How a project is taken down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopMethod {
    /// With the installed Compose.
    Compose,
    /// Through the engine, with what the files declare.
    Engine,
    /// Through the engine, by labels alone.
    Labels,
    /// There is nothing to do.
    NothingToDo,
}

impl fmt::Display for StopMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Compose => "by docker compose",
            Self::Engine => "through the engine",
            Self::Labels => "through the engine, by labels",
            Self::NothingToDo => "nothing to do",
        })
    }
}

impl Serialize for StopMethod {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// `project shop (/srv/shop/compose.yaml)`
pub(super) fn project_label(name: &str, files: &[String]) -> String {
    match files {
        [] => format!("project {name}"),
        files => format!("project {name} ({})", files.join(", ")),
    }
}

/// What is known of a project after the attempt to take it down.
pub(super) struct ProjectOutcome {
    pub(super) project: String,
    pub(super) files: Vec<String>,
    pub(super) warnings: Vec<String>,
    pub(super) method: StopMethod,
    pub(super) before: ProjectResources,
    pub(super) after: ProjectResources,
    /// What another attempt would do, and what it would leave.
    pub(super) remaining: DownPlan,
    pub(super) problems: Vec<String>,
    pub(super) interrupted: bool,
}

impl ProjectReport {
    pub(super) fn new(outcome: ProjectOutcome) -> Self {
        let removed = RemovedResources::between(&outcome.before, &outcome.after);
        let volumes = outcome.after.volumes.iter().map(|volume| volume.name.clone()).collect();
        Self {
            unfinished: unfinished(&outcome),
            leftovers: leftovers(&outcome),
            running: outcome.after.containers.iter().filter(|one| one.running).cloned().collect(),
            changed: states(&outcome.before) != states(&outcome.after)
                || !(removed.networks.is_empty() && removed.volumes.is_empty()),
            removed,
            volumes,
            project: outcome.project,
            files: outcome.files,
            warnings: outcome.warnings,
            method: outcome.method,
            interrupted: outcome.interrupted,
            problems: outcome.problems,
        }
    }
}

/// Such as `container shop-web-1 (running)`.
impl fmt::Display for RemainingResource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.state {
            Some(state) => write!(f, "{} {} ({state})", self.kind, self.name),
            None => write!(f, "{} {}", self.kind, self.name),
        }
    }
}

impl RemovedResources {
    fn between(before: &ProjectResources, after: &ProjectResources) -> Self {
        let containers = before
            .containers
            .iter()
            .filter(|old| after.containers.iter().all(|new| new.id != old.id));
        let networks =
            before.networks.iter().filter(|old| after.networks.iter().all(|new| new.id != old.id));
        let volumes = before
            .volumes
            .iter()
            .filter(|old| after.volumes.iter().all(|new| new.name != old.name));
        Self {
            containers: containers.map(|container| container.name.clone()).collect(),
            networks: networks.map(|network| network.name.clone()).collect(),
            volumes: volumes.map(|volume| volume.name.clone()).collect(),
        }
    }
}

fn states(resources: &ProjectResources) -> Vec<(&str, &str)> {
    let containers = resources.containers.iter();
    containers.map(|container| (container.id.as_str(), container.state.as_str())).collect()
}

/// What should have been removed: everything that another attempt would remove.
fn unfinished(outcome: &ProjectOutcome) -> Vec<RemainingResource> {
    let remaining = &outcome.remaining;
    let containers =
        remaining.containers().map(|container| (ResourceKind::Container, &container.name));
    let free_networks = remaining.networks.iter().filter(|down| down.held_by.is_empty());
    let networks = free_networks.map(|down| (ResourceKind::Network, &down.network.name));
    let volumes = remaining.volumes.iter().map(|volume| (ResourceKind::Volume, &volume.name));
    let resources = containers.chain(networks).chain(volumes);
    resources.map(|(kind, name)| unfinished_resource(outcome, kind, name)).collect()
}

fn unfinished_resource(
    outcome: &ProjectOutcome,
    kind: ResourceKind,
    name: &str,
) -> RemainingResource {
    let (reason, removed_by) = match kind {
        ResourceKind::Network if is_stuck_network(outcome, name) => (
            "no container is attached to it, but the engine reports one",
            "a restart of the engine",
        ),
        _ if outcome.interrupted => ("interrupted", "run it again"),
        _ => ("not removed", "run it again"),
    };
    RemainingResource {
        kind,
        name: name.to_owned(),
        state: state_of(outcome, kind, name),
        reason: reason.to_owned(),
        removed_by: Some(removed_by),
    }
}

/// Whether the engine refused to remove a network to which no container is attached.
/// Engines (20.10) have been observed to count a container that no longer exists, for
/// `docker compose down` too.
fn is_stuck_network(outcome: &ProjectOutcome, name: &str) -> bool {
    let mut networks = outcome.after.networks.iter().filter(|network| network.name == name);
    let is_unattached = networks.all(|network| network.attached.is_empty());
    is_unattached && !outcome.interrupted && outcome.remaining.services.is_empty()
}

/// What is left on purpose, with networks that are in use.
fn leftovers(outcome: &ProjectOutcome) -> Vec<RemainingResource> {
    let held_networks = outcome.remaining.networks.iter().filter_map(held_network);
    let mut leftovers: Vec<Leftover> =
        outcome.remaining.leftovers.iter().cloned().chain(held_networks).collect();
    leftovers.sort_by(|a, b| (a.kind, &a.name).cmp(&(b.kind, &b.name)));
    leftovers.into_iter().map(|leftover| remaining_leftover(outcome, leftover)).collect()
}

fn held_network(down: &NetworkDown) -> Option<Leftover> {
    (!down.held_by.is_empty()).then(|| Leftover {
        kind: ResourceKind::Network,
        name: down.network.name.clone(),
        reason: LeftoverReason::InUse { by: down.held_by.clone() },
    })
}

fn remaining_leftover(outcome: &ProjectOutcome, leftover: Leftover) -> RemainingResource {
    let Leftover { kind, name, reason } = leftover;
    let removed_by_everything = match &reason {
        LeftoverReason::InUse { by } => {
            by.iter().all(|container| is_removed_by_everything(outcome, container))
        }
        reason => reason.is_removed_by_everything(),
    };
    RemainingResource {
        kind,
        state: state_of(outcome, kind, &name),
        name,
        reason: reason.to_string(),
        removed_by: removed_by_everything.then_some("--everything"),
    }
}

fn is_removed_by_everything(outcome: &ProjectOutcome, container: &str) -> bool {
    outcome.remaining.leftovers.iter().any(|leftover| {
        leftover.kind == ResourceKind::Container
            && leftover.name == container
            && leftover.reason.is_removed_by_everything()
    })
}

fn state_of(outcome: &ProjectOutcome, kind: ResourceKind, name: &str) -> Option<String> {
    if kind != ResourceKind::Container {
        return None;
    }
    let container = outcome.after.containers.iter().find(|container| container.name == name);
    container.map(|container| container.state.clone())
}
