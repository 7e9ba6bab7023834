//! What happened to a project: its resources before and after, and what is left.

use compose::down::{
    DownPlan, Leftover, LeftoverReason, NetworkDown, ProjectResources, ResourceKind,
};

use super::report::{ProjectReport, RemainingResource, RemovedResources, StopMethod};

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

impl ProjectOutcome {
    pub(super) fn into_report(self) -> ProjectReport {
        let removed = removed_resources(&self.before, &self.after);
        let volumes = self.after.volumes.iter().map(|volume| volume.name.clone()).collect();
        ProjectReport {
            unfinished: unfinished(&self),
            leftovers: leftovers(&self),
            running: self
                .after
                .containers
                .iter()
                .filter(|container| container.running)
                .cloned()
                .collect(),
            changed: states(&self.before) != states(&self.after)
                || !(removed.networks.is_empty() && removed.volumes.is_empty()),
            removed,
            volumes,
            project: self.project,
            files: self.files,
            warnings: self.warnings,
            method: self.method,
            interrupted: self.interrupted,
            problems: self.problems,
        }
    }
}

fn removed_resources(before: &ProjectResources, after: &ProjectResources) -> RemovedResources {
    let containers =
        before.containers.iter().filter(|old| !after.containers.iter().any(|new| new.id == old.id));
    let networks =
        before.networks.iter().filter(|old| !after.networks.iter().any(|new| new.id == old.id));
    let volumes =
        before.volumes.iter().filter(|old| !after.volumes.iter().any(|new| new.name == old.name));
    RemovedResources {
        containers: containers.map(|container| container.name.clone()).collect(),
        networks: networks.map(|network| network.name.clone()).collect(),
        volumes: volumes.map(|volume| volume.name.clone()).collect(),
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
        remaining.containers_in_order().map(|container| (ResourceKind::Container, &container.name));
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
        ResourceKind::Network if is_stuck_network(outcome, name) => {
            ("no container is attached to it, but the engine reports one", "restart the engine")
        }
        _ if outcome.interrupted => ("interrupted", "run the command again"),
        _ => ("not removed", "run the command again"),
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use compose::{
        down::{Container, DownOptions, Network, Volume, plan_down},
        labels,
    };
    use serde_json::json;

    use super::*;

    fn container(name: &str, one_off: bool) -> Container {
        let one_off = if one_off { "True" } else { "False" };
        let labels =
            [(labels::SERVICE, name), (labels::CONFIG_HASH, "1"), (labels::ONEOFF, one_off)];
        Container {
            id: name.to_owned(),
            name: name.to_owned(),
            state: "running".to_owned(),
            running: true,
            labels: labels.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            networks: Vec::new(),
        }
    }

    fn network(attached: &[&str]) -> Network {
        Network {
            id: "network".to_owned(),
            name: "shop_default".to_owned(),
            labels: BTreeMap::from([(labels::NETWORK.to_owned(), "default".to_owned())]),
            attached: attached.iter().map(ToString::to_string).collect(),
        }
    }

    /// A project of which `web` and a one-off container existed, and this is left.
    fn report(containers: Vec<Container>, networks: Vec<Network>) -> ProjectReport {
        let volumes = vec![Volume { name: "shop_data".to_owned(), ..Volume::default() }];
        let before = ProjectResources {
            containers: vec![container("web", false), container("once", true)],
            networks: vec![network(&[])],
            volumes: volumes.clone(),
        };
        let after = ProjectResources { containers, networks, volumes };
        let outcome = ProjectOutcome {
            project: "shop".to_owned(),
            files: Vec::new(),
            warnings: Vec::new(),
            method: StopMethod::Engine,
            before,
            remaining: plan_down(&after, None, DownOptions::default()),
            after,
            problems: Vec::new(),
            interrupted: false,
        };
        outcome.into_report()
    }

    fn lines(resources: &[RemainingResource]) -> Vec<String> {
        let resources = resources.iter();
        let lines = resources.map(|left| {
            format!("{left}: {}; {}", left.reason, left.removed_by.unwrap_or("nothing"))
        });
        lines.collect()
    }

    #[test]
    fn removed_resources_existed_before_and_no_longer_exist() {
        let report = report(Vec::new(), Vec::new());
        assert_eq!(report.removed.containers, ["web", "once"]);
        assert_eq!(report.removed.networks, ["shop_default"]);
        assert_eq!(report.volumes, ["shop_data"]);
        assert!(report.changed && report.unfinished.is_empty() && report.leftovers.is_empty());
    }

    #[test]
    fn a_network_that_a_one_off_container_uses_is_left_with_it() {
        let report = report(vec![container("once", true)], vec![network(&["once"])]);
        let leftovers = [
            "container once (running): one-off container (`run once`); --everything",
            "network shop_default: in use by once; --everything",
        ];
        assert_eq!(lines(&report.leftovers), leftovers);
        assert_eq!(lines(&report.unfinished), Vec::<String>::new());
    }

    #[test]
    fn what_another_run_would_remove_is_unfinished() {
        let report = report(vec![container("web", false)], vec![network(&["web"])]);
        let unfinished = [
            "container web (running): not removed; run the command again",
            "network shop_default: not removed; run the command again",
        ];
        assert_eq!(lines(&report.unfinished), unfinished);
    }

    #[test]
    fn a_network_without_containers_needs_a_restart_of_the_engine() {
        let report = report(Vec::new(), vec![network(&[])]);
        let reason = "no container is attached to it, but the engine reports one";
        let unfinished = format!("network shop_default: {reason}; restart the engine");
        assert_eq!(lines(&report.unfinished), [unfinished]);
    }

    #[test]
    fn field_names_of_the_json_are_stable() {
        let report = json!(report(vec![container("once", true)], Vec::new()));
        let fields: Vec<&String> = report.as_object().unwrap().keys().collect();
        let expected = [
            "project",
            "files",
            "way",
            "interrupted",
            "removed",
            "unfinished",
            "left",
            "running",
            "volumes",
            "problems",
        ];
        assert_eq!(fields, expected);
        let fields: Vec<&String> = report["left"][0].as_object().unwrap().keys().collect();
        assert_eq!(fields, ["kind", "name", "state", "why", "taken-by"]);
    }
}
