//! The wait until everything is ready, and the report of what is not.

use std::time::{Duration, Instant};

use super::place::Place;

fn place(services: &str) -> Place {
    let place = Place::new().services(services);
    place.registry.publish("demo/app:latest", "app");
    place
}

#[test]
fn a_one_shot_that_succeeds_is_up() {
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
    place.up().args(&["--dry-run"]).run().exits(0).prints("create: shop-migrate-1");
    let ended = place.up().run().exits(0);
    ended.prints("migrate  created, exited 0  sha256:DIGEST, as served");
    // It runs again with every start, as Compose has it.
    let ended = place.up().run().exits(0);
    ended.prints("started: migrate; not changed: web");
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
    [ERROR] not all services of shop are up
            - migrate (shop-migrate-1): exited 3; see `docker logs shop-migrate-1`
    [INFO] fix this and run the same command again
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
    [INFO] querying registries about 1 image

    Plan for shop
    service  image  will run
    ──  ──  ──
    db  REG/demo/app  sha256:DIGEST, to be pulled: not present
    web  REG/demo/app  sha256:DIGEST, to be pulled: not present
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
    [ERROR] not all services of shop are up
            - docker compose: dependency failed to start: container shop-db-1 is unhealthy
            - db (shop-db-1): unhealthy; its last probe printed: no socket yet; see `docker logs shop-db-1`
    [INFO] fix this and run the same command again
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
    ended.prints("web  created, healthy  sha256:DIGEST, as served");
    ended.prints("worker  created, running  sha256:DIGEST, as served");
}

#[test]
fn services_that_are_not_ready_in_time_are_reported() {
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
    ended.prints(
        "web (shop-web-1): starting, not ready in time; its last probe printed: still warming up",
    );
    ended.prints("crash (shop-crash-1): ");
    ended.prints("not ready in time; see `docker logs shop-crash-1`");
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
    ended.prints("db (shop-db-1): starting, not ready in time");
    ended.prints("web (shop-web-1): not started, not ready in time");
    assert_eq!(place.containers()["web"].state, "created");
}

#[test]
fn a_service_that_cannot_start_is_reported_with_the_message_of_compose() {
    let place = place("  web:\n    image: REG/demo/app\n    entrypoint: [/absent]\n");
    let ended = place.up().run().exits(3);
    ended.prints("docker compose: Error response from daemon: ");
    ended.prints("web (shop-web-1): could not be started");
}

#[test]
fn an_unhealthy_container_that_was_not_changed_is_a_failure_without_change() {
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
    ended.prints("web (shop-web-1): unhealthy");
}

/// Compose gives up before it comes to what waits for the unhealthy service.
#[test]
fn a_one_shot_that_was_not_run_again_is_not_reported_as_started() {
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
    ended.prints("migrate  not changed, exited 0");
}
