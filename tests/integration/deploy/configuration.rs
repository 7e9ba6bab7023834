//! A rollback brings the configuration back with which a version was deployed.

use std::path::{Path, PathBuf};

use super::site::{CONFIGURATION, Site};
use crate::harness::Secrets;

/// The value of a variable, which must be shown and written nowhere.
fn secret(name: &str) -> String {
    format!("{}-variable-{name}", Secrets::MARK)
}

/// One service with a variable of `.env`.
const WITH_KEY: &str = "
  api:
    image: REG/demo/api:${TAG}
    environment: {KEY: '${KEY}'}
";
/// The same on a port of the host, which one container only can have.
const FIXED: &str = "
  api:
    image: REG/demo/api:${TAG}
    environment: {KEY: '${KEY}'}
    ports: ['127.0.0.1:PORT:8080']
";

/// What the deployment of a version reads.
fn env_file(tag: &str, value: &str) -> String {
    format!("TAG={tag}\nKEY={}\n", secret(value))
}

/// `api` in version 1 with the value `a`, which Compose has started.
fn started(services: &str) -> Site {
    let site = Site::new();
    site.services(services);
    site.write(".env", &env_file("1", "a"));
    site.compose(&["up", "--detach"]);
    site
}

/// Then with the value `b`: of the same version.
fn reconfigured(services: &str) -> Site {
    let site = started(services);
    site.write(".env", &env_file("1", "b"));
    site.deploy(&[]).exits(0);
    site
}

/// The version and the value with which the only container of `api` serves.
#[track_caller]
fn serves_as_named(site: &Site) -> String {
    let containers = site.containers();
    let [container] = &containers["api"][..] else { panic!("{containers:?}") };
    assert_eq!(container.state, "running", "{containers:?}");
    let environment = site.docker(&["inspect", "--format", "{{json .Config.Env}}", &container.id]);
    let variables: Vec<String> = serde_json::from_str(&environment).unwrap();
    let value = variables.iter().find_map(|it| it.strip_prefix("KEY=")).unwrap_or("none");
    let value = value.strip_prefix(&secret("")).unwrap_or(value);
    site.assert_no_helper();
    format!("{}-{value}", container.version)
}

