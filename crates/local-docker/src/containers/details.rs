use std::{collections::BTreeMap, net::IpAddr, time::Duration};

use image_ref::ImageId;
use jiff::Timestamp;
use serde::{Deserialize, de::IgnoredAny};

use super::{
    attachments::{Mount, MountResponse, NetworkSettings},
    id::ContainerId,
    state::{ContainerState, Health},
};
use crate::client::wire::{non_empty, or_default, parse_lenient, parse_time, variable_names};

/// Characters of a probe's output that are kept.
const PROBE_LENGTH: usize = 200;

/// A container as `docker inspect` describes it. The values of its environment are
/// never kept: they may be secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerDetails {
    /// The engine's identifier.
    pub id: ContainerId,
    /// Its name, without the slash.
    pub name: String,
    /// The image that was requested when the container was created (`Config.Image`).
    pub image: String,
    /// The image it was created from.
    pub image_id: Option<ImageId>,
    /// Whether it runs.
    pub state: ContainerState,
    /// When its program was last started; `None` before the first start.
    pub started: Option<Timestamp>,
    /// How its program last ended; `None` while it runs and before its first end.
    pub exit_code: Option<i64>,
    /// Result of its health check; `None` without a check.
    pub health: Option<Health>,
    /// The beginning of the last probe's output, on one line.
    pub health_log: Option<String>,
    /// `no`, `always`, `unless-stopped` or `on-failure`.
    pub restart_policy: String,
    /// How often the engine restarted it by itself.
    pub restart_count: u64,
    /// The signal that stops it, if it is configured; otherwise SIGTERM.
    pub stop_signal: Option<String>,
    /// How long it may take after that signal before it is killed, if it is
    /// configured; otherwise 10 s. [`Duration::MAX`] means without a limit.
    pub stop_timeout: Option<Duration>,
    /// Its labels, including those of its image.
    pub labels: BTreeMap<String, String>,
    /// Names of its networks, in alphabetical order.
    pub networks: Vec<String>,
    /// Its addresses in its networks, by the network's name; empty while it does not
    /// run.
    pub addresses: BTreeMap<String, IpAddr>,
    /// The TCP ports that its image or its configuration exposes, in order.
    pub exposed_ports: Vec<u16>,
    /// The names of its environment variables, in order.
    pub variable_names: Vec<String>,
    /// What is mounted into it; for a mounted image also the reference that was
    /// requested.
    pub mounts: Vec<Mount>,
}

