//! Whole outputs, in every format: the report that a project of seven services
//! used to write by hand.

use regex::Regex;

use crate::harness::GeneratedImage;

use super::{
    cluster::Cluster,
    place::{Cleaned, Place},
};

const SERVICES: [&str; 7] = ["api", "auth", "billing", "mail", "search", "web", "worker"];

/// Each service has a version that pods run, older ones, and a development image;
/// `web` has a floating tag, and `mail` is scaled to zero.
fn shop(services: &[&str]) -> Place {
    let mut images = Vec::new();
    let mut cluster = Cluster::default();
    for (number, service) in services.iter().enumerate() {
        let image = |tag: &str| {
            GeneratedImage::new(format!("shop/{service}:{tag}"))
                .files(&[("usr", 1_200_000), ("etc", 8_000)])
                .layer(&format!("{service} {tag}"), 100_000 + 1_000 * number)
                .label("org.opencontainers.image.source", "https://git.example/shop")
                .label("org.opencontainers.image.revision", &format!("{number:07x}"))
        };
        images.extend([image("v1-a1b2c3d"), image("v2-b2c3d4e"), image("dev")]);
        let deployed = image("v3-c3d4e5f");
        let floating = || format!("shop/{service}:latest");
        images.push(if *service == "web" { deployed.tag(floating()) } else { deployed });
        let image = format!("shop/{service}:v3-c3d4e5f");
        let replicas = u32::from(*service != "mail");
        cluster = cluster.deployment(service, &image, replicas);
        if replicas > 0 {
            cluster = cluster.pod(&format!("{service}-7d4b9c6f5d-x2x4z"), &image, "");
        }
    }
    let repositories: Vec<String> =
        services.iter().map(|service| format!("\"shop/{service}\"")).collect();
    let settings = format!("[local-images]\nrepositories = [{}]\n", repositories.join(", "));
    let place = Place::new().configure(&settings).has(&images);
    std::fs::create_dir(place.home().join(".kube")).unwrap();
    std::fs::write(place.home().join(".kube/config"), cluster.kubeconfig()).unwrap();
    place
}

/// What differs from run to run and from machine to machine, taken out.
fn shown(cleaned: &Cleaned) -> String {
    let patterns = [
        (r"Docker Engine [0-9][^ ]*", "Docker Engine VERSION"),
        (r"(?m)^.*why they differ: the file system.*\n", ""),
        (r#""the file system counts[^"]*""#, ""),
        (r"(?m)(free on the file system).*$", "$1 FREE"),
        (r"freed on the file system: -?[0-9.]+ [kMG]?B", "freed on the file system: SOME"),
        (r#""(free|file-system|seconds)":-?[0-9.]+"#, r#""$1":SOME"#),
        (r" \([0-9.]+ s\)", ""),
        (r"sha256:[0-9a-f]{64}", "sha256:ID"),
        (r"─{2,}", "──"),
        (r"(\S) {2,}", "$1  "),
        (r" +\n", "\n"),
    ];
    patterns.into_iter().fold(cleaned.whole(), |text, (pattern, with)| {
        Regex::new(pattern).unwrap().replace_all(&text, with).into_owned()
    })
}

#[test]
fn a_project_of_seven_services_is_cleaned_and_told_to_people() {
    let place = shop(&SERVICES);
    let plan = place.clean().args(&["--keep-deployed", "--dry-run"]).run().exits(0);
    insta::assert_snapshot!("seven_services_plan", shown(&plan));
    let cleaned = place.clean().arg("--keep-deployed").run().exits(0);
    insta::assert_snapshot!("seven_services_human", shown(&cleaned));
}

#[test]
fn two_of_them_are_cleaned_and_told_to_programs() {
    let place = shop(&["mail", "web"]);
    let cleaned = place.clean().arg("--keep-deployed").json().run().exits(0);
    let lines: Vec<String> = shown(&cleaned)
        .lines()
        .map(|line| match serde_json::from_str::<serde_json::Value>(&line.replace(":SOME", ":0")) {
            Ok(event) => serde_json::to_string_pretty(&event).unwrap(),
            Err(_) => line.to_owned(),
        })
        .collect();
    insta::assert_snapshot!("two_services_json", lines.join("\n"));
}

#[test]
fn the_report_of_a_project_of_seven_services_is_written_in_markdown() {
    let place = shop(&SERVICES);
    let cleaned = place.clean().args(&["--keep-deployed", "--format", "markdown"]).run().exits(0);
    insta::assert_snapshot!("seven_services_markdown", shown(&cleaned));
}