/// The same, of a container with Compose's first name.
#[track_caller]
fn serves(site: &Site) -> String {
    let containers = site.containers();
    assert_eq!(containers["api"][0].name, "shop-api-1", "{containers:?}");
    serves_as_named(site)
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn a_rollback_brings_the_environment_back_and_compose_has_its_container() {
    let site = reconfigured(WITH_KEY);
    assert_eq!(serves(&site), "1-b");
    let shown = site.rollback(&["--dry-run"]).exits(0);
    let shown = shown.prints("variables with another value: KEY");
    shown.prints("bring the files and env files back, too");
    site.rollback(&[]).exits(0).prints("which the Compose files may not have");
    assert_eq!(serves(&site), "1-a");
    assert!(site.compose(&["ps", "--services"]).contains("api"));
    let status = site.program("deployment-status", &[]).exits(0);
    let status = status.prints("api runs with the configuration of before-");
    status.prints("not that of the Compose files");
    // And back to what the files have.
    site.rollback(&[]).exits(0);
    assert_eq!(serves(&site), "1-b");
    site.assert_settled("api 1");
    let status = site.program("deployment-status", &[]).exits(0).to_string();
    assert!(!status.contains("with the configuration of"), "{status}");
}

#[test]
fn image_and_configuration_come_back_together_or_the_image_alone() {
    let site = reconfigured(WITH_KEY);
    site.publish("demo/api:2", "2", "good");
    site.write(".env", &env_file("1", "c"));
    site.deploy(&["2"]).exits(0);
    assert_eq!(serves(&site), "2-c");
    let listed = site.rollback(&["--list"]).exits(0);
    listed.prints("can be brought back; api had another configuration");
    site.rollback(&[]).exits(0);
    assert_eq!(serves(&site), "1-b");
    // Compose moves it on to what the files have now.
    site.program("up-compose", &[]).exits(0).prints("is started with that of the Compose files");
    assert_eq!(serves_as_named(&site), "1-c");
    site.rollback(&["2"]).exits(0);
    assert_eq!(serves(&site), "2-c");
    site.rollback(&["--keep-configuration"]).exits(0).prints("--keep-configuration");
    assert_eq!(serves(&site), "1-c");
    site.assert_settled("api 1");
}

#[test]
fn on_a_fixed_port_the_old_version_stops_first_and_networks_mounts_and_command_come_back() {
    let services = FIXED.replace("PORT", &free_port().to_string());
    let extra = format!(
        "{services}    networks: {{default: {{aliases: [shop]}}, other: {{}}}}\n    \
         volumes: ['data:/data']\n    labels: {{team: blue}}\nnetworks: {{other: {{}}}}\nvolumes: {{data: {{}}}}\n"
    );
    let site = started(&extra);
    site.deploy(&[]).exits(0);
    let before = described(&site);
    site.services(&services);
    site.write(".env", &env_file("1", "b"));
    site.deploy(&[]).exits(0);
    let shown = site.rollback(&["--dry-run"]).exits(0);
    shown.prints("other parts: labels, mounts, networks").prints("the old version stops first");
    site.rollback(&[]).exits(0);
    assert_eq!(serves(&site), "1-a");
    assert_eq!(described(&site), before);
}

/// What people configure, of the only container.
fn described(site: &Site) -> String {
    let id = &site.containers()["api"][0].id;
    let labels = "{{index .Config.Labels \"team\"}}";
    let format = format!(
        "{{{{json .HostConfig.Binds}}}} {{{{json .HostConfig.Mounts}}}} \
         {{{{json .HostConfig.PortBindings}}}} {labels} \
         {{{{range $name, $it := .NetworkSettings.Networks}}}}{{{{$name}}}} {{{{end}}}}"
    );
    site.docker(&["inspect", "--format", &format, id])
}

#[test]
fn a_container_with_a_name_of_its_own_keeps_it_and_its_data() {
    let site = started(
        "  api: {image: 'REG/demo/api:${TAG}', environment: {KEY: '${KEY}'}, \
         container_name: 'tidegate-it-own-NAME', volumes: ['/data']}\n"
            .replace("NAME", &free_port().to_string())
            .as_str(),
    );
    let container = || {
        let containers = site.containers();
        let [container] = &containers["api"][..] else { panic!("{containers:?}") };
        container.clone()
    };
    let name = container().name;
    let volume = |id: &str| site.docker(&["inspect", "--format", "{{json .Mounts}}", id]);
    let data = volume(&container().id);
    site.write(".env", &env_file("1", "b"));
    site.deploy(&[]).exits(0);
    site.rollback(&[]).exits(0);
    let back = container();
    assert_eq!(back.name, name);
    let source =
        |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap()[0]["Name"].clone();
    assert_eq!(source(&volume(&back.id)), source(&data));
    let environment = site.docker(&["inspect", "--format", "{{json .Config.Env}}", &back.id]);
    assert!(environment.contains(&secret("a")), "{environment}");
    site.assert_no_helper();
}

#[test]
fn a_rollback_with_an_earlier_configuration_that_is_not_healthy_is_undone() {
    for order in ["start-first", "stop-first"] {
        let site = reconfigured(WITH_KEY);
        // What was good then is not now.
        let check = "health = { http = '/', port = 8080, timeout = '2s', body = 'another' }";
        site.configure(&format!("[deploy]\nsoak = '0s'\n{check}\nservice.api.order = '{order}'\n"));
        site.rollback(&[]).exits(1);
        assert_eq!(serves(&site), "1-b", "{order}");
        site.assert_settled("api 1");
    }
}

#[test]
fn every_replica_has_the_earlier_configuration() {
    let site = Site::new();
    site.services(&format!("{WITH_KEY}    scale: 2\n"));
    site.write(".env", &env_file("1", "a"));
    site.compose(&["up", "--detach"]);
    site.write(".env", &env_file("1", "b"));
    site.deploy(&[]).exits(0);
    site.rollback(&[]).exits(0);
    let containers = site.containers();
    assert_eq!(containers["api"].len(), 2, "{containers:?}");
    for container in &containers["api"] {
        let environment =
            site.docker(&["inspect", "--format", "{{json .Config.Env}}", &container.id]);
        assert!(environment.contains(&secret("a")), "{environment}");
    }
}

/// The networks of the project are gone.
#[test]
fn the_configuration_comes_back_to_a_project_that_was_taken_down() {
    let site = reconfigured(WITH_KEY);
    site.compose(&["down"]);
    site.rollback(&[]).exits(0);
    assert_eq!(serves(&site), "1-a");
}

/// The second one has another home and another folder for the state.
#[test]
fn a_second_operator_brings_the_configuration_back_with_the_key_and_the_image_without_it() {
    let site = reconfigured(WITH_KEY);
    site.publish("demo/api:2", "2", "good");
    site.deploy(&["2"]).exits(0);
    site.write(".env", &env_file("2", "c"));
    site.deploy(&[]).exits(0);
    let key = key_file(&site.folder().join("state"));
    let shared = site.folder().join("shared.txt");
    std::fs::copy(key, &shared).unwrap();
    site.change_operator(&env_file("2", "c"));
    let shown = site.rollback(&[]).exits(0);
    shown.prints("no key on this machine opens its snapshot").prints("TIDEGATE_SNAPSHOT_KEY");
    assert_eq!(serves(&site), "2-c");
    let with_key = site.rollback(&["1"]).env("TIDEGATE_SNAPSHOT_KEY", shared.to_str().unwrap());
    with_key.exits(0).prints("variables with another value: KEY");
    assert_eq!(serves(&site), "1-b");
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let (mut files, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files
}

fn key_file(state: &Path) -> PathBuf {
    files_below(state).into_iter().find(|path| path.ends_with("snapshots/key.txt")).unwrap()
}

/// Output is searched after every run.
#[test]
fn no_value_of_the_environment_is_in_records_state_or_arguments() {
    let site = reconfigured(WITH_KEY);
    let running = site.rollback(&["-vv"]).start();
    let mut arguments = Vec::new();
    while std::fs::read_to_string(format!("/proc/{}/stat", running.id()))
        .is_ok_and(|stat| !stat.contains(") Z "))
    {
        let processes = std::fs::read_dir("/proc").unwrap().flatten();
        arguments.extend(processes.filter_map(|it| std::fs::read(it.path().join("cmdline")).ok()));
    }
    assert_eq!(running.wait().code, Some(0));
    assert_eq!(serves(&site), "1-a");
    let tells = |text: &[u8]| {
        let mark = secret("").into_bytes();
        text.windows(mark.len()).any(|part| part == mark)
    };
    assert!(tells(site.read(".env").as_bytes()), "it would be found");
    assert!(!arguments.iter().any(|line| tells(line)));
    let image = format!("127.0.0.1:{}/demo/api:1", site.registry.port);
    let volume = format!("tidegate-deployments-{}:/records", site.name);
    let label = format!("org.tidegate.project={}", site.name);
    let container =
        site.docker(&["create", "--label", &label, "--volume", &volume, &image, "true"]);
    let records = site.folder().join("records");
    site.docker(&["cp", &format!("{container}:/records"), records.to_str().unwrap()]);
    site.docker(&["rm", &container]);
    let (records, state) = (files_below(&records), files_below(&site.folder().join("state")));
    assert!(records.iter().any(|path| path.to_string_lossy().ends_with(".snapshot.json")));
    assert!(records.len() > 5 && state.len() > 2, "{records:?} {state:?}");
    for path in records.into_iter().chain(state) {
        assert!(!tells(&std::fs::read(&path).unwrap()), "{}", path.display());
    }
}

#[test]
fn a_rollback_killed_after_any_record_is_taken_back_with_its_configuration() {
    let site = reconfigured(WITH_KEY);
    let mut kills = 0;
    let mut last = "1-b".to_owned();
    for kill in 1.. {
        let order = ["start-first", "stop-first"][kill % 2];
        site.configure(&format!("{CONFIGURATION}service.api.order = '{order}'\n"));
        let ended = site.rollback(&[]).kill_after(kill).run();
        if ended.code.is_some() {
            assert_eq!(ended.code, Some(0), "{ended}");
            break;
        }
        kills += 1;
        site.program("deploy", &["--abort"]).exits(0);
        let now = serves(&site);
        assert!(["1-a", "1-b"].contains(&now.as_str()), "killed after {kill}: {now}");
        last = now;
    }
    assert!(kills > 8, "{kills}, {last}");
}
