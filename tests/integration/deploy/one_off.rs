//! `deploy --run`: a command in a container of its own.

use rustix::process::Signal;
use serde_json::Value;

use super::{
    run::{Run, until},
    site::{API, CONFIGURATION, Site},
};

/// Everything after `--run` is the command.
fn run(site: &Site, arguments: &[&str]) -> Run {
    let state = site.folder().join("state");
    let state = ["--state-dir", state.to_str().unwrap()];
    Run::new({
        let mut command = site.command(crate::harness::built("deploy"));
        command.args(state).args(arguments);
        command
    })
}

/// The container of a command, once it runs.
#[track_caller]
fn container(site: &Site) -> Value {
    let name = format!("tidegate-run-{}", site.name);
    let output = || site.command("docker").args(["inspect", &name]).output().unwrap();
    let details =
        |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).ok().map(|it| it[0].clone());
    let is_running = |it: Option<Value>| it.is_some_and(|it| it["State"]["Running"] == true);
    until("the container of the command", || is_running(details(&output().stdout)));
    details(&output().stdout).unwrap()
}

/// The commands of the history, as `deployment-status` lists them.
fn history(site: &Site) -> Vec<Value> {
    let ended = site.program("deployment-status", &["--format", "json"]).run();
    let report: Value = serde_json::from_str(ended.stdout.lines().next().unwrap()).unwrap();
    report["commands"].as_array().unwrap().clone()
}

/// What is written at the target.
fn records(site: &Site) -> String {
    let volume = format!("tidegate-deployments-{}", site.name);
    let folder = site.docker(&["volume", "inspect", "--format", "{{.Mountpoint}}", &volume]);
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.map(|file| std::fs::read_to_string(file).unwrap()).collect()
}

#[test]
fn a_command_runs_in_the_image_that_runs_and_not_in_what_its_tag_stands_for_by_now() {
    let site = Site::started();
    let before = site.containers();
    let name = format!("127.0.0.1:{}/demo/api:1", site.registry.port);
    site.build(&name, "moved", "good");
    let ended = run(&site, &["--run", "/service", "migrate"]).exits(0);
    assert!(ended.stdout.contains("migrating to 1\n"), "{ended}");
    assert_eq!(site.containers(), before);
    site.assert_no_helper();
}

#[test]
fn a_command_has_the_environment_networks_and_volumes_of_the_service_and_not_its_ports() {
    let site = Site::new();
    let port = crate::harness::RealServer::free_port();
    let name = &site.name;
    site.services(&format!(
        "
  api:
    image: 'REG/demo/api:${{TAG}}'
    container_name: {name}-api
    entrypoint: [/service]
    environment: {{GREETING: hello}}
    ports: ['127.0.0.1:{port}:8080']
    networks: [front, back]
    volumes: ['data:/data']
networks: {{front: {{}}, back: {{}}}}
volumes: {{data: {{}}}}
"
    ));
    site.compose(&["up", "--detach"]);
    let service = site.docker(&["inspect", &format!("{name}-api")]);
    let service = serde_json::from_str::<Value>(&service).unwrap()[0].clone();
    // The entry point stays.
    let command = run(&site, &["--run", "hangs"]).start();
    let own = container(&site);
    let names = |details: &Value| -> Vec<String> {
        details["NetworkSettings"]["Networks"].as_object().unwrap().keys().cloned().collect()
    };
    let volume = |details: &Value| details["Mounts"][0]["Name"].clone();
    let environment = |details: &Value| {
        let mut variables = details["Config"]["Env"].as_array().unwrap().clone();
        variables.sort_by_key(ToString::to_string);
        variables
    };
    assert_eq!(environment(&own), environment(&service));
    assert_eq!(names(&own), names(&service));
    assert_eq!(volume(&own), volume(&service));
    assert_eq!(own["Image"], service["Image"]);
    assert_eq!(own["HostConfig"]["PortBindings"], serde_json::json!({}));
    command.signal(Signal::INT);
    let ended = command.wait();
    assert_eq!(ended.code, Some(130), "{ended}");
    let ended = ended.prints("migrating to 1").prints("its container is removed");
    drop(ended);
    site.assert_no_helper();
    let names = site.docker(&["ps", "--all", "--format", "{{.Names}}"]);
    assert!(!names.contains(&format!("tidegate-run-{name}")), "{names}");
    let history = history(&site);
    assert_eq!(history[0]["ending"]["outcome"], "interrupted", "{history:?}");
}

#[test]
fn a_command_that_fails_is_a_failure_with_its_exit_code_in_the_report_and_the_history() {
    let site = Site::started();
    run(&site, &["--run", "/service", "fails"]).exits(1).prints("exit code 7");
    let ended = run(&site, &["--format", "json", "--run", "/service", "fails"]).exits(1);
    let events: Vec<Value> =
        ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let report = events.iter().find(|event| event["event"] == "report").unwrap();
    assert_eq!((&report["code"], &report["outcome"]), (&7.into(), &"exited".into()));
    let line = events.iter().find(|event| event["event"] == "output").unwrap();
    assert_eq!((&line["line"], &line["stream"]), (&"migrating to 1".into(), &"stdout".into()));
    let history = history(&site);
    assert_eq!(history.len(), 2);
    for record in &history {
        assert_eq!((&record["program"], &record["arguments"]), (&"service".into(), &1.into()));
        assert!(record["performer"].as_str().unwrap().starts_with("ada on "), "{record}");
        assert_eq!(record["ending"]["code"], 7);
    }
    run(&site, &["--run", "/missing"]).exits(1).prints("exit code 127");
    let status = site.program("deployment-status", &[]).exits(0);
    status.prints("Commands").prints("exit code 7").prints("missing");
}

