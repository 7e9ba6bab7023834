use std::collections::BTreeMap;

use operation::Present;
use project_databases::BackupState;
use report::{Document, Event, Reporter, Table};
use serde::Serialize;
use serde_json::json;

use crate::{
    database_table::database_table,
    one_off::{ListedCommand, command_table},
    plan::{Instance, InstanceHealth, InstanceState},
    rollback_list::RollbackList,
    target::{LockHolder, Maintenance},
};

/// The state of a target.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StatusReport {
    /// The target.
    pub target: String,
    /// Every service, by name.
    pub services: BTreeMap<String, ServiceStatus>,
    /// Who holds the lock.
    pub lock: Option<LockHolder>,
    /// The maintenance that keeps users from the application.
    pub maintenance: Option<Maintenance>,
    /// What can be gone back to, the newest first.
    pub rollback: RollbackList,
    /// The backups of each declared database, by name.
    pub databases: Vec<BackupState>,
    /// The last commands that ran in containers of their own, the newest first.
    pub commands: Vec<ListedCommand>,
    /// What to know about services that are as they should be, a line each.
    pub notes: Vec<String>,
    /// What is wrong, a line each; empty when everything is as it should be.
    pub problems: Vec<String>,
}

/// The state of a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ServiceStatus {
    /// Why it is deployed on its own request only; `None` for a service of the application.
    pub infrastructure: Option<String>,
    /// The deployment whose configuration it runs with, brought back by a rollback; `None` for
    /// the declared one.
    pub configuration_of: Option<String>,
    /// How many instances it should have.
    pub replicas: u64,
    /// Its instances, in every state.
    pub instances: Vec<InstanceStatus>,
}

/// The state of an instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InstanceStatus {
    /// The instance.
    #[serde(flatten)]
    pub instance: Instance,
    /// Its image by the target's names: `demo/api:1.2.0 (sha256:4eccbda152b5)`.
    pub image_name: String,
}

impl Present for StatusReport {
    fn present(&self, reporter: &Reporter) {
        let mut table = Table::new(&["service", "container", "state", "image"]);
        for (name, service) in &self.services {
            add_rows(&mut table, name, service);
        }
        let lock = self.lock.as_ref().map(|holder| format!("Locked: {holder}"));
        let document = Document::new(json!(self)).heading(self.target.clone()).table(table);
        let document = document.list(lock.into_iter().chain(self.notes.clone()).collect());
        let document = match self.rollback.points.is_empty() {
            true => document,
            false => document.heading("Deployments").table(self.rollback.table()),
        };
        let document = match self.databases.is_empty() {
            true => document,
            false => document.heading("Databases").table(database_table(&self.databases)),
        };
        let document = match self.commands.is_empty() {
            true => document,
            false => document.heading("Commands").table(command_table(&self.commands)),
        };
        reporter.emit(&Event::Report(document));
    }
}

fn add_rows(table: &mut Table, name: &str, service: &ServiceStatus) {
    let label = match &service.infrastructure {
        Some(_) => format!("{name} (infrastructure)"),
        None => name.to_owned(),
    };
    if service.instances.is_empty() {
        table.row([label.as_str(), "–", "not created"]);
    }
    for status in &service.instances {
        let (container, state) = (status.instance.name.clone(), state_of(status));
        table.row([label.clone(), container, state, status.image_name.clone()]);
    }
}

fn state_of(status: &InstanceStatus) -> String {
    let instance = &status.instance;
    let state = match &instance.state {
        InstanceState::Created => "created",
        InstanceState::Running => "running",
        InstanceState::Stopped => "stopped",
        InstanceState::Other(state) => state,
    };
    let health = match instance.health {
        InstanceHealth::Unchecked => "",
        InstanceHealth::Starting => ", starting",
        InstanceHealth::Healthy => ", healthy",
        InstanceHealth::Unhealthy => ", unhealthy",
    };
    let restarts = match instance.restarts {
        0 => String::new(),
        number => format!(", {number} restarts"),
    };
    format!("{state}{health}{restarts}")
}
