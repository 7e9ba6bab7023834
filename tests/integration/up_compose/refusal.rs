//! All problems are reported at once, before anything is changed.

use rehearsal::Fault;

use super::{place::Place, registry::TestRegistry};
use crate::harness::RealServer;

#[test]
fn an_unreachable_registry_refuses_and_offline_starts_with_local_images() {
    let port = RealServer::free_port();
    let place = Place::new().services(&format!(
        "
  web:
    image: REG/demo/web
  silent:
    image: 127.0.0.1:{port}/demo/web
"
    ));
    let digest = place.registry.publish("demo/web:latest", "web");
    place.compose(&["pull", "web"]);
    let (registry, unreachable) = (place.registry.host(), format!("127.0.0.1:{port}"));
    place.docker(&["tag", &format!("{registry}/demo/web"), &format!("{unreachable}/demo/web")]);

    let before = place.state();
    let ended = place.up().run().exits(4);
    ended.prints(&format!("silent: {unreachable}/demo/web: {unreachable} cannot be reached"));
    ended.prints("nothing was changed");
    ended.prints("add --offline to start with the local images");
    assert_eq!(place.state(), before);

    let ended = place.up().args(&["--offline"]).run().exits(0);
    ended.prints("[WARN] offline: registries are not queried; local images may be outdated");
    ended.prints("silent  created, running  sha256:DIGEST (offline; not compared)");
    place.assert_runs("silent", &digest);
    place.docker(&["rmi", "--force", &format!("{unreachable}/demo/web")]);
}

#[test]
fn offline_refuses_images_that_are_not_present() {
    let place = Place::new().services("  web:\n    image: REG/demo/web\n");
    place.registry.publish("demo/web:latest", "web");
    let before = place.state();
    let ended = place.up().args(&["--offline"]).run().exits(4);
    insta::assert_snapshot!(ended.complaint(), @"
    exit 4
    [ERROR] 1 problem; nothing was changed
            - web: REG/demo/web: not present, and --offline prevents a pull; run once without --offline, or load it
    ");
    assert_eq!(place.state(), before);
}

#[test]
fn all_problems_are_reported_at_once() {
    let place = Place::new().services(
        "
  web:
    image: REG/demo/web
  worker:
    image: REG/demo/absent:1
  cron:
    image: REG/demo/absent:1
  local:
    image: REG/demo/local
    pull_policy: never
",
    );
    place.registry.publish("demo/web:latest", "web");
    let before = place.state();
    let ended = place.up().run().exits(4);
    insta::assert_snapshot!(ended.complaint(), @"
    exit 4
    [ERROR] 2 problems; nothing was changed
            - cron, worker: REG/demo/absent:1: the registry has no such image; check the name and the tag, or log in to see a private one
            - local: REG/demo/local: not present, and `pull_policy: never` prevents a pull; build or load it, or change its pull_policy
    ");
    assert_eq!(place.state(), before);
}

#[test]
fn a_registry_that_requires_a_login_and_one_that_limits_requests_are_reported() {
    let place = Place::with(TestRegistry::with_login(), None);
    place.registry.publish("demo/web:latest", "web");
    let place = place.services("  web:\n    image: REG/demo/web\n");
    let ended = place.up().run().exits(4);
    insta::assert_snapshot!(ended.complaint(), @"
    exit 4
    [ERROR] 1 problem; nothing was changed
            - web: REG/demo/web: REG wants credentials; log in with `docker login REG`
    ");

    let place = place.logged_in();
    let limit =
        Fault::status(429).with_header("retry-after".parse().unwrap(), "3600".parse().unwrap());
    place.registry.embedded().faults().inject(limit.path_contains("/manifests/").forever());
    let ended = place.up().run().exits(4);
    insta::assert_snapshot!(ended.complaint(), @"
    exit 4
    [ERROR] 1 problem; nothing was changed
            - web: REG/demo/web: REG turns requests away for now; it asks to wait 3600 s: HEAD http://REG/v2/demo/web/manifests/latest: too many requests; the server asks to wait 3600 s; try again after 3600 s; nothing was changed by this request
    ");
    assert!(place.containers().is_empty());

    place.registry.embedded().faults().clear();
    place.up().run().exits(0);
}

#[test]
fn a_mistake_in_the_compose_file_is_reported_with_its_line() {
    let place = Place::new();
    place.write("compose.yaml", "services:\n  web:\n    image: a\n   db: b\n");
    let ended = place.up().run().exits(2);
    ended.prints("compose.yaml, line ");
    place.write("compose.yaml", "services:\n  web:\n    image: a:${TAG:?state a version}\n");
    let ended = place.up().run().exits(2);
    insta::assert_snapshot!(ended.complaint(), @"
    exit 2
    [ERROR] variable `TAG` is not set (state a version)
    [INFO] set the variable, add it to .env, or name a file that has it with --env-file
    ");
    place.write("compose.yaml", "services:\n  web:\n    image: a:${TAG}\n");
    let ended = place.up().run().exits(2);
    insta::assert_snapshot!(ended.complaint(), @"
    exit 2
    [ERROR] 1 problem; nothing was changed
            - web: `a:` is not a valid image reference; is a variable unset?
    ");
}

#[test]
fn a_similar_name_is_suggested_for_an_unknown_service() {
    let place = Place::new().services("  worker:\n    image: REG/demo/web\n");
    let ended = place.up().args(&["wroker"]).run().exits(2);
    insta::assert_snapshot!(ended.complaint(), @"
    exit 2
    [ERROR] there is no service `wroker`
    [INFO] did you mean `worker`?
    ");
}

#[test]
fn without_a_compose_file_the_error_is_that_of_the_script() {
    let place = Place::new();
    let ended = place.up().run().exits(1);
    insta::assert_snapshot!(ended.complaint(), @"
    exit 1
    [ERROR] docker-compose.yml not found in $PLACE/project
    [INFO] no compose.yaml, compose.yml, docker-compose.yml or docker-compose.yaml in that folder or above; name the file with -f
    ");
}

#[test]
fn an_engine_that_does_not_exist_is_reported() {
    let place = Place::new().services("  web:\n    image: REG/demo/web\n");
    let unreachable = place.up().args(&["--docker-host", "unix:///nowhere"]).run().exits(1);
    unreachable.prints("no Docker Engine");
    let unknown = place.up().args(&["--context", "elsewhere"]).run().exits(2);
    unknown.prints("unknown Docker context `elsewhere`");
}

#[test]
fn compose_1_and_a_missing_compose_are_reported() {
    let place = Place::new().services("  web:\n    image: REG/demo/web\n");
    place.other_compose("echo 1.29.2");
    let ended = place.up().run().exits(4);
    insta::assert_snapshot!(ended.complaint(), @"
    exit 4
    [ERROR] docker-compose 1.29.2 is too old to list the services of a project
    [INFO] install Docker Compose 2 or newer
    ");
    std::fs::remove_file(place.folder().join("docker/cli-plugins/docker-compose")).unwrap();
    let ended = place.up().env("PATH", "/nowhere").run().exits(4);
    insta::assert_snapshot!(ended.complaint(), @"
    exit 4
    [ERROR] docker compose is not installed
    [INFO] install the Docker plugin compose (package docker-compose-plugin)
    ");
}
