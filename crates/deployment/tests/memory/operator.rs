//! Who deploys to the target in memory.

use std::{collections::BTreeMap, path::PathBuf};

use configuration::{Deploy, Period};
use journal::StateFolder;
use local_docker::{DockerEnvironment, EndpointChoice};
use operation::{Environment, LocalProject};
use report::Reporter;

/// Shows nothing, asks nothing, and has no variables.
pub(crate) fn silent_environment(state: PathBuf) -> Environment {
    let environment = DockerEnvironment::default();
    Environment {
        variables: BTreeMap::new(),
        home: None,
        state: Some(StateFolder::new(state)),
        engine: EndpointChoice { host: None, context: None, environment },
        python: "python3".into(),
        reporter: Reporter::silent(),
        confirm: None,
        kill_after: None,
    }
}

/// Whose new versions are not watched.
pub(crate) fn impatient_project() -> LocalProject {
    let mut project = LocalProject::default();
    project.configuration.deploy = Deploy { soak: Period::seconds(0), ..Deploy::default() };
    project
}