#[test]
fn arguments_are_recorded_nowhere_and_secrets_of_the_service_are_not_shown() {
    let site = Site::started();
    site.services(&format!("{API}    environment: {{API_TOKEN: canary-of-the-token}}\n"));
    site.compose(&["up", "--detach"]);
    let secret = "canary-of-an-argument";
    let ended = run(&site, &["--run", "/service", "migrate", "--password", secret]).exits(0);
    ended.prints("token ***");
    assert!(!records(&site).contains("canary"), "{}", records(&site));
    assert_eq!(history(&site)[0]["arguments"], 3);
    // What a command prints can be redirected as it is.
    let quiet = run(&site, &["--quiet", "--run", "/service", "migrate"]).exits(0);
    assert_eq!((quiet.stdout.as_str(), quiet.stderr.as_str()), ("migrating to 1\n", "token ***\n"));
}

#[test]
fn the_container_of_a_killed_program_is_removed_by_the_next_run() {
    let site = Site::started();
    let command = run(&site, &["--run", "/service", "hangs"]).start();
    container(&site);
    command.signal(Signal::KILL);
    command.wait();
    let status = site.program("deployment-status", &[]).exits(5);
    status.prints("(`service` by ada on").prints("has not ended");
    container(&site);
    site.deploy(&[]).exits(0).prints("was killed; its container is removed");
    site.assert_settled("api 1");
    let names = site.docker(&["ps", "--all", "--format", "{{.Names}}"]);
    assert!(!names.contains(&format!("tidegate-run-{}", site.name)), "{names}");
    assert_eq!(history(&site)[0]["ending"]["outcome"], "abandoned");
    site.program("deployment-status", &[]).exits(0);
}

#[test]
fn a_command_and_a_deployment_exclude_each_other() {
    let site = Site::started();
    site.publish("demo/api:2", "2", "good");
    let command = run(&site, &["--run", "/service", "hangs"]).start();
    container(&site);
    site.deploy(&["2"]).exits(4).prints("`deploy --run service` by ada");
    site.program("deployment-status", &[]).exits(0).prints("has not ended");
    command.signal(Signal::TERM);
    assert_eq!(command.wait().code, Some(130));
    site.program("deploy", &["--lock", "audit"]).exits(0);
    run(&site, &["--run", "/service", "migrate"]).exits(4).prints("`audit` by ada");
    site.program("deploy", &["--unlock"]).exits(0);
    site.deploy(&["2"]).exits(0);
    run(&site, &["--run", "/service", "migrate"]).exits(0).prints("migrating to 2");
    // What runs is not settled while a deployment is unfinished.
    site.publish("demo/api:3", "3", "good");
    site.deploy(&["3"]).kill_after(4).run();
    let refused = run(&site, &["--run", "/service", "migrate"]).exits(4);
    refused.prints("has not ended").prints("`deploy --abort` takes it back");
}

#[test]
fn the_service_is_named_unless_there_is_only_one() {
    let site = Site::new();
    site.services(
        "
  api: {image: 'REG/demo/api:${TAG}'}
  worker: {image: 'REG/demo/worker:${TAG}'}
  redis: {image: 'REG/demo/redis:1'}
",
    );
    site.publish("demo/worker:1", "7", "good");
    site.publish("demo/redis:1", "redis", "good");
    site.compose(&["up", "--detach", "worker"]);
    let which = run(&site, &["--run", "/service", "migrate"]).exits(2);
    which.prints("the command could run for api, worker").prints("--service NAME");
    run(&site, &["--service", "web", "--run", "x"]).exits(2).prints("there is no service web");
    run(&site, &["--service", "api", "--service", "worker", "--run", "x"]).exits(2);
    run(&site, &["--run"]).exits(2);
    run(&site, &["--abort", "--run", "x"]).exits(2);
    let never = run(&site, &["--service", "api", "--run", "/service", "migrate"]).exits(4);
    never.prints("api does not run and was never deployed");
    let worker = run(&site, &["--service", "worker", "--run", "--", "/service", "migrate"]);
    worker.exits(0).prints("migrating to 7");
    site.configure(&format!("{CONFIGURATION}services = ['worker']\n"));
    let plan = run(&site, &["--dry-run", "--run", "/service", "migrate"]).exits(0);
    let plan = plan.prints("run `service` in a new container of worker");
    assert!(!plan.stdout.contains("migrating"), "{plan}");
    assert_eq!(history(&site).len(), 1);
}

/// The image that ran last is used while the service is stopped.
#[test]
fn a_command_runs_while_the_service_is_stopped() {
    let site = Site::started();
    site.compose(&["stop", "--timeout", "1"]);
    run(&site, &["--run", "/service", "migrate"]).exits(0).prints("migrating to 1");
    site.compose(&["start"]);
    site.assert_settled("api 1");
}
