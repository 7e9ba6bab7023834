//! What is in use is never touched, in whatever way it is used.

use crate::harness::{GeneratedImage, Store};

use super::place::{APP, Place, app, on_both_stores};

/// `docker image prune --all` takes the names of an image away under a container
/// until one is left, and `docker rmi` takes them without a word.
#[test]
fn no_name_of_an_image_in_use_is_taken_away() {
    on_both_stores(|place| {
        let place = place.has(&[
            app("v1").tag(format!("{APP}:1")).tag(format!("{APP}:latest")).waiting(),
            app("v0").layer("old", 9_000),
        ]);
        place.docker.run("web", &format!("{APP}:v1"));
        let cleaned = place.clean().json().run().exits(0);
        assert_eq!(cleaned.removed().keys().collect::<Vec<_>>(), ["tidegate-it/app:v0"]);
        let names = ["1", "latest", "v1"].map(|tag| format!("{APP}:{tag}"));
        assert_eq!(place.docker.tags(), names);
        for why in cleaned.kept().values() {
            assert_eq!(why, "in use by container web (running)");
        }
        assert!(place.docker.docker(&["ps"]).contains("tidegate-it/app:v1"), "not a bare ID");
    });
}

#[test]
fn a_container_in_any_state_keeps_its_image() {
    on_both_stores(|place| {
        let states = ["created", "running", "paused", "exited", "restarting"];
        let mut images: Vec<_> =
            states.iter().map(|state| app(state).layer(state, 5_000).waiting()).collect();
        images.push(app("unused").layer("unused", 5_000));
        let place = place.has(&images);
        let image = |state: &str| format!("{APP}:{state}");
        let docker = &place.docker;
        docker.docker(&["create", "--name", "is-created", &image("created")]);
        docker.run("is-running", &image("running"));
        docker.run("is-paused", &image("paused"));
        docker.docker(&["pause", "is-paused"]);
        docker.run("is-exited", &image("exited"));
        docker.docker(&["kill", "is-exited"]);
        let ends = ["--restart", "always", "--name", "is-restarting", "--network", "none"];
        let ends = [&["run", "--detach"], &ends[..], &[&image("restarting"), "/wait", "1"]];
        docker.docker(&ends.concat());
        docker.until("restarting", &["inspect", "--format", "{{.State.Status}}", "is-restarting"]);

        let cleaned = place.clean().json().run().exits(0);
        assert_eq!(cleaned.removed().keys().collect::<Vec<_>>(), [&image("unused")]);
        for (reference, why) in cleaned.kept() {
            let state = reference.rsplit(':').next().unwrap();
            let why = why.replace("restarting (running)", "restarting (restarting)");
            assert_eq!(why, format!("in use by container is-{state} ({state})"));
        }
        assert_eq!(cleaned.kept().len(), states.len());
    });
}

/// A container's name for its image may mean another one by now: the image that
/// it runs and the one that it would run next both stay.
#[test]
fn a_name_that_moved_on_under_a_container_keeps_both_images() {
    on_both_stores(|place| {
        let place = place.has(&[app("1").waiting()]);
        let old = place.docker.image_id(&format!("{APP}:1"));
        place.docker.run("web", &format!("{APP}:1"));
        let place = place.has(&[app("1").waiting().layer("newer", 5_000)]);
        let new = place.docker.image_id(&format!("{APP}:1"));
        assert_ne!(old, new);
        // The containerd store forgets an image that loses its last name.
        let old_is_there = place.docker.has(&old);
        let cleaned = place.clean().args(&["--all-images", "--yes"]).json().run().exits(0);
        assert!(cleaned.to_remove().is_empty(), "{cleaned}");
        assert_eq!((place.docker.has(&old), place.docker.has(&new)), (old_is_there, true));
    });
}

#[test]
fn repositories_that_begin_alike_are_not_the_projects() {
    let others = ["tidegate-it/app-other", "tidegate-it/app/sub", "tidegate-it/application"];
    let registry = "registry.example:5000/tidegate-it/app".to_owned();
    let names = others.into_iter().map(str::to_owned).chain([registry]);
    let images: Vec<_> = names
        .map(|name| GeneratedImage::new(format!("{name}:1")).layer(&name, 5_000))
        .chain([app("1").layer("own", 5_000)])
        .collect();
    let place = Place::new().has(&images);
    place.clean().run().exits(0);
    assert_eq!(
        place.docker.tags(),
        [
            "registry.example:5000/tidegate-it/app:1",
            "tidegate-it/app-other:1",
            "tidegate-it/app/sub:1",
            "tidegate-it/application:1",
        ]
    );
}

#[test]
fn backups_that_a_rollback_needs_stay() {
    let backup = format!("{APP}:rollback-backup-20260101-120000");
    let place = Place::new()
        .has(&[app("2").tag(backup.clone()).layer("two", 5_000), app("1").layer("one", 5_000)]);
    for flags in [&[][..], &["--duplicates"], &["--keep", "1"], &["--keep-deployed"]] {
        let cleaned = place.clean().args(flags).args(&["--dry-run"]).json().run().exits(0);
        assert!(!cleaned.to_remove().contains_key(&backup), "{flags:?}: {cleaned}");
    }
    let cleaned = place.clean().json().run().exits(0);
    assert_eq!(cleaned.kept()[&backup], "backup for a rollback");
    assert_eq!(place.docker.tags(), [backup]);
}

/// What `full-release` is building belongs to it.
#[test]
fn images_of_a_build_that_goes_on_stay_even_when_all_are_cleaned() {
    let build = "tidegate-build/app-0123456789ab:linux-amd64";
    let place =
        Place::new().has(&[GeneratedImage::new(build).layer("built", 5_000), app("1").folder("x")]);
    place.clean().args(&["--all-images", "--yes"]).json().run().exits(0);
    assert_eq!(place.docker.tags(), [build]);
}

#[test]
fn a_swarm_service_without_tasks_keeps_its_image() {
    let place =
        Place::with(Store::Containerd).has(&[app("1").waiting(), app("0").layer("old", 5_000)]);
    let docker = &place.docker;
    // The address of another swarm's node must stay free.
    docker.docker(&[
        "swarm",
        "init",
        "--advertise-addr",
        "127.0.0.1",
        "--listen-addr",
        "127.0.0.1:0",
    ]);
    let image = format!("{APP}:1");
    let create = ["service", "create", "--detach", "--replicas", "0", "--name", "sleeper"];
    docker.docker(&[&create[..], &["--no-resolve-image", &image]].concat());
    let cleaned = place.clean().json().run().exits(0);
    assert_eq!(cleaned.kept()[&image], "in use by swarm service sleeper");
    assert_eq!(docker.tags(), [image]);
    docker.docker(&["swarm", "leave", "--force"]);
}
