//! Images with digests, with and without tags.

use crate::harness::{GeneratedImage, RealServer, Store};

use super::machine::{APP, Machine, app, on_both_stores};

/// A machine whose engine pulled `app:1` and `app:2` from a registry, and the
/// repository at the registry.
fn pulled(machine: Machine, registry: &RealServer) -> (Machine, String) {
    let repository = format!("127.0.0.1:{}/{APP}", registry.port);
    let tags = ["1", "2"].map(|tag| format!("{repository}:{tag}"));
    let machine = machine.with_images(&[
        GeneratedImage::new(&tags[0]).waiting(),
        GeneratedImage::new(&tags[1]).layer("two", 5_000),
    ]);
    for tag in &tags {
        machine.docker.docker(&["push", "--quiet", tag]);
        machine.docker.docker(&["rmi", tag]);
    }
    for tag in &tags {
        machine.docker.docker(&["pull", "--quiet", tag]);
    }
    let machine =
        machine.configure(&format!("[local-images]\nrepositories = [\"{repository}\"]\n"));
    (machine, repository)
}

/// The name by digest of `repository:tag`.
fn digest(machine: &Machine, repository: &str, tag: &str) -> String {
    let format = "{{index .RepoDigests 0}}";
    let reference = format!("{repository}:{tag}");
    machine.docker.docker(&["image", "inspect", "--format", format, &reference])
}

/// Such a container lost its image to `docker image prune` (moby#48063).
#[test]
fn a_container_that_was_started_by_digest_keeps_its_image_and_its_tags() {
    let registry = RealServer::docker_registry();
    on_both_stores(|machine| {
        let (machine, repository) = pulled(machine, &registry);
        let by_digest = digest(&machine, &repository, "1");
        machine.docker.run("web", &by_digest);
        let cleaned = machine.clean().json().run().exits(0);
        let [first, second] = ["1", "2"].map(|tag| format!("{repository}:{tag}"));
        assert_eq!(cleaned.removed().keys().collect::<Vec<_>>(), [&second]);
        assert_eq!(cleaned.kept()[&first], "in use by container web (running)");
        assert!(machine.docker.has(&by_digest), "the name by digest is still there");
    });
}

#[test]
fn an_image_that_has_only_a_digest_stays_while_a_container_uses_it() {
    let registry = RealServer::docker_registry();
    on_both_stores(|machine| {
        let (machine, repository) = pulled(machine, &registry);
        let by_digest = digest(&machine, &repository, "1");
        for tag in ["1", "2"] {
            machine.docker.docker(&["rmi", &format!("{repository}:{tag}")]);
        }
        machine.docker.docker(&["pull", "--quiet", &by_digest]);
        machine.docker.run("web", &by_digest);
        let id = machine.docker.image_id(&by_digest);
        for flags in [&[][..], &["--dangling"], &["--keep", "1"]] {
            machine.clean().args(flags).json().run().exits(0);
            assert!(machine.docker.has(&id), "{flags:?}");
        }
        machine.docker.docker(&["rm", "--force", "web"]);
        let cleaned = machine.clean().json().run().exits(0);
        assert_eq!(cleaned.removed().into_values().collect::<Vec<_>>(), ["dangling (no tag)"]);
        assert!(!machine.docker.has(&id));
    });
}

/// A later pull of the same tag leaves an image of its repository behind; a build leaves
/// one of the Compose project in its label.
#[test]
fn dangling_images_of_the_project_go_and_those_of_others_stay() {
    let registry = RealServer::docker_registry();
    on_both_stores(|machine| {
        let (machine, repository) = pulled(machine, &registry);
        let label = "com.docker.compose.project";
        let untagged = GeneratedImage::untagged;
        let machine = machine
            .file("compose.yaml", "name: shop\nservices: {}\n")
            .with_images(&[untagged().layer("built", 5_000).label(label, "shop")])
            .with_images(&[untagged().layer("of another", 5_000).label(label, "other")])
            .with_images(&[untagged().layer("without label", 5_000)]);
        let first = format!("{repository}:1");
        machine.docker.docker(&["tag", &format!("{repository}:2"), &first]);
        assert_eq!(dangling(&machine), 4, "{}", machine.docker.docker(&["images", "--digests"]));
        let cleaned = machine.clean().arg("--dangling").json().run().exits(0);
        // The containerd store forgets which repository the first one was of.
        let removed = if machine.docker.store == Store::GraphDriver { 2 } else { 1 };
        assert_eq!(cleaned.removed().len(), removed, "{cleaned}");
        assert_eq!(dangling(&machine), 4 - removed);
        assert!(machine.docker.has(&first));
    });
}

fn dangling(machine: &Machine) -> usize {
    machine.docker.docker(&["images", "--quiet", "--filter", "dangling=true"]).lines().count()
}

#[test]
fn every_dangling_image_goes_when_that_is_asked_for() {
    on_both_stores(|machine| {
        let untagged = GeneratedImage::untagged;
        let machine = machine
            .with_images(&[untagged().layer("a", 5_000)])
            .with_images(&[untagged().waiting().label("used", "yes")])
            .with_images(&[app("1").layer("c", 5_000)]);
        let used = machine.docker.docker(&["images", "--quiet", "--filter", "label=used"]);
        machine.docker.run("web", &used);
        machine.clean().args(&["--all-images", "--dangling", "--yes"]).json().run().exits(0);
        assert_eq!(machine.docker.tags(), ["<none>:<none>", "tidegate-it/app:1"]);
    });
}
