//! Several engines in one run: the host's, Minikube's, a context's.

use crate::harness::{PrivateEngine, Store};

use super::place::{APP, Place, app};

#[test]
fn each_engine_has_a_section_of_its_own() {
    let place = Place::new().has(&[
        app("1").layer("one", 5_000),
        app("2").waiting(),
        app("common").layer("common", 5_000),
    ]);
    let other = PrivateEngine::start(Store::Containerd);
    other.load(&[app("1").layer("one", 5_000), app("2").waiting()]);
    place.docker.run("web", &format!("{APP}:2"));
    other.run("other-web", &format!("{APP}:1").replace(":1", ":2"));
    let hosts = ["--docker-host", &place.docker.address, "--docker-host", &other.address];
    let cleaned = place.clean().args(&hosts).json().run().exits(0);
    let report = cleaned.report();
    let engines = report["engines"].as_array().unwrap();
    let removed = |engine: usize| engines[engine]["removed"].as_array().unwrap().len();
    assert_eq!((engines.len(), removed(0), removed(1)), (2, 2, 1));
    let why = |engine: usize| engines[engine]["kept"][0]["why"].as_str().unwrap().to_owned();
    assert_eq!(why(0), "in use by container web (running)");
    assert_eq!(why(1), "in use by container other-web (running)");
    assert_eq!(place.docker.tags(), other.tags());
}

/// A Docker context of the user's configuration names an engine.
#[test]
fn contexts_name_engines() {
    let place = Place::new().has(&[app("1").layer("one", 5_000)]);
    let create = ["context", "create", "second", "--docker"];
    let host = format!("host={}", place.docker.address);
    let mut context = std::process::Command::new("docker");
    let created = context.args(create).arg(host).env("HOME", place.home()).output().unwrap();
    assert!(created.status.success(), "{}", String::from_utf8_lossy(&created.stderr));
    let cleaned = place.clean().without_env("DOCKER_HOST").args(&["--context", "second"]);
    cleaned.run().exits(0);
    assert!(place.docker.tags().is_empty());
}

/// One engine that does not answer: nothing is removed from the others either.
#[test]
fn nothing_is_removed_when_one_of_the_engines_does_not_answer() {
    let place = Place::new().has(&[app("1").layer("one", 5_000)]);
    let nobody = format!("unix://{}/nobody.sock", place.folder().display());
    let hosts = ["--docker-host", &place.docker.address, "--docker-host", &nobody];
    place.clean().args(&hosts).run().exits(1);
    assert_eq!(place.docker.tags().len(), 1);
}
