//! Images that have digests, and perhaps no tags.

use crate::harness::{GeneratedImage, RealServer, Store};

use super::place::{APP, Place, app, on_both_stores};

/// A place whose engine pulled `app:1` and `app:2` from a registry, and the
/// repository at the registry.
fn pulled(place: Place, registry: &RealServer) -> (Place, String) {
    let repository = format!("127.0.0.1:{}/{APP}", registry.port);
    let tag = |tag: &str| format!("{repository}:{tag}");
    let place = place.has(&[
        GeneratedImage::new(tag("1")).waiting(),
        GeneratedImage::new(tag("2")).layer("two", 5_000),
    ]);
    for tag in [tag("1"), tag("2")] {
        place.docker.docker(&["push", "--quiet", &tag]);
        place.docker.docker(&["rmi", &tag]);
    }
    for tag in [tag("1"), tag("2")] {
        place.docker.docker(&["pull", "--quiet", &tag]);
    }
    let place = place.configure(&format!("[local-images]\nrepositories = [\"{repository}\"]\n"));
    (place, repository)
}

/// The name by digest of `repository:tag`.
fn digest(place: &Place, repository: &str, tag: &str) -> String {
    let format = "{{index .RepoDigests 0}}";
    let reference = format!("{repository}:{tag}");
    place.docker.docker(&["image", "inspect", "--format", format, &reference])
}

/// Such a container lost its image to `docker image prune` (moby#48063).
#[test]
fn a_container_that_was_started_by_digest_keeps_its_image_and_its_tags() {
    let registry = RealServer::docker_registry();
    on_both_stores(|place| {
        let (place, repository) = pulled(place, &registry);
        let by_digest = digest(&place, &repository, "1");
        place.docker.run("web", &by_digest);
        let cleaned = place.clean().json().run().exits(0);
        let [one, two] = ["1", "2"].map(|tag| format!("{repository}:{tag}"));
        assert_eq!(cleaned.removed().keys().collect::<Vec<_>>(), [&two]);
        assert_eq!(cleaned.kept()[&one], "in use by container web (running)");
        assert!(place.docker.has(&by_digest), "the name by digest is still there");
    });
}

#[test]
fn an_image_that_has_only_a_digest_stays_while_a_container_uses_it() {
    let registry = RealServer::docker_registry();
    on_both_stores(|place| {
        let (place, repository) = pulled(place, &registry);
        let by_digest = digest(&place, &repository, "1");
        for tag in ["1", "2"] {
            place.docker.docker(&["rmi", &format!("{repository}:{tag}")]);
        }
        place.docker.docker(&["pull", "--quiet", &by_digest]);
        place.docker.run("web", &by_digest);
        let id = place.docker.image_id(&by_digest);
        for flags in [&[][..], &["--dangling"], &["--keep", "1"]] {
            place.clean().args(flags).json().run().exits(0);
            assert!(place.docker.has(&id), "{flags:?}");
        }
        place.docker.docker(&["rm", "--force", "web"]);
        let cleaned = place.clean().json().run().exits(0);
        assert_eq!(
            cleaned.removed().into_values().collect::<Vec<_>>(),
            ["dangling, no tag names it"]
        );
        assert!(!place.docker.has(&id));
    });
}

/// What a later pull of the same tag leaves behind belongs to its repository; what
/// a build leaves behind belongs to the Compose project that its label names.
#[test]
fn dangling_images_of_the_project_go_and_those_of_others_stay() {
    let registry = RealServer::docker_registry();
    on_both_stores(|place| {
        let (place, repository) = pulled(place, &registry);
        let label = "com.docker.compose.project";
        let untagged = GeneratedImage::untagged;
        let place = place
            .file("compose.yaml", "name: shop\nservices: {}\n")
            .has(&[untagged().layer("built", 5_000).label(label, "shop")])
            .has(&[untagged().layer("of another", 5_000).label(label, "other")])
            .has(&[untagged().layer("of nobody", 5_000)]);
        let one = format!("{repository}:1");
        place.docker.docker(&["tag", &format!("{repository}:2"), &one]);
        assert_eq!(dangling(&place), 4, "{}", place.docker.docker(&["images", "--digests"]));
        let cleaned = place.clean().arg("--dangling").json().run().exits(0);
        // The containerd store forgets which repository the first one was of.
        let removed = if place.docker.store == Store::GraphDriver { 2 } else { 1 };
        assert_eq!(cleaned.removed().len(), removed, "{cleaned}");
        assert_eq!(dangling(&place), 4 - removed);
        assert!(place.docker.has(&one));
    });
}

fn dangling(place: &Place) -> usize {
    place.docker.docker(&["images", "--quiet", "--filter", "dangling=true"]).lines().count()
}

#[test]
fn every_dangling_image_goes_when_that_is_asked_for() {
    on_both_stores(|place| {
        let untagged = GeneratedImage::untagged;
        let place = place
            .has(&[untagged().layer("a", 5_000)])
            .has(&[untagged().waiting().label("used", "yes")])
            .has(&[app("1").layer("c", 5_000)]);
        let used = place.docker.docker(&["images", "--quiet", "--filter", "label=used"]);
        place.docker.run("web", &used);
        place.clean().args(&["--all-images", "--dangling", "--yes"]).json().run().exits(0);
        assert_eq!(place.docker.tags(), ["<none>:<none>", "tidegate-it/app:1"]);
    });
}