/// `GET /containers/{id}/json`, the members that are used.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ContainerInspectResponse {
    id: ContainerId,
    #[serde(default, deserialize_with = "or_default")]
    name: String,
    image: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    restart_count: i64,
    #[serde(default, deserialize_with = "or_default")]
    state: State,
    #[serde(default, deserialize_with = "or_default")]
    config: ContainerConfig,
    #[serde(default, deserialize_with = "or_default")]
    host_config: HostConfig,
    #[serde(default, deserialize_with = "or_default")]
    network_settings: NetworkSettings,
    #[serde(default, deserialize_with = "or_default")]
    mounts: Vec<MountResponse>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct State {
    #[serde(deserialize_with = "or_default")]
    status: ContainerState,
    #[serde(deserialize_with = "or_default")]
    exit_code: i64,
    started_at: Option<String>,
    health: Option<HealthResponse>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct HealthResponse {
    #[serde(deserialize_with = "or_default")]
    status: String,
    #[serde(deserialize_with = "or_default")]
    log: Vec<Probe>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Probe {
    #[serde(deserialize_with = "or_default")]
    output: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ContainerConfig {
    #[serde(deserialize_with = "or_default")]
    image: String,
    stop_signal: Option<String>,
    stop_timeout: Option<i64>,
    #[serde(deserialize_with = "or_default")]
    labels: BTreeMap<String, String>,
    #[serde(deserialize_with = "or_default")]
    exposed_ports: BTreeMap<String, IgnoredAny>,
    #[serde(deserialize_with = "variable_names")]
    env: Vec<String>,
}

/// `8000/tcp`
fn tcp_ports(exposed: &BTreeMap<String, IgnoredAny>) -> Vec<u16> {
    let mut ports: Vec<u16> =
        exposed.keys().filter_map(|port| port.strip_suffix("/tcp")?.parse().ok()).collect();
    ports.sort_unstable();
    ports
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct HostConfig {
    #[serde(deserialize_with = "or_default")]
    restart_policy: RestartPolicy,
    #[serde(deserialize_with = "or_default")]
    mounts: Vec<MountResponse>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct RestartPolicy {
    #[serde(deserialize_with = "or_default")]
    name: String,
}

impl From<ContainerInspectResponse> for ContainerDetails {
    fn from(response: ContainerInspectResponse) -> Self {
        let health = response.state.health.as_ref();
        let policy = non_empty(Some(response.host_config.restart_policy.name));
        Self {
            id: response.id,
            name: response.name.trim_start_matches('/').to_owned(),
            image: response.config.image,
            image_id: parse_lenient(response.image),
            started: parse_time(response.state.started_at.clone()),
            exit_code: exit_code(&response.state),
            health: health.and_then(|health| Health::from_status(&health.status)),
            health_log: health.and_then(last_output),
            state: response.state.status,
            restart_policy: policy.unwrap_or_else(|| "no".to_owned()),
            restart_count: response.restart_count.try_into().unwrap_or_default(),
            stop_signal: non_empty(response.config.stop_signal),
            stop_timeout: response.config.stop_timeout.map(grace_period),
            labels: response.config.labels,
            addresses: response.network_settings.addresses(),
            networks: response.network_settings.names(),
            exposed_ports: tcp_ports(&response.config.exposed_ports),
            variable_names: response.config.env,
            mounts: all_mounts(response.mounts, response.host_config.mounts),
        }
    }
}

/// A container that was never started has code 0, one that could not be
/// started has another.
fn exit_code(state: &State) -> Option<i64> {
    let ended = match state.status {
        ContainerState::Running | ContainerState::Paused => false,
        ContainerState::Created => state.exit_code != 0,
        _ => true,
    };
    ended.then_some(state.exit_code)
}

/// A negative number means that the engine waits without a limit.
fn grace_period(seconds: i64) -> Duration {
    seconds.try_into().map_or(Duration::MAX, Duration::from_secs)
}

fn last_output(health: &HealthResponse) -> Option<String> {
    let output = &health.log.last()?.output;
    let line = output.split_whitespace().collect::<Vec<_>>().join(" ");
    non_empty(Some(line.chars().take(PROBE_LENGTH).collect()))
}

/// Only the request contains the reference of a mounted image.
fn all_mounts(actual: Vec<MountResponse>, requested: Vec<MountResponse>) -> Vec<Mount> {
    let mut mounts: Vec<Mount> = actual.into_iter().map(Mount::from).collect();
    for mount in requested.into_iter().map(Mount::from) {
        if mount.kind == "image" && !mounts.contains(&mount) {
            mounts.push(mount);
        }
    }
    mounts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn details(members: &str) -> ContainerDetails {
        let id = "a4baf5d9b98296f4b3dc2efd6153e12bfd9bb76c30305b7776fc99de41dec74e";
        let recorded = format!(r#"{{"Id":"{id}",{members}}}"#);
        serde_json::from_str::<ContainerInspectResponse>(&recorded).unwrap().into()
    }

    #[test]
    fn the_requested_image_is_distinguished_from_the_image_it_was_created_from() {
        let details = details(
            r#""Name":"/web","RestartCount":3,"Config":{"Image":"app:1","Env":["PASSWORD=hush=","PATH"],"ExposedPorts":{"8000/tcp":{},"53/udp":{}},"StopSignal":"SIGUSR1",
            "StopTimeout":30,"Labels":{"a":"b"}},"HostConfig":{"RestartPolicy":{"Name":"always","MaximumRetryCount":0}},
            "Image":"sha256:986e03826cbbc648788b801d6a93e77c4c09b5228137fc7e6cf63e9bcc19186a",
            "State":{"Status":"exited","Running":false,"ExitCode":137},"NetworkSettings":{"Networks":{"b":{},"a":{}}}"#,
        );
        assert_eq!((details.name.as_str(), details.image.as_str()), ("web", "app:1"));
        assert!(details.image_id.is_some());
        assert_eq!((details.restart_policy.as_str(), details.restart_count), ("always", 3));
        assert_eq!(details.stop_signal.as_deref(), Some("SIGUSR1"));
        assert_eq!(details.stop_timeout, Some(Duration::from_secs(30)));
        assert_eq!(details.exit_code, Some(137));
        assert_eq!(details.networks, ["a", "b"]);
        assert_eq!(details.variable_names, ["PASSWORD", "PATH"]);
        assert!(!format!("{details:?}").contains("hush"), "values are never kept");
        assert_eq!(details.exposed_ports, [8000]);
    }

    #[test]
    fn missing_members_are_the_engines_defaults() {
        let missing = details(r#""State":{"Status":"created","ExitCode":0}"#);
        let null = details(
            r#""Name":null,"Config":{"StopSignal":"","StopTimeout":null,"Labels":null},"Mounts":null,"Image":"",
            "HostConfig":{"RestartPolicy":{"Name":""},"Mounts":null},"State":{"Status":"created","Health":null}"#,
        );
        assert_eq!(missing, null);
        assert_eq!((null.stop_timeout, null.stop_signal, null.exit_code), (None, None, None));
        assert_eq!(null.restart_policy, "no");
    }

    #[test]
    fn an_exit_code_exists_once_a_program_has_ended() {
        for (state, expected) in [
            (r#""Status":"running","ExitCode":0"#, None),
            (r#""Status":"paused","ExitCode":0"#, None),
            (r#""Status":"restarting","ExitCode":1"#, Some(1)),
            (r#""Status":"exited","ExitCode":0"#, Some(0)),
            // It could not be started.
            (r#""Status":"created","ExitCode":127"#, Some(127)),
        ] {
            let details = details(&format!(r#""State":{{{state}}}"#));
            assert_eq!(details.exit_code, expected, "{state}");
        }
    }

    #[test]
    fn a_negative_grace_period_has_no_limit() {
        let details = details(r#""Config":{"StopTimeout":-1}"#);
        assert_eq!(details.stop_timeout, Some(Duration::MAX));
    }

    fn health_after_probe(status: &str, output: &str) -> (Option<Health>, Option<String>) {
        let output = serde_json::to_string(output).unwrap();
        let log =
            format!(r#"[{{"ExitCode":0,"Output":"first"}},{{"ExitCode":1,"Output":{output}}}]"#);
        let details =
            details(&format!(r#""State":{{"Health":{{"Status":"{status}","Log":{log}}}}}"#));
        (details.health, details.health_log)
    }

    #[test]
    fn the_last_probe_is_one_short_line() {
        let (health, log) = health_after_probe("unhealthy", "cannot  connect:\n\trefused\n");
        assert_eq!(health, Some(Health::Unhealthy));
        assert_eq!(log.as_deref(), Some("cannot connect: refused"));
        assert_eq!(health_after_probe("none", " "), (None, None));
        let (_, log) = health_after_probe("healthy", &"é".repeat(500));
        assert_eq!(log.unwrap().chars().count(), PROBE_LENGTH);
        let none = details(r#""State":{"Health":{"Status":"starting","Log":null}}"#);
        assert_eq!((none.health, none.health_log), (Some(Health::Starting), None));
    }

    #[test]
    fn a_mounted_image_has_the_reference_that_was_requested() {
        // API 1.48 and later.
        let details = details(
            r#""HostConfig":{"Mounts":[{"Type":"image","Source":"models:7","Target":"/models"},
            {"Type":"volume","Source":"data","Target":"/data"}]},
            "Mounts":[{"Type":"volume","Name":"data","Source":"/v/_data","Destination":"/data"}]"#,
        );
        let kinds: Vec<_> = details.mounts.iter().map(|mount| mount.kind.as_str()).collect();
        assert_eq!(kinds, ["volume", "image"]);
        assert_eq!(details.mounts[1].source.as_deref(), Some("models:7"));
        assert_eq!(details.mounts[1].target, "/models");
    }
}
