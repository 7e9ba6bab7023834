//! Images that are not looked up in a registry, or whose registry need not answer.

use super::{place::Place, registry::TestRegistry, run::Up};
use crate::harness::{LABEL, ServiceImage};

fn dockerfile(place: &Place, version: &str) -> String {
    let (base, name) = (ServiceImage::reference(), &place.name);
    format!("FROM {base}\nLABEL {LABEL}={name} version={version}\n")
}

/// With the engine's own builder: buildx would keep a cache of its own.
fn up(place: &Place) -> Up<'_> {
    place.up().env("DOCKER_BUILDKIT", "0")
}

#[test]
fn images_that_are_built_locally_are_not_compared() {
    let place = Place::new().services(
        "
  app:
    build: .
  both:
    image: REG/demo/both
    build: .
",
    );
    place.write("Dockerfile", &dockerfile(&place, "1"));
    // What a registry serves under the name of the second does not matter.
    let served = place.registry.publish("demo/both:latest", "served");
    let ended = up(&place).run().exits(0);
    ended.prints("app  created, running  built locally; not compared");
    ended.prints("both  created, running  built locally; not compared");
    assert!(!place.containers()["both"].digests.contains(&served));
    up(&place).args(&["--offline"]).run().exits(0).prints("nothing to do");
}

#[test]
fn images_with_the_policy_build_are_built_each_time() {
    let place = Place::new().services("  app:\n    build: .\n    pull_policy: build\n");
    place.write("Dockerfile", &dockerfile(&place, "1"));
    up(&place).run().exits(0);
    let before = place.containers();
    place.write("Dockerfile", &dockerfile(&place, "2"));
    let ended = up(&place).run().exits(0);
    ended.prints("recreated: app");
    let offline = up(&place).args(&["--offline"]).run().exits(0);
    offline.prints("[WARN] app will be built, which may access registries");
    assert_ne!(place.containers()["app"].id, before["app"].id);
}

#[test]
fn a_build_that_fails_starts_nothing() {
    let services =
        "  app:\n    build: .\n    pull_policy: build\n  web:\n    image: REG/demo/web\n";
    let place = Place::new().services(services);
    place.registry.publish("demo/web:latest", "web");
    place.write("Dockerfile", "FROM scratch\nCOPY absent /\n");
    let ended = up(&place).run().exits(1);
    ended.prints("build app [FAILED]");
    assert!(place.containers().is_empty());
}

#[test]
fn pull_policy_never_keeps_the_local_image() {
    let services = "  web:\n    image: REG/demo/web\n    pull_policy: never\n";
    let place = Place::new().services(services);
    let old = place.registry.publish("demo/web:latest", "web 1");
    let image = format!("{}/demo/web", place.registry.host());
    place.docker(&["pull", "--quiet", &image]);
    place.registry.publish("demo/web:latest", "web 2");
    let ended = place.up().run().exits(0);
    place.assert_runs("web", &old);
    ended.prints("sha256:DIGEST (pull_policy: never; not compared)");
}

#[test]
fn a_digest_that_is_present_needs_no_registry() {
    let place = Place::new();
    let digest = place.registry.publish("demo/web:1", "web");
    let place = place.services(&format!("  web:\n    image: REG/demo/web:1@{digest}\n"));
    // Moved tags do not matter to a pin.
    place.registry.publish("demo/web:1", "web 2");
    place.up().run().exits(0);
    place.assert_runs("web", &digest);

    // The registry has forgotten it.
    let TestRegistry::Real(server) = &place.registry else { panic!("another registry") };
    std::fs::remove_dir_all(server.folder.path().join("storage")).unwrap();
    let ended = place.up().run().exits(0);
    ended.prints(
        "using the local image of REG/demo/web:1@sha256:DIGEST: the registry has no such image",
    );
    ended.prints("nothing to do");

    // A digest that neither the engine nor the registry has is a problem.
    let other = format!("sha256:{}", "0".repeat(64));
    place.write_services(&format!("  web:\n    image: REG/demo/web:1@{other}\n"));
    place.up().run().exits(4).prints("the registry has no such image");
}
