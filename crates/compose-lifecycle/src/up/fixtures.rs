//! Values for unit tests.

use std::collections::BTreeMap;

use compose::ComposeProject;
use compose_runtime::{ExpectedImage, Observation, ServiceContainer};
use image_ref::Digest;
use local_docker::{ContainerDetails, ContainerState};

use super::plan::{ProjectPlan, ServicePlan};

/// A service whose registry serves the content `new`, which the engine does not have.
pub(super) fn service_plan() -> ServicePlan {
    ServicePlan {
        reference: "demo/web".parse().ok(),
        expected: ExpectedImage::Digest(Digest::of(b"new")),
        platform: None,
        pull_policy: None,
        has_containers: true,
        local: None,
    }
}

/// The project `demo` with such services, of which nothing exists.
pub(super) fn project_plan(services: &[&str]) -> ProjectPlan {
    let project = ComposeProject {
        name: "demo".to_owned(),
        folder: "/srv".into(),
        files: Vec::new(),
        profiles: Vec::new(),
        env_files: Vec::new(),
        warnings: Vec::new(),
    };
    let services = services.iter().map(|name| ((*name).to_owned(), service_plan())).collect();
    ProjectPlan { project, named: Vec::new(), services, before: Observation::default() }
}

/// The first container of a service; its identifier is `id` repeated twelve times.
pub(super) fn running_container(service: &str, id: char) -> ServiceContainer {
    let details = ContainerDetails {
        id: id.to_string().repeat(12).parse().unwrap(),
        name: format!("demo-{service}-1"),
        image: "demo/web".to_owned(),
        image_id: None,
        state: ContainerState::Running,
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
        addresses: BTreeMap::new(),
        exposed_ports: Vec::new(),
        variable_names: Vec::new(),
        mounts: Vec::new(),
    };
    ServiceContainer { service: service.to_owned(), number: 1, details }
}
