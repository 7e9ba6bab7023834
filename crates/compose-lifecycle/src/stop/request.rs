use std::{path::PathBuf, time::Duration};

use operation::ComposeSelection;

/// Which projects to stop, and how much of them to remove.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StopRequest {
    /// The projects, selected by the flags of `docker compose`.
    pub selection: ComposeSelection,
    /// Compose files, one project each, which are stopped one after the other.
    pub files: Vec<PathBuf>,
    /// Also services of all profiles, one-off containers, orphans, and the
    /// networks that are empty then.
    pub everything: bool,
    /// Also the projects' volumes and anonymous ones, with their data.
    pub volumes: bool,
    /// The user has confirmed the removal of volumes: no question is asked.
    pub confirmed: bool,
    /// Replaces the containers' own grace periods.
    pub timeout: Option<Duration>,
    /// Through the engine, even if Compose is installed.
    pub native: bool,
}
