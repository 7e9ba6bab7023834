//! `deployment-status --logs`: what the containers print that serve now.

use std::time::Duration;

use rustix::process::Signal;

use super::{
    run::{Ended, Run},
    site::{CONFIGURATION, Site},
};

fn logs(site: &Site, arguments: &[&str]) -> Run {
    site.program("deployment-status", &[&["--logs"], arguments].concat())
}

/// Lines of this stream, with `shop` for the name of the project.
fn lines(site: &Site, text: &str) -> Vec<String> {
    let mut lines: Vec<String> =
        text.lines().map(|line| line.replace(&site.name, "shop")).collect();
    lines.sort();
    lines
}

/// Long enough for lines to arrive that were printed already.
fn wait() {
    std::thread::sleep(Duration::from_millis(2500));
}

fn replicas() -> Site {
    let site = Site::new();
    site.services(
        "
  api:
    image: 'REG/demo/api:${TAG}'
    environment: {API_TOKEN: canary-of-the-token}
    deploy: {replicas: 2}
  redis: {image: 'REG/demo/redis:1'}
",
    );
    site.publish("demo/redis:1", "redis", "good");
    site.compose(&["up", "--detach"]);
    site
}

#[test]
fn both_streams_of_every_container_of_the_application_are_shown_without_secrets() {
    let site = replicas();
    wait();
    let Ended { stdout, stderr, .. } = logs(&site, &[]).exits(0);
    let expected = [1, 2].map(|number| {
        format!("shop-api-{number} | version 1 starts with postgres://app:***@db/shop")
    });
    assert_eq!(lines(&site, &stdout), expected);
    let expected = [1, 2].map(|number| {
        ["token ***", "version 1 warns"].map(|line| format!("shop-api-{number} | {line}"))
    });
    assert_eq!(lines(&site, &stderr), expected.concat());
    // Infrastructure is shown when it is asked for.
    let redis = logs(&site, &["redis"]).exits(0).prints("-redis-1 | version redis starts");
    assert!(!redis.stdout.contains("-api-1"), "{redis}");
}

#[test]
fn the_number_of_lines_can_be_limited_and_programs_read_them_with_their_stream() {
    let site = replicas();
    wait();
    let ended = logs(&site, &["api", "--tail", "1", "--format", "json"]).exits(0);
    let events: Vec<serde_json::Value> =
        ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events.len(), 2, "{ended}");
    for event in &events {
        assert_eq!((&event["event"], &event["service"]), (&"output".into(), &"api".into()));
        assert!(["stdout", "stderr"].contains(&event["stream"].as_str().unwrap()), "{event}");
        assert!(event["line"].as_str().unwrap().len() > 5, "{event}");
        assert!(event["container"].as_str().unwrap().contains("-api-"), "{event}");
    }
    let none = logs(&site, &["--tail", "0"]).exits(0);
    assert_eq!((none.stdout.as_str(), none.stderr.as_str()), ("", ""));
}

#[test]
fn following_goes_on_with_the_containers_of_a_deployment_and_ends_with_ctrl_c() {
    for order in ["start-first", "stop-first"] {
        let site = Site::started();
        site.configure(&format!("{CONFIGURATION}service.api.order = '{order}'\n"));
        site.publish("demo/api:2", "2", "good");
        let following = logs(&site, &["--follow"]).start();
        wait();
        site.deploy(&["2"]).exits(0);
        wait();
        following.signal(Signal::INT);
        let ended = following.wait();
        assert_eq!(ended.code, Some(0), "{ended}");
        for text in ["version 1 starts", "version 2 starts", "version 1 warns", "version 2 warns"] {
            let shown = ended.stdout.matches(text).count() + ended.stderr.matches(text).count();
            assert_eq!(shown, 1, "{text} in\n{ended}");
        }
        ended.prints("-api-1 has ended");
    }
}

#[test]
fn following_from_the_end_shows_what_comes_also_after_a_restart() {
    let site = Site::started();
    wait();
    let following = logs(&site, &["api", "--follow", "--tail", "0"]).start();
    wait();
    site.compose(&["restart", "--timeout", "1", "api"]);
    wait();
    following.signal(Signal::TERM);
    let ended = following.wait();
    assert_eq!(ended.code, Some(0), "{ended}");
    assert_eq!(ended.stdout.matches("version 1 starts").count(), 1, "{ended}");
}

#[test]
fn a_service_that_does_not_run_is_shown_with_the_log_of_the_container_that_has_ended() {
    let site = Site::started();
    site.compose(&["stop", "--timeout", "1"]);
    let ended = logs(&site, &[]).exits(0).prints("version 1 starts");
    ended.prints("api does not run; the log is that of");
    site.compose(&["rm", "--force"]);
    let ended = logs(&site, &[]).exits(0);
    ended.prints("api has no container that was ever started");
}

#[test]
fn a_log_that_cannot_be_read_is_a_failure_and_others_are_shown() {
    let site = Site::new();
    site.services(
        "
  api: {image: 'REG/demo/api:${TAG}', logging: {driver: none}}
  worker: {image: 'REG/demo/api:${TAG}'}
",
    );
    site.compose(&["up", "--detach"]);
    wait();
    let ended = logs(&site, &[]).exits(1).prints("-worker-1 | version 1 starts");
    let ended = ended.prints("-api-1 cannot be read").prints("log driver");
    drop(ended);
    logs(&site, &["api", "--follow"]).exits(1).prints("-api-1 cannot be read");
}

#[test]
fn a_service_that_does_not_exist_is_refused_with_those_that_do() {
    let site = Site::started();
    logs(&site, &["web"]).exits(2).prints("there is no service web").prints("are api");
    site.program("deployment-status", &["--follow"]).exits(2);
    site.program("deployment-status", &["--tail", "3"]).exits(2);
}

#[test]
fn the_logs_of_a_destination_are_shown() {
    let site = Site::started();
    let other = format!("{}-staging", site.name);
    site.configure(&format!(
        "{CONFIGURATION}\n[deploy.destinations.staging]\nproject-name = '{other}'\n"
    ));
    site.compose(&["-p", &other, "up", "--detach"]);
    wait();
    let ended = logs(&site, &["api", "-d", "staging"]).run();
    site.compose(&["-p", &other, "down", "--timeout", "1"]);
    assert_eq!(ended.code, Some(0), "{ended}");
    assert!(ended.stdout.starts_with(&format!("{other}-api-1 | version 1 starts")), "{ended}");
}
