//! Images in use are never touched, however they are used.

use crate::harness::{GeneratedImage, Store};

use super::machine::{APP, Machine, app, on_both_stores};

/// `docker image prune --all` removes the names of an image in use until one is left, and
/// `docker rmi` removes them without a warning.
#[test]
fn no_name_of_an_image_in_use_is_removed() {
    on_both_stores(|machine| {
        let machine = machine.with_images(&[
            app("v1").tag(format!("{APP}:1")).tag(format!("{APP}:latest")).waiting(),
            app("v0").layer("old", 9_000),
        ]);
        machine.docker.run("web", &format!("{APP}:v1"));
        let cleaned = machine.clean().json().run().exits(0);
        assert_eq!(cleaned.removed().keys().collect::<Vec<_>>(), ["tidegate-it/app:v0"]);
        let names = ["1", "latest", "v1"].map(|tag| format!("{APP}:{tag}"));
        assert_eq!(machine.docker.tags(), names);
        for why in cleaned.kept().values() {
            assert_eq!(why, "in use by container web (running)");
        }
        assert!(machine.docker.docker(&["ps"]).contains("tidegate-it/app:v1"), "not a bare ID");
    });
}

#[test]
fn a_container_in_any_state_keeps_its_image() {
    on_both_stores(|machine| {
        let states = ["created", "running", "paused", "exited", "restarting"];
        let mut images: Vec<_> =
            states.iter().map(|state| app(state).layer(state, 5_000).waiting()).collect();
        images.push(app("unused").layer("unused", 5_000));
        let machine = machine.with_images(&images);
        let docker = &machine.docker;
        docker.docker(&["create", "--name", "is-created", &format!("{APP}:created")]);
        docker.run("is-running", &format!("{APP}:running"));
        docker.run("is-paused", &format!("{APP}:paused"));
        docker.docker(&["pause", "is-paused"]);
        docker.run("is-exited", &format!("{APP}:exited"));
        docker.docker(&["kill", "is-exited"]);
        let ends = ["--restart", "always", "--name", "is-restarting", "--network", "none"];
        let ends = [&["run", "--detach"], &ends[..], &[&format!("{APP}:restarting"), "/wait", "1"]];
        docker.docker(&ends.concat());
        docker.until("restarting", &["inspect", "--format", "{{.State.Status}}", "is-restarting"]);

        let cleaned = machine.clean().json().run().exits(0);
        assert_eq!(cleaned.removed().keys().collect::<Vec<_>>(), [&format!("{APP}:unused")]);
        for (reference, why) in cleaned.kept() {
            let state = reference.rsplit(':').next().unwrap();
            let why = why.replace("restarting (running)", "restarting (restarting)");
            assert_eq!(why, format!("in use by container is-{state} ({state})"));
        }
        assert_eq!(cleaned.kept().len(), states.len());
    });
}

/// The name of a container's image may belong to another image by now: the image that it
/// runs and the one that it would run next both stay.
#[test]
fn a_name_that_moved_to_another_image_keeps_both_images() {
    on_both_stores(|machine| {
        let machine = machine.with_images(&[app("1").waiting()]);
        let old = machine.docker.image_id(&format!("{APP}:1"));
        machine.docker.run("web", &format!("{APP}:1"));
        let machine = machine.with_images(&[app("1").waiting().layer("newer", 5_000)]);
        let new = machine.docker.image_id(&format!("{APP}:1"));
        assert_ne!(old, new);
        // The containerd store forgets an image that loses its last name.
        let old_is_there = machine.docker.has(&old);
        let cleaned = machine.clean().args(&["--all-images", "--yes"]).json().run().exits(0);
        assert!(cleaned.to_remove().is_empty(), "{cleaned}");
        assert_eq!((machine.docker.has(&old), machine.docker.has(&new)), (old_is_there, true));
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
    let machine = Machine::new().with_images(&images);
    machine.clean().run().exits(0);
    assert_eq!(
        machine.docker.tags(),
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
    let machine = Machine::new().with_images(&[
        app("2").tag(backup.clone()).layer("two", 5_000),
        app("1").layer("one", 5_000),
    ]);
    for flags in [&[][..], &["--duplicates"], &["--keep", "1"], &["--keep-deployed"]] {
        let cleaned = machine.clean().args(flags).args(&["--dry-run"]).json().run().exits(0);
        assert!(!cleaned.to_remove().contains_key(&backup), "{flags:?}: {cleaned}");
    }
    let cleaned = machine.clean().json().run().exits(0);
    assert_eq!(cleaned.kept()[&backup], "rollback backup");
    assert_eq!(machine.docker.tags(), [backup]);
}

/// Images that `full-release` is building are not touched.
#[test]
fn images_of_a_running_build_stay_even_when_all_are_cleaned() {
    let build = "tidegate-build/app-0123456789ab:linux-amd64";
    let machine = Machine::new()
        .with_images(&[GeneratedImage::new(build).layer("built", 5_000), app("1").folder("x")]);
    machine.clean().args(&["--all-images", "--yes"]).json().run().exits(0);
    assert_eq!(machine.docker.tags(), [build]);
}

#[test]
fn a_swarm_service_without_tasks_keeps_its_image() {
    let machine = Machine::with(Store::Containerd)
        .with_images(&[app("1").waiting(), app("0").layer("old", 5_000)]);
    let docker = &machine.docker;
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
    let cleaned = machine.clean().json().run().exits(0);
    assert_eq!(cleaned.kept()[&image], "in use by swarm service sleeper");
    assert_eq!(docker.tags(), [image]);
    docker.docker(&["swarm", "leave", "--force"]);
}
