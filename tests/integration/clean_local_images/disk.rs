//! Figures of what is freed.

use std::process::Command;

use crate::harness::{GeneratedImage, Store};

use super::machine::{APP, CleanOutput, app, on_both_stores};

/// The prediction, and the decrease of the engine's own figure.
fn freed_figures(cleaned: &CleanOutput) -> (i64, i64, i64) {
    let freed = &cleaned.report()["engines"][0]["disk"]["freed"];
    let predicted = &freed["predicted"];
    let figures = [&predicted["least"], &predicted["most"], &freed["engine"]];
    figures.map(|figure| figure.as_i64().unwrap()).into()
}

/// Three images on one base, one of them in use; their sizes add up to more than
/// three times what the engine holds.
#[test]
fn the_prediction_is_exactly_what_the_engine_frees() {
    on_both_stores(|machine| {
        let on_base = |image: GeneratedImage| {
            image.files(&[("base", 700_000), ("etc", 3_000)]).layer("runtime", 400_000)
        };
        let machine = machine.with_images(&[
            on_base(app("1")).layer("one", 100_000),
            on_base(app("2")).layer("two", 120_000).layer("more", 1),
            on_base(app("3")).layer("three", 140_000).tag(format!("{APP}:latest")),
            on_base(GeneratedImage::new("tidegate-it/other:1")).waiting(),
            app("alone").layer("alone", 250_000),
        ]);
        machine.docker.run("web", "tidegate-it/other:1");
        let before = machine.docker.layers_size();
        let planned = machine.clean().arg("--dry-run").json().run().exits(0);
        let planned = &planned.plan()["engines"][0]["predicted"];
        let cleaned = machine.clean().json().run().exits(0);
        let (least, most, engine) = freed_figures(&cleaned);
        assert_eq!((least, most), (engine, engine), "{cleaned}");
        assert_eq!(planned["least"], least, "as in the plan");
        assert_eq!(before - machine.docker.layers_size(), engine, "as the engine reports");
        if machine.docker.store == Store::GraphDriver {
            assert_eq!(engine, 100_000 + 120_000 + 1 + 140_000 + 250_000);
        }
    });
}

#[test]
fn duplicate_tags_free_nothing_and_none_is_predicted() {
    on_both_stores(|machine| {
        let machine =
            machine.with_images(&[app("1.0").tag(format!("{APP}:latest")).layer("one", 100_000)]);
        let cleaned = machine.clean().arg("--duplicates").json().run().exits(0);
        assert_eq!(freed_figures(&cleaned), (0, 0, 0), "{cleaned}");
        assert_eq!(cleaned.removed().len(), 1);
    });
}

/// Histories do not show which of their entries without bytes made a layer.
#[test]
fn with_layers_without_bytes_the_range_contains_what_is_freed() {
    on_both_stores(|machine| {
        let base = |image: GeneratedImage| image.layer("base", 500_000).folder("srv");
        let machine = machine.with_images(&[
            // The containerd store keeps a layer for the image that brought it.
            base(GeneratedImage::new("tidegate-it/other:1")),
            base(app("1").setting("ENV A=1"))
                .setting("ENV B=1")
                .layer("one", 70_000)
                .folder("tmp")
                .setting("CMD [\"x\"]"),
            base(app("2")).layer("two", 90_000),
        ]);
        let cleaned = machine.clean().json().run().exits(0);
        let (least, most, engine) = freed_figures(&cleaned);
        assert!(least <= engine && engine <= most && most > 0, "{least} {engine} {most}");
        let explained = &cleaned.report()["engines"][0]["disk"]["freed"]["explained"];
        assert!(!explained.to_string().contains("something else"), "{explained}");
    });
}

/// `docker rmi --force` reports an image as deleted although a stopped container keeps
/// its bytes. Here the bytes are freed, or the image stays.
#[test]
fn what_is_reported_as_freed_is_freed_on_the_disk() {
    on_both_stores(|machine| {
        let machine = machine.with_images(&[app("1").waiting().layer("big", 20_000_000)]);
        machine.docker.docker(&["create", "--name", "idle", &format!("{APP}:1")]);
        let folder = machine.docker.folder.join("data");
        let before = disk_usage(&folder);
        machine.clean().run().exits(0);
        assert!(before - disk_usage(&folder) < 1_000_000, "the container keeps it");
        let flags = ["--with-stopped-containers", "--yes"];
        let cleaned = machine.clean().args(&flags).json().run().exits(0);
        let (_, _, engine) = freed_figures(&cleaned);
        assert!(engine >= 20_000_000, "{cleaned}");
        assert!(before - disk_usage(&folder) >= 20_000_000, "{}", before - disk_usage(&folder));
    });
}

/// Bytes below a folder.
fn disk_usage(folder: &std::path::Path) -> i64 {
    let measured = Command::new("du").args(["--summarize", "--block-size=1"]).arg(folder).output();
    let text = String::from_utf8(measured.unwrap().stdout).unwrap();
    text.split_whitespace().next().unwrap().parse().unwrap()
}

/// Removing such an image decreases the engine's figure, but frees nothing on the disk.
#[test]
fn what_stays_in_the_build_cache_is_explained() {
    on_both_stores(|machine| {
        std::fs::write(machine.project().join("content"), vec![7; 4_000_000]).unwrap();
        machine.write("Dockerfile", "FROM scratch\nLABEL org.tidegate.test=yes\nCOPY content /\n");
        let mut build = Command::new("docker-buildx");
        build.args(["build", "--quiet", "--load", "--provenance=false", "--tag"]);
        build.arg(format!("{APP}:built")).arg(machine.project());
        build.env("DOCKER_HOST", &machine.docker.address);
        build.env("BUILDX_CONFIG", machine.folder().join("buildx")).env("HOME", machine.home());
        let built = build.output().unwrap();
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));

        let cleaned = machine.clean().json().run().exits(0);
        let disk = &cleaned.report()["engines"][0]["disk"]["freed"];
        assert!(disk["explained"].to_string().contains("remain in the build cache"), "{cleaned}");
    });
}
