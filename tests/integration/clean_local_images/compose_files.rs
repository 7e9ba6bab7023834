//! Images that Compose files name stay, whether containers run or not.

use std::process::Command;

use crate::harness::GeneratedImage;

use super::machine::{APP, Machine, app};

fn releases(tags: &[&str]) -> Vec<GeneratedImage> {
    tags.iter().map(|tag| app(tag).layer(tag, 5_000)).collect()
}

const COMPOSE: &str = "\
name: shop
services:
  web:
    image: tidegate-it/app:web
  debug:
    image: tidegate-it/app:debug
    profiles: [debug]
  by-variable:
    image: tidegate-it/app:${VERSION}
  by-default:
    image: ${REPOSITORY:-tidegate-it/app}:${NOT_SET:-default}
  extended:
    extends: { file: base.yaml, service: base }
include:
  - more/compose.yaml
";

#[test]
fn every_image_of_the_projects_compose_files_stays() {
    let machine = Machine::new()
        .file("compose.yaml", COMPOSE)
        .file("compose.override.yaml", "services:\n  worker:\n    image: tidegate-it/app:worker\n")
        .file("base.yaml", "services:\n  base:\n    image: tidegate-it/app:extended\n")
        .file("more/compose.yaml", "services:\n  more:\n    image: tidegate-it/app:included\n")
        .file(".env", "VERSION=of-env\n")
        .with_images(&releases(&[
            "web", "debug", "worker", "of-env", "default", "extended", "included", "unused",
        ]));
    let cleaned = machine.clean().json().run().exits(0);
    let kept: String =
        cleaned.kept().iter().map(|(name, why)| format!("{name}: {why}\n")).collect();
    insta::assert_snapshot!(kept, @"
    tidegate-it/app:debug: in use by service debug of compose.yaml
    tidegate-it/app:default: in use by service by-default of compose.yaml
    tidegate-it/app:extended: in use by service extended of base.yaml
    tidegate-it/app:included: in use by service more of more/compose.yaml
    tidegate-it/app:of-env: in use by service by-variable of compose.yaml
    tidegate-it/app:web: in use by service web of compose.yaml
    tidegate-it/app:worker: in use by service worker of compose.override.yaml
    ");
    assert_eq!(cleaned.removed().keys().collect::<Vec<_>>(), ["tidegate-it/app:unused"]);
}

#[test]
fn a_tag_that_cannot_be_resolved_keeps_the_whole_repository() {
    let machine = Machine::new()
        .configure("[local-images]\nrepositories = [\"tidegate-it/app\", \"tidegate-it/web\"]\n")
        .file("compose.yaml", "services:\n  web:\n    image: tidegate-it/app:${UNDEFINED}\n")
        .with_images(&releases(&["1", "2"]))
        .with_images(&[GeneratedImage::new("tidegate-it/web:1").layer("web", 5_000)]);
    machine.clean().json().run().exits(0);
    assert_eq!(machine.docker.tags(), ["tidegate-it/app:1", "tidegate-it/app:2"]);
}

#[test]
fn an_image_that_cannot_be_resolved_stops_everything() {
    let machine = Machine::new()
        .file("compose.yaml", "services:\n  web:\n    image: ${UNDEFINED:?set it}\n")
        .with_images(&releases(&["1", "2"]));
    let cleaned = machine.clean().run();
    insta::assert_snapshot!(cleaned.complaints(), @"
    exit 4
    [ERROR] cannot determine which images the Compose files use: $MACHINE/project/compose.yaml, service web: variable `UNDEFINED` is not set
    [INFO] fix the file, or name the relevant Compose files with --file
    ");
    assert_eq!(machine.docker.tags().len(), 2, "nothing was touched");
    machine.clean().env("UNDEFINED", "tidegate-it/app:2").run().exits(0);
    assert_eq!(machine.docker.tags(), ["tidegate-it/app:2"]);
}

#[test]
fn a_broken_compose_file_stops_everything_with_its_line() {
    let machine = Machine::new()
        .file("compose.yaml", "services:\n  web:\n    image: tidegate-it/app:1\n   oops: [\n")
        .with_images(&releases(&["1", "2"]));
    let cleaned = machine.clean().run();
    insta::assert_snapshot!(cleaned.complaints(), @"
    exit 4
    [ERROR] cannot determine which images the Compose files use: $MACHINE/project/compose.yaml: line 4: while parsing a block mapping, did not find expected key
    [INFO] fix the file, or name the relevant Compose files with --file
    ");
    assert_eq!(machine.docker.tags().len(), 2, "nothing was touched");
}

#[test]
fn named_files_replace_the_default_ones() {
    let machine = Machine::new()
        .file("compose.yaml", "services:\n  web:\n    image: tidegate-it/app:1\n")
        .file("deploy/one.yaml", "services:\n  web:\n    image: tidegate-it/app:2\n")
        .file("deploy/two.yaml", "services:\n  cron:\n    image: tidegate-it/app:3\n")
        .with_images(&releases(&["1", "2", "3"]));
    let files = ["--file", "deploy/one.yaml", "--file", "deploy/two.yaml"];
    let cleaned = machine.clean().args(&files).json().run().exits(0);
    assert_eq!(cleaned.removed().keys().collect::<Vec<_>>(), ["tidegate-it/app:1"]);
}

/// Without a configuration the Compose file determines the repositories.
#[test]
fn repositories_come_from_the_compose_file() {
    let machine = Machine::new()
        .file("compose.yaml", "services:\n  web:\n    image: tidegate-it/app:2\n")
        .with_images(&releases(&["1", "2"]))
        .with_images(&[GeneratedImage::new("tidegate-it/other:1").layer("other", 5_000)]);
    std::fs::remove_file(machine.project().join("tidegate.toml")).unwrap();
    machine.clean().json().run().exits(0);
    assert_eq!(machine.docker.tags(), ["tidegate-it/app:2", "tidegate-it/other:1"]);
}

/// Another project of this machine: one of its services runs, another one is down
/// and has no container that would keep its image.
#[test]
fn services_that_are_down_keep_their_images_through_the_files_of_running_ones() {
    let machine =
        Machine::new().with_images(&[app("up").waiting(), app("down").layer("down", 5_000)]);
    let file = machine.folder().join("elsewhere/compose.yaml");
    std::fs::create_dir(file.parent().unwrap()).unwrap();
    let services = ["up", "down"]
        .map(|name| format!("  {name}:\n    image: {APP}:{name}\n    network_mode: none\n"));
    std::fs::write(&file, format!("services:\n{}", services.concat())).unwrap();
    let mut compose = Command::new("docker-compose");
    compose.arg("--file").arg(&file).args(["up", "--detach", "--quiet-pull", "up"]);
    let up = compose.env("DOCKER_HOST", &machine.docker.address).output().unwrap();
    assert!(up.status.success(), "{}", String::from_utf8_lossy(&up.stderr));

    let cleaned = machine.clean().json().run().exits(0);
    assert!(cleaned.to_remove().is_empty(), "{cleaned}");
    let why = &cleaned.kept()[&format!("{APP}:down")];
    assert!(why.contains("service") && why.contains("elsewhere/compose.yaml"), "{why}");
}

/// As Compose 1 wrote the label, and with a file that is gone.
#[test]
fn the_remaining_files_of_another_project_count_even_with_relative_names() {
    let machine =
        Machine::new().with_images(&[app("up").waiting(), app("down").layer("down", 5_000)]);
    let folder = machine.folder().join("elsewhere");
    std::fs::create_dir(&folder).unwrap();
    let down = format!("services:\n  down:\n    image: {APP}:down\n");
    std::fs::write(folder.join("compose.yaml"), down).unwrap();
    let working_dir = folder.display().to_string();
    let labels = [
        ("project", "shop"),
        ("service", "up"),
        ("project.working_dir", &working_dir),
        ("project.config_files", "compose.yaml,/tmp/gone.yaml"),
    ];
    let labels = labels.map(|(name, value)| format!("--label=com.docker.compose.{name}={value}"));
    let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
    let image = format!("{APP}:up");
    machine.docker.docker(&[&["create", "--network=none"], &labels[..], &[&image]].concat());
    let cleaned = machine.clean().json().run().exits(0);
    assert!(cleaned.kept().contains_key(&format!("{APP}:down")), "{cleaned}");
}

fn compose_file(tag: &str) -> String {
    format!("services:\n  web:\n    image: {APP}:{tag}\n")
}

/// A project name selects whose images are cleaned, not whose are kept.
#[test]
fn projects_that_are_not_selected_keep_their_images_too() {
    let machine = Machine::new()
        .configure(
            "[local-images]\nrepositories = [\"tidegate-it/app\"]\n\
             [[compose]]\nfiles = [\"a.yaml\"]\nproject-name = \"a\"\n\
             [[compose]]\nfiles = [\"b.yaml\"]\nproject-name = \"b\"\n",
        )
        .file("a.yaml", &compose_file("of-a"))
        .file("b.yaml", &compose_file("of-b"))
        .with_images(&releases(&["of-a", "of-b", "unused"]));
    let cleaned = machine.clean().args(&["-p", "b", "--dry-run"]).json().run().exits(0);
    let to_remove = cleaned.to_remove();
    assert_eq!(to_remove.keys().collect::<Vec<_>>(), ["tidegate-it/app:unused"]);
    // A configured project that does not exist would keep nothing: that is an error.
    std::fs::remove_file(machine.project().join("a.yaml")).unwrap();
    machine.clean().run().exits(2);
    machine.write("tidegate.toml", "[[compose]]\nproject-name = \"b\"\n");
    machine.clean().args(&["--repository", APP]).run().exits(4);
    assert_eq!(machine.docker.tags().len(), 3);
    // From anywhere, the configuration names the project.
    machine.write("compose.yaml", &compose_file("of-b"));
    machine.write("tidegate.toml", "[local-images]\nrepositories = [\"tidegate-it/app\"]\n");
    let file = machine.project().join("tidegate.toml").display().to_string();
    let clean = machine.clean().args(&["--config", &file, "--dry-run"]).json();
    let to_remove = clean.in_folder("/").run().exits(0).to_remove();
    assert!(!to_remove.contains_key("tidegate-it/app:of-b"), "{to_remove:?}");
}
