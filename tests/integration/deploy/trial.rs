//! Trials of a new version where nobody reaches it, before anything is switched.

use super::{
    run::until,
    site::{CONFIGURATION, Site},
};

/// Version 2 behaves in this way; `api` has these settings.
fn with(behaviour: &str, settings: &str) -> Site {
    let site = Site::started();
    site.configure(&format!("{CONFIGURATION}{settings}"));
    site.publish("demo/api:2", "2", behaviour);
    site
}

const START: &str = "service.api.trial = true\n";

#[test]
fn a_version_that_does_not_start_is_found_while_the_old_one_serves() {
    let site = with("exits", START);
    let before = site.containers();
    let ended = site.deploy(&["2"]).exits(1).prints("the trial of api failed");
    let ended = ended.prints("version 2 starts with postgres://app:***@db/shop");
    let ended = ended.prints("exit code 1").prints("the old version serves");
    assert!(!ended.to_string().contains("prepare.api"), "nothing was prepared: {ended}");
    assert_eq!(site.containers(), before, "the same container serves, and never stopped");
    site.assert_settled("api 1");
    assert_eq!(site.ways_back("demo/api"), Vec::<String>::new());
}

#[test]
fn a_version_that_does_not_become_healthy_is_found_while_the_old_one_serves() {
    let site = with("sick", START);
    site.configure(&format!("{}{START}", CONFIGURATION.replace("20s", "2s")));
    let before = site.containers();
    site.deploy(&["2"]).exits(1).prints("the trial of api failed").prints("answers 500, not 200");
    assert_eq!(site.containers(), before);
    site.assert_settled("api 1");
}

/// The port of the host is that of the old version, which serves meanwhile.
#[test]
fn a_trial_has_neither_the_ports_nor_the_names_of_its_service() {
    let site = Site::new();
    let port = crate::harness::RealServer::free_port();
    site.services(&format!(
        "  api: {{image: 'REG/demo/api:${{TAG}}', ports: ['127.0.0.1:{port}:8080'], \
         volumes: ['/data']}}\n"
    ));
    site.compose(&["up", "--detach"]);
    site.configure(&format!("{}{START}", CONFIGURATION.replace("20s", "6s")));
    site.publish("demo/api:2", "2", "never");
    let before = site.containers();
    let name = format!("tidegate-run-{}", site.name);
    let run = site.deploy(&["2"]).start();
    until("the trial", || site.docker(&["ps", "--format", "{{.Names}}"]).contains(&name));
    let inspect = |format: &str| site.docker(&["inspect", "--format", format, &name]);
    assert_eq!(inspect("{{json .NetworkSettings.Ports}}"), "{}");
    let aliases = inspect("{{range .NetworkSettings.Networks}}{{json .Aliases}}{{end}}");
    assert!(!aliases.contains("\"api\""), "{aliases}");
    assert!(inspect("{{json .Config.Env}}").contains("TIDEGATE_TRIAL=1"));
    let volume = inspect("{{range .Mounts}}{{.Name}}{{end}}");
    let volumes = || site.docker(&["volume", "ls", "--quiet"]);
    assert!(volume.len() == 64 && volumes().contains(&volume), "{volume}");
    let ended = run.wait();
    assert_eq!(ended.code, Some(1), "{ended}");
    assert_eq!(site.containers(), before);
    assert!(!volumes().contains(&volume), "the volume of the trial goes with it");
    site.publish("demo/api:3", "3", "good");
    site.deploy(&["3"]).exits(0);
    site.assert_settled("api 3");
}

#[test]
fn a_command_is_a_trial_before_the_data_is_touched() {
    const DATA: &str = r#"
migration = { command = ["/service", "migrate"] }
data.secure = ["sh", "-c", "echo secure >>order; echo backup-7"]
"#;
    let site = with("good", &format!("{DATA}service.api.trial = ['/service', 'fails']\n"));
    let before = site.containers();
    site.deploy(&["2"]).exits(1).prints("`/service fails` ended with exit code 7");
    assert!(!site.project().join("order").exists(), "no backup was made");
    assert_eq!(site.containers(), before);
    site.configure(&format!(
        "{CONFIGURATION}{DATA}service.api.trial = '/service hangs'\nservice.api.trial-timeout = '2s'\n"
    ));
    site.deploy(&["2"]).exits(1).prints("`/service hangs` did not end within 2 s");
    assert_eq!(site.containers(), before);
    site.configure(&format!("{CONFIGURATION}{DATA}service.api.trial = '/service migrate'\n"));
    site.deploy(&["2"]).exits(0);
    assert_eq!(site.read("order"), "secure\n");
    site.assert_settled("api 2");
    // What ran before needs no trial.
    let ended = site.rollback(&["--dry-run"]).exits(0);
    assert!(!ended.stdout.contains("`/service migrate` in"), "{ended}");
}

#[test]
fn a_service_in_the_network_of_the_host_is_not_started_for_a_trial() {
    let site = Site::started();
    site.services("  api: {image: 'REG/demo/api:${TAG}', network_mode: host}\n");
    site.configure(&format!("{CONFIGURATION}{START}"));
    site.publish("demo/api:2", "2", "good");
    let before = site.state();
    let ended = site.deploy(&["2"]).exits(4).prints("api cannot be started for a trial");
    ended.prints("it uses the network of the host");
    assert_eq!(site.state(), before);
}
