//! Values for the tests of this operation.

use std::collections::BTreeMap;

use compose::ComposeProject;
use image_ref::Digest;
use local_docker::{ContainerDetails, ContainerState};

use super::{
    observed::{Observed, Seen},
    plan::{Measure, ProjectPlan, ServicePlan},
};

/// The first container of a service, with an identifier of twelve times `id`.
pub(super) fn container(service: &str, id: char, state: ContainerState) -> Seen {
    let details = ContainerDetails {
        id: id.to_string().repeat(12).parse().unwrap(),
        name: format!("demo-{service}-1"),
        image: "demo/web".to_owned(),
        image_id: None,
        state,
        started: None,
        exit_code: None,
        health: None,
        health_log: None,
        restart_policy: "no".to_owned(),
        restart_count: 0,
        stop_signal: None,
        stop_timeout: None,
        labels: BTreeMap::new(),
        networks: Vec::new(),
        mounts: Vec::new(),
    };
    Seen { service: service.to_owned(), number: 1, details }
}

/// A service whose registry serves the content `new`, which is not here.
pub(super) fn service() -> ServicePlan {
    ServicePlan {
        reference: "demo/web".parse().ok(),
        measure: Measure::Served(Digest::of(b"new")),
        platform: None,
        pull_policy: None,
        has_containers: true,
        here: None,
    }
}

/// The project `demo` with such services, of which nothing is there.
pub(super) fn plan(services: &[&str]) -> ProjectPlan {
    let project = ComposeProject {
        name: "demo".to_owned(),
        folder: "/srv".into(),
        files: Vec::new(),
        profiles: Vec::new(),
        env_files: Vec::new(),
        warnings: Vec::new(),
    };
    let services = services.iter().map(|name| ((*name).to_owned(), service())).collect();
    ProjectPlan { project, named: Vec::new(), services, before: Observed::default() }
}
