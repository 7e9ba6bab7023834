//! The result of stopping projects: what was removed and what is left.

use std::fmt;

use compose::down::{Container, ResourceKind};
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

/// Such as `container shop-web-1 (running)`.
impl fmt::Display for RemainingResource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.state {
            Some(state) => write!(f, "{} {} ({state})", self.kind, self.name),
            None => write!(f, "{} {}", self.kind, self.name),
        }
    }
}
