//! Waiting until everything stands, and saying what does not.

use std::time::{Duration, Instant};

use super::place::Place;

fn place(services: &str) -> Place {
    let place = Place::new().services(services);
    place.registry.publish("demo/app:latest", "app");
    place
}

#[test]
fn a_one_shot_that_ends_well_is_up() {
    let place = place(
        "
  migrate:
    image: REG/demo/app
    command: [/bin/busybox, \"true\"]
  web:
    image: REG/demo/app
    depends_on: {migrate: {condition: service_completed_successfully}}
",
    );
    // Compose 2.26 never ends this by itself.
    place.up().args(&["--dry-run"]).run().exits(0).says("create: shop-migrate-1");
    let ended = place.up().run().exits(0);
    ended.says("migrate  created, exited 0  sha256:DIGEST, as served");
    // It runs again with every start, as Compose has it.
    let ended = place.up().run().exits(0);
    ended.says("started: migrate; not changed: web");
}

#[test]
fn a_one_shot_that_fails_is_named_with_its_code() {
    let place = place(
        "
  migrate:
    image: REG/demo/app
    command: [/bin/busybox, sh, -c, 'echo canary in the log; exit 3']
",
    );
    let ended = place.up().run().exits(3);
    insta::assert_snapshot!(ended.complaint(), @"
    exit 3
    [ERROR] not everything of shop is up
            - migrate (shop-migrate-1): exited 3; see `docker logs shop-migrate-1`
    [INFO] repair this and run the same command again
    ");
}

#[test]
fn an_unhealthy_dependency_is_named_with_its_last_probe_and_without_its_log() {
    let place = place(
        "
  db:
    image: REG/demo/app
    command: [/bin/busybox, sh, -c, 'echo canary in the log; exec sleep 3600']
    healthcheck:
      test: [CMD, /bin/busybox, sh, -c, 'echo no socket yet; exit 1']
      interval: 1s
      retries: 2
  web:
    image: REG/demo/app
    depends_on: {db: {condition: service_healthy}}
",
    );
    let ended = place.up().run().exits(3);
    insta::assert_snapshot!(ended.whole(), @"
    exit 3
    --- stdout
    [INFO] asking what is served: 1 image

    Plan for shop
    service  image  what starts
    ──  ──  ──
    db  REG/demo/app  sha256:DIGEST, to be pulled: missing here
    web  REG/demo/app  sha256:DIGEST, to be pulled: missing here
    [OK] pull db, web
    [ERROR] db [FAILED]: unhealthy
    [ERROR] start shop [FAILED]
    [ERROR] web [FAILED]: not ready yet

    Containers of shop
    service  state  runs
    ──  ──  ──
    db  created, unhealthy  sha256:DIGEST, as served
    web  created, not started  sha256:DIGEST, as served
    --- stderr
    [ERROR] not everything of shop is up
            - docker compose: dependency failed to start: container shop-db-1 is unhealthy
            - db (shop-db-1): unhealthy; its last probe said: no socket yet; see `docker logs shop-db-1`
    [INFO] repair this and run the same command again
    ");
}

#[test]
fn a_slow_start_is_waited_for() {
    let place = place(
        "
  web:
    image: REG/demo/app
    command: [/bin/busybox, sh, -c, 'sleep 4; echo >/ready; exec sleep 3600']
    healthcheck:
      test: [CMD, /bin/busybox, test, -f, /ready]
      interval: 1s
      retries: 30
  worker:
    image: REG/demo/app
    depends_on: {web: {condition: service_healthy}}
",
    );
    let begun = Instant::now();
    let ended = place.up().run().exits(0);
    assert!(begun.elapsed() > Duration::from_secs(4));
    ended.says("web  created, healthy  sha256:DIGEST, as served");
    ended.says("worker  created, running  sha256:DIGEST, as served");
}

#[test]
fn what_is_not_ready_in_time_is_told() {
    let place = place(
        "
  web:
    image: REG/demo/app
    healthcheck:
      test: [CMD, /bin/busybox, sh, -c, 'echo still warming up; exit 1']
      interval: 1s
      retries: 600
  crash:
    image: REG/demo/app
    restart: always
    command: [/bin/busybox, sh, -c, 'sleep 1; exit 7']
",
    );
    let ended = place.up().args(&["--wait-timeout", "5s"]).run().exits(3);
    ended.says(
        "web (shop-web-1): starting, not ready in time; its last probe said: still warming up",
    );
    ended.says("crash (shop-crash-1): ");
    ended.says("not ready in time; see `docker logs shop-crash-1`");
}

#[test]
fn a_dependency_that_never_becomes_healthy_does_not_hold_it_for_ever() {
    let place = place(
        "
  db:
    image: REG/demo/app
    healthcheck:
      test: [CMD, /bin/busybox, \"false\"]
      interval: 1s
      retries: 600
  web:
    image: REG/demo/app
    depends_on: {db: {condition: service_healthy}}
",
    );
    let ended = place.up().args(&["--wait-timeout", "4s"]).run().exits(3);
    ended.says("db (shop-db-1): starting, not ready in time");
    ended.says("web (shop-web-1): not started, not ready in time");
    assert_eq!(place.containers()["web"].state, "created");
}

#[test]
fn a_service_that_cannot_start_is_told_in_the_words_of_compose() {
    let place = place("  web:\n    image: REG/demo/app\n    entrypoint: [/absent]\n");
    let ended = place.up().run().exits(3);
    ended.says("docker compose: Error response from daemon: ");
    ended.says("web (shop-web-1): could not be started");
}

#[test]
fn an_unhealthy_container_that_nobody_touched_is_a_failure_without_change() {
    let place = place(
        "
  web:
    image: REG/demo/app
    command: [/bin/busybox, sh, -c, 'echo >/ready; exec sleep 3600']
    healthcheck:
      test: [CMD, /bin/busybox, test, -f, /ready]
      interval: 1s
      retries: 1
",
    );
    place.up().run().exits(0);
    let id = &place.containers()["web"].id;
    place.docker(&["exec", id, "/bin/busybox", "rm", "/ready"]);
    std::thread::sleep(Duration::from_secs(3));
    let ended = place.up().run().exits(1);
    ended.says("web (shop-web-1): unhealthy");
}

/// Compose gives up before it comes to what waits for the sick one.
#[test]
fn what_was_not_run_again_is_not_said_to_be_started() {
    let place = place(
        "
  db:
    image: REG/demo/app
    command: [/bin/busybox, sh, -c, 'echo >/well; exec sleep 3600']
    healthcheck:
      test: [CMD, /bin/busybox, test, -f, /well]
      interval: 1s
      retries: 1
  migrate:
    image: REG/demo/app
    command: [/bin/busybox, \"true\"]
    depends_on: {db: {condition: service_healthy}}
",
    );
    place.up().run().exits(0);
    place.compose(&["exec", "-T", "db", "/bin/busybox", "rm", "/well"]);
    let end = Instant::now() + Duration::from_secs(60);
    while !place.compose(&["ps"]).contains("(unhealthy)") {
        assert!(Instant::now() < end, "it stays healthy");
        std::thread::sleep(Duration::from_millis(200));
    }
    let ended = place.up().run();
    ended.says("migrate  not changed, exited 0");
}
