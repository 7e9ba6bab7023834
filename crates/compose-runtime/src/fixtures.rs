//! Values for unit tests.

use std::collections::BTreeMap;

use local_docker::{ContainerDetails, ContainerState};

use crate::ServiceContainer;

/// The first container of a service of the project `demo`; its identifier is `id`
/// repeated twelve times.
pub(crate) fn container(service: &str, id: char, state: ContainerState) -> ServiceContainer {
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
        addresses: BTreeMap::new(),
        exposed_ports: Vec::new(),
        variable_names: Vec::new(),
        mounts: Vec::new(),
    };
    ServiceContainer { service: service.to_owned(), number: 1, details }
}
