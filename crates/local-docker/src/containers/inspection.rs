//! `GET /containers/{id}/json`, the fields that are used.

use std::{collections::BTreeMap, time::Duration};

use serde::Deserialize;

use super::{
    ContainerDetails, ContainerId, ContainerState, Health, Mount, list::Networks,
    mount::MountAnswer,
};
use crate::engine::lenient::{moment, or_default, present, word};

/// Characters of a probe's output that are kept.
const PROBE: usize = 200;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Answer {
    id: ContainerId,
    #[serde(default, deserialize_with = "or_default")]
    name: String,
    image: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    restart_count: i64,
    #[serde(default, deserialize_with = "or_default")]
    state: State,
    #[serde(default, deserialize_with = "or_default")]
    config: Config,
    #[serde(default, deserialize_with = "or_default")]
    host_config: HostConfig,
    #[serde(default, deserialize_with = "or_default")]
    network_settings: Networks,
    #[serde(default, deserialize_with = "or_default")]
    mounts: Vec<MountAnswer>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct State {
    #[serde(deserialize_with = "or_default")]
    status: ContainerState,
    #[serde(deserialize_with = "or_default")]
    exit_code: i64,
    started_at: Option<String>,
    health: Option<HealthAnswer>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct HealthAnswer {
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
struct Config {
    #[serde(deserialize_with = "or_default")]
    image: String,
    stop_signal: Option<String>,
    stop_timeout: Option<i64>,
    #[serde(deserialize_with = "or_default")]
    labels: BTreeMap<String, String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct HostConfig {
    #[serde(deserialize_with = "or_default")]
    restart_policy: RestartPolicy,
    #[serde(deserialize_with = "or_default")]
    mounts: Vec<MountAnswer>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct RestartPolicy {
    #[serde(deserialize_with = "or_default")]
    name: String,
}

impl From<Answer> for ContainerDetails {
    fn from(answer: Answer) -> Self {
        let health = answer.state.health.as_ref();
        let policy = present(Some(answer.host_config.restart_policy.name));
        Self {
            id: answer.id,
            name: answer.name.trim_start_matches('/').to_owned(),
            image: answer.config.image,
            image_id: word(answer.image),
            started: moment(answer.state.started_at.clone()),
            exit_code: exit_code(&answer.state),
            health: health.and_then(|health| Health::of(&health.status)),
            health_log: health.and_then(last_output),
            state: answer.state.status,
            restart_policy: policy.unwrap_or_else(|| "no".to_owned()),
            restart_count: answer.restart_count.try_into().unwrap_or_default(),
            stop_signal: present(answer.config.stop_signal),
            stop_timeout: answer.config.stop_timeout.map(grace),
            labels: answer.config.labels,
            networks: answer.network_settings.names(),
            mounts: all_mounts(answer.mounts, answer.host_config.mounts),
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

/// The engine waits for ever when the number is negative.
fn grace(seconds: i64) -> Duration {
    seconds.try_into().map_or(Duration::MAX, Duration::from_secs)
}

fn last_output(health: &HealthAnswer) -> Option<String> {
    let output = &health.log.last()?.output;
    let words = output.split_whitespace().collect::<Vec<_>>().join(" ");
    present(Some(words.chars().take(PROBE).collect()))
}

/// Where an image is mounted, only the request says which reference was meant.
fn all_mounts(made: Vec<MountAnswer>, asked: Vec<MountAnswer>) -> Vec<Mount> {
    let mut mounts: Vec<Mount> = made.into_iter().map(Mount::from).collect();
    for mount in asked.into_iter().map(Mount::from) {
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
        serde_json::from_str::<Answer>(&recorded).unwrap().into()
    }

    #[test]
    fn what_was_asked_for_and_what_it_was_made_from_are_told_apart() {
        let details = details(
            r#""Name":"/web","RestartCount":3,"Config":{"Image":"app:1","Env":["PASSWORD=x"],"StopSignal":"SIGUSR1",
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
        assert!(!format!("{details:?}").contains("PASSWORD"), "environment is never read");
    }

    #[test]
    fn what_is_missing_is_the_engines_default() {
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
    fn a_code_is_told_once_a_program_has_ended() {
        let code = |state: &str| details(&format!(r#""State":{{{state}}}"#)).exit_code;
        assert_eq!(code(r#""Status":"running","ExitCode":0"#), None);
        assert_eq!(code(r#""Status":"paused","ExitCode":0"#), None);
        assert_eq!(code(r#""Status":"restarting","ExitCode":1"#), Some(1));
        assert_eq!(code(r#""Status":"exited","ExitCode":0"#), Some(0));
        // It could not be started.
        assert_eq!(code(r#""Status":"created","ExitCode":127"#), Some(127));
    }

    #[test]
    fn a_negative_grace_period_never_ends() {
        let details = details(r#""Config":{"StopTimeout":-1}"#);
        assert_eq!(details.stop_timeout, Some(Duration::MAX));
    }

    #[test]
    fn the_last_probe_is_told_on_one_short_line() {
        let health = |status: &str, output: &str| {
            let output = serde_json::to_string(output).unwrap();
            let log = format!(
                r#"[{{"ExitCode":0,"Output":"first"}},{{"ExitCode":1,"Output":{output}}}]"#
            );
            let details =
                details(&format!(r#""State":{{"Health":{{"Status":"{status}","Log":{log}}}}}"#));
            (details.health, details.health_log)
        };
        let expected = (Some(Health::Unhealthy), Some("cannot connect: refused".to_owned()));
        assert_eq!(health("unhealthy", "cannot  connect:\n\trefused\n"), expected);
        assert_eq!(health("none", " "), (None, None));
        assert_eq!(health("healthy", &"é".repeat(500)).1.unwrap().chars().count(), PROBE);
        let none = details(r#""State":{"Health":{"Status":"starting","Log":null}}"#);
        assert_eq!((none.health, none.health_log), (Some(Health::Starting), None));
    }

    #[test]
    fn a_mounted_image_is_told_by_what_was_asked_for() {
        // API 1.48 and later.
        let details = details(
            r#""HostConfig":{"Mounts":[{"Type":"image","Source":"models:7","Target":"/models"},
            {"Type":"volume","Source":"data","Target":"/data"}]},
            "Mounts":[{"Type":"volume","Name":"data","Source":"/v/_data","Destination":"/data"}]"#,
        );
        let found: Vec<_> = details.mounts.iter().map(|mount| mount.kind.as_str()).collect();
        assert_eq!(found, ["volume", "image"]);
        assert_eq!(details.mounts[1].source.as_deref(), Some("models:7"));
        assert_eq!(details.mounts[1].target, "/models");
    }
}
