//! What stands in the way is told at once, before anything is changed.

use rehearsal::Fault;

use super::{place::Place, registry::TestRegistry};
use crate::harness::RealServer;

#[test]
fn a_silent_registry_refuses_and_offline_starts_with_what_is_here() {
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
    let (here, there) = (place.registry.host(), format!("127.0.0.1:{port}"));
    place.docker(&["tag", &format!("{here}/demo/web"), &format!("{there}/demo/web")]);

    let before = place.state();
    let ended = place.up().run().exits(4);
    ended.says(&format!("silent: {there}/demo/web: {there} cannot be reached"));
    ended.says("nothing was changed");
    ended.says("to start all the same with the images that are here, add --offline");
    assert_eq!(place.state(), before);

    let ended = place.up().args(&["--offline"]).run().exits(0);
    ended
        .says("[WARN] offline: no registry is asked; what starts may be older than what is served");
    ended.says("silent  created, running  sha256:DIGEST (offline; not compared)");
    place.assert_runs("silent", &digest);
    place.docker(&["rmi", "--force", &format!("{there}/demo/web")]);
}

#[test]
fn offline_refuses_what_is_not_here() {
    let place = Place::new().services("  web:\n    image: REG/demo/web\n");
    place.registry.publish("demo/web:latest", "web");
    let before = place.state();
    let ended = place.up().args(&["--offline"]).run().exits(4);
    insta::assert_snapshot!(ended.complaint(), @"
    exit 4
    [ERROR] 1 thing stands in the way; nothing was changed
            - web: REG/demo/web: not here, and no registry is asked; leave --offline out once, or load it
    ");
    assert_eq!(place.state(), before);
}

#[test]
fn everything_that_stands_in_the_way_is_told_at_once() {
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
    [ERROR] 2 things stand in the way; nothing was changed
            - cron, worker: REG/demo/absent:1: the registry has no such image; check the name and the tag, or log in to see a private one
            - local: REG/demo/local: not here, and `pull_policy: never` keeps it from being pulled; build or load it, or change its pull_policy
    ");
    assert_eq!(place.state(), before);
}

#[test]
fn a_registry_that_wants_a_login_and_one_that_limits_are_told() {
    let place = Place::with(TestRegistry::with_login(), None);
    place.registry.publish("demo/web:latest", "web");
    let place = place.services("  web:\n    image: REG/demo/web\n");
    let ended = place.up().run().exits(4);
    insta::assert_snapshot!(ended.complaint(), @"
    exit 4
    [ERROR] 1 thing stands in the way; nothing was changed
            - web: REG/demo/web: REG wants credentials; log in with `docker login REG`
    ");

    let place = place.logged_in();
    let limit =
        Fault::status(429).with_header("retry-after".parse().unwrap(), "3600".parse().unwrap());
    place.registry.embedded().faults().inject(limit.path_contains("/manifests/").forever());
    let ended = place.up().run().exits(4);
    insta::assert_snapshot!(ended.complaint(), @"
    exit 4
    [ERROR] 1 thing stands in the way; nothing was changed
            - web: REG/demo/web: REG turns requests away for now; it asks to wait 3600 s: HEAD http://REG/v2/demo/web/manifests/latest: too many requests; the server asks to wait 3600 s; try again after 3600 s; nothing was changed by this request
    ");
    assert!(place.containers().is_empty());

    place.registry.embedded().faults().clear();
    place.up().run().exits(0);
}

#[test]
fn a_mistake_in_the_compose_file_is_told_with_its_line() {
    let place = Place::new();
    place.write("compose.yaml", "services:\n  web:\n    image: a\n   db: b\n");
    let ended = place.up().run().exits(2);
    ended.says("compose.yaml, line ");
    place.write("compose.yaml", "services:\n  web:\n    image: a:${TAG:?state a version}\n");
    let ended = place.up().run().exits(2);
    insta::assert_snapshot!(ended.complaint(), @"
    exit 2
    [ERROR] variable `TAG` is not set (state a version)
    [INFO] set the variable, write it into .env, or name a file that has it with --env-file
    ");
    place.write("compose.yaml", "services:\n  web:\n    image: a:${TAG}\n");
    let ended = place.up().run().exits(2);
    insta::assert_snapshot!(ended.complaint(), @"
    exit 2
    [ERROR] 1 thing stands in the way; nothing was changed
            - web: `a:` is no image reference; is a variable not set?
    ");
}

#[test]
fn an_unknown_service_is_told_with_the_one_that_was_meant() {
    let place = Place::new().services("  worker:\n    image: REG/demo/web\n");
    let ended = place.up().args(&["wroker"]).run().exits(2);
    insta::assert_snapshot!(ended.complaint(), @"
    exit 2
    [ERROR] there is no service `wroker`
    [INFO] did you mean `worker`?
    ");
}

#[test]
fn without_a_compose_file_the_words_are_those_of_the_script() {
    let place = Place::new();
    let ended = place.up().run().exits(1);
    insta::assert_snapshot!(ended.complaint(), @"
    exit 1
    [ERROR] docker-compose.yml not found in $PLACE/project
    [INFO] no compose.yaml, compose.yml, docker-compose.yml or docker-compose.yaml is there or above; name the file with -f
    ");
}

#[test]
fn an_engine_that_is_not_there_is_told() {
    let place = Place::new().services("  web:\n    image: REG/demo/web\n");
    place.up().args(&["--docker-host", "unix:///nowhere"]).run().exits(1).says("no Docker Engine");
    place
        .up()
        .args(&["--context", "elsewhere"])
        .run()
        .exits(2)
        .says("unknown Docker context `elsewhere`");
}

#[test]
fn compose_1_and_no_compose_are_told() {
    let place = Place::new().services("  web:\n    image: REG/demo/web\n");
    place.other_compose("echo 1.29.2");
    let ended = place.up().run().exits(4);
    insta::assert_snapshot!(ended.complaint(), @"
    exit 4
    [ERROR] docker-compose 1.29.2 is too old to tell its services
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
