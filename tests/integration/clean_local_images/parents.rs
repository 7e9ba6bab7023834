//! Base images of others.

use crate::harness::GeneratedImage;

use super::machine::{APP, Machine, app, on_both_stores};

/// Removing a base with children frees nothing and takes its name away.
#[test]
fn the_base_of_an_image_in_use_stays_when_the_classic_builder_made_it() {
    let machine = Machine::new().with_images(&[app("base").waiting()]);
    let base = format!("{APP}:base");
    machine.write("Dockerfile", &format!("FROM {base}\nCOPY Dockerfile /a\nCOPY Dockerfile /b\n"));
    let folder = machine.project().display().to_string();
    machine.docker.docker(&["build", "--quiet", "--tag", "tidegate-it/other:1", &folder]);
    machine.docker.run("web", "tidegate-it/other:1");

    let cleaned = machine.clean().json().run().exits(0);
    assert!(cleaned.to_remove().is_empty());
    assert_eq!(cleaned.kept()[&base], "tidegate-it/other:1 is built on its layers");

    // The steps between are the engine's: it removes them with the last child.
    machine.docker.docker(&["rm", "--force", "web"]);
    let both = ["--repository", APP, "--repository", "tidegate-it/other"];
    let cleaned = machine.clean().args(&both).json().run().exits(0);
    assert_eq!(cleaned.removed().len(), 2);
    assert_eq!(machine.docker.docker(&["images", "--all", "--quiet"]), "");
    assert_eq!(machine.docker.layers_size(), 0);
}

/// Other builders and stores record no parents: then layers show them.
#[test]
fn the_base_of_an_image_that_stays_is_found_by_layers() {
    on_both_stores(|machine| {
        let base = || app("base").layer("base", 90_000).folder("srv");
        let other = |tag: &str| GeneratedImage::new(format!("tidegate-it/other:{tag}"));
        let machine = machine.with_images(&[
            base(),
            other("1").layer("base", 90_000).folder("srv").layer("child", 5_000),
            app("more").layer("base", 90_000).folder("srv").layer("another", 5_000),
            app("less").layer("base", 90_000),
        ]);
        let cleaned = machine.clean().json().run().exits(0);
        let base = format!("{APP}:base");
        assert_eq!(cleaned.removed().keys().collect::<Vec<_>>(), [&format!("{APP}:more")]);
        assert_eq!(cleaned.kept()[&base], "tidegate-it/other:1 is built on its layers");
        assert!(
            cleaned.kept()[&format!("{APP}:less")].ends_with(" is built on its layers"),
            "{cleaned}"
        );
    });
}
