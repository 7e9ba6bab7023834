//! Several engines in one run: the host's, Minikube's, a context's.

use crate::harness::{PrivateEngine, Store};

use super::machine::{APP, Machine, app};

#[test]
fn each_engine_has_a_section_of_its_own() {
    let machine = Machine::new().with_images(&[
        app("1").layer("one", 5_000),
        app("2").waiting(),
        app("common").layer("common", 5_000),
    ]);
    let other = PrivateEngine::start(Store::Containerd);
    other.load(&[app("1").layer("one", 5_000), app("2").waiting()]);
    machine.docker.run("web", &format!("{APP}:2"));
    other.run("other-web", &format!("{APP}:2"));
    let hosts = ["--docker-host", &machine.docker.address, "--docker-host", &other.address];
    let cleaned = machine.clean().args(&hosts).json().run().exits(0);
    let report = cleaned.report();
    let engines = report["engines"].as_array().unwrap();
    let removed: Vec<usize> =
        engines.iter().map(|engine| engine["removed"].as_array().unwrap().len()).collect();
    assert_eq!(removed, [2, 1]);
    assert_eq!(engines[0]["kept"][0]["why"], "in use by container web (running)");
    assert_eq!(engines[1]["kept"][0]["why"], "in use by container other-web (running)");
    assert_eq!(machine.docker.tags(), other.tags());
}

/// A Docker context of the user's configuration names an engine.
#[test]
fn contexts_select_engines() {
    let machine = Machine::new().with_images(&[app("1").layer("one", 5_000)]);
    let create = ["context", "create", "second", "--docker"];
    let host = format!("host={}", machine.docker.address);
    let mut context = std::process::Command::new("docker");
    let created = context.args(create).arg(host).env("HOME", machine.home()).output().unwrap();
    assert!(created.status.success(), "{}", String::from_utf8_lossy(&created.stderr));
    let cleaned = machine.clean().without_env("DOCKER_HOST").args(&["--context", "second"]);
    cleaned.run().exits(0);
    assert!(machine.docker.tags().is_empty());
}

/// Then nothing is removed from the others either.
#[test]
fn nothing_is_removed_when_one_of_the_engines_does_not_answer() {
    let machine = Machine::new().with_images(&[app("1").layer("one", 5_000)]);
    let no_engine = format!("unix://{}/missing.sock", machine.folder().display());
    let hosts = ["--docker-host", &machine.docker.address, "--docker-host", &no_engine];
    machine.clean().args(&hosts).run().exits(1);
    assert_eq!(machine.docker.tags().len(), 1);
}
