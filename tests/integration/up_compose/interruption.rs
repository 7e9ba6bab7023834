//! Ctrl-C, and what a killed Compose left.

use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::place::Place;

/// Waits until a condition holds.
#[track_caller]
fn until(what: &str, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{what} did not appear");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A service that takes three seconds to stop.
fn slow_to_stop(place: &Place, version: u32) {
    place.write_services(&format!(
        "
  web:
    image: REG/demo/app
    stop_signal: SIGTERM
    stop_grace_period: 3s
    environment: [VERSION={version}]
    command: [/bin/busybox, sh, -c, 'trap : TERM; while :; do sleep 1; done']
"
    ));
}

fn started() -> Place {
    let place = Place::new();
    place.registry.publish("demo/app:latest", "app");
    slow_to_stop(&place, 1);
    place.up().run().exits(0);
    slow_to_stop(&place, 2);
    place
}

/// The time of the engine.
fn engine_time(place: &Place) -> String {
    place.docker(&["info", "--format", "{{.SystemTime}}"])
}

/// Whether a container of the project got its stop signal since then.
fn is_being_stopped(place: &Place, since: &str) -> bool {
    let label = format!("label=com.docker.compose.project={}", place.name);
    let until = engine_time(place);
    let range = ["events", "--since", since, "--until", &until];
    let filters = ["--filter", &label, "--filter", "event=kill", "--format", "{{.Action}}"];
    !place.docker(&[&range[..], &filters].concat()).is_empty()
}

/// The container that Compose creates before it stops the old one.
fn has_successor(place: &Place) -> bool {
    let filter = format!("name=_{}-web-1", place.name);
    !place.docker(&["ps", "--all", "--quiet", "--filter", &filter]).is_empty()
}

#[test]
fn an_interruption_of_the_wait_reports_what_is_running() {
    let place = Place::new().services(
        "
  web:
    image: REG/demo/app
    healthcheck:
      test: [CMD, /bin/busybox, \"false\"]
      interval: 1s
      retries: 600
",
    );
    place.registry.publish("demo/app:latest", "app");
    let started = place.up().start();
    let runs = || place.containers().get("web").is_some_and(|web| web.state == "running");
    until("a running container", runs);
    std::thread::sleep(Duration::from_secs(1));
    started.signal(Signal::INT);
    let ended = started.wait().exits(130);
    ended.prints("web  created, starting  sha256:DIGEST, as served");
    insta::assert_snapshot!(ended.complaint(), @"
    exit 130
    [ERROR] interrupted
    ");
}

#[test]
fn an_interrupted_replacement_is_finished() {
    let place = started();
    let run = place.up().start();
    until("a successor", || has_successor(&place));
    run.signal(Signal::TERM);
    let ended = run.wait().exits(130);
    ended.prints("[WARN] waiting for docker compose to finish with shop-web-1");
    ended.prints("recreated, ");
    // Nothing goes on behind the report's back.
    let reported = place.state();
    std::thread::sleep(Duration::from_secs(4));
    assert_eq!(place.state(), reported);
    place.up().run().exits(0);
    assert_eq!(place.containers()["web"].state, "running");
}

#[test]
fn an_interruption_of_the_preparation_changes_nothing() {
    let place = Place::new().services("  web:\n    image: REG/demo/app\n");
    place.registry.publish("demo/app:latest", "app");
    place.other_compose(
        "for word; do [ $word != config ] || sleep 20; done; exec docker-compose \"$@\"",
    );
    let run = place.up().start();
    std::thread::sleep(Duration::from_secs(1));
    run.signal(Signal::INT);
    run.wait().exits(130);
    assert!(place.containers().is_empty());
}

#[test]
fn what_a_killed_compose_left_does_not_prevent_a_start() {
    let place = started();
    let start = engine_time(&place);
    let mut compose = place.compose_command(&["up", "--detach"]).spawn().unwrap();
    until("a stop signal", || is_being_stopped(&place, &start));
    compose.kill().unwrap();
    compose.wait().unwrap();
    let old_state = || place.containers().get("web").map(|web| web.state.clone());
    until("the end of the old one", || old_state().is_some_and(|state| state != "running"));
    let ended = place.up().run().exits(0);
    ended.prints("left behind by an interrupted Compose");
    ended.prints("recreated: web");
    assert!(!has_successor(&place));
}
