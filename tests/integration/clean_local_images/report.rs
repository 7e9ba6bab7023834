//! Complete output in every format, for a project of seven services.

use regex::Regex;

use crate::harness::GeneratedImage;

use super::{
    cluster::Cluster,
    machine::{CleanOutput, Machine},
};

const SERVICES: [&str; 7] = ["api", "auth", "billing", "mail", "search", "web", "worker"];

/// Each service has a version that pods run, older ones, and a development image;
/// `web` has a floating tag, and `mail` is scaled to zero.
fn shop(services: &[&str]) -> Machine {
    let mut images = Vec::new();
    let mut cluster = Cluster::default();
    for (number, service) in services.iter().enumerate() {
        let removed = ["v1-a1b2c3d", "v2-b2c3d4e", "dev"];
        images.extend(removed.map(|tag| service_image(number, service, tag)));
        let mut deployed = service_image(number, service, "v3-c3d4e5f");
        if *service == "web" {
            deployed = deployed.tag(format!("shop/{service}:latest"));
        }
        images.push(deployed);
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
    let machine = Machine::new().configure(&settings).with_images(&images);
    std::fs::create_dir(machine.home().join(".kube")).unwrap();
    std::fs::write(machine.home().join(".kube/config"), cluster.kubeconfig()).unwrap();
    machine
}

fn service_image(number: usize, service: &str, tag: &str) -> GeneratedImage {
    GeneratedImage::new(format!("shop/{service}:{tag}"))
        .files(&[("usr", 1_200_000), ("etc", 8_000)])
        .layer(&format!("{service} {tag}"), 100_000 + 1_000 * number)
        .label("org.opencontainers.image.source", "https://git.example/shop")
        .label("org.opencontainers.image.revision", &format!("{number:07x}"))
}

/// The output without what differs between runs and machines.
fn stable_output(cleaned: &CleanOutput) -> String {
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
fn a_project_of_seven_services_is_reported_to_people() {
    let machine = shop(&SERVICES);
    let plan = machine.clean().args(&["--keep-deployed", "--dry-run"]).run().exits(0);
    insta::assert_snapshot!("seven_services_plan", stable_output(&plan));
    let cleaned = machine.clean().arg("--keep-deployed").run().exits(0);
    insta::assert_snapshot!("seven_services_human", stable_output(&cleaned));
}

#[test]
fn two_services_are_reported_to_programs() {
    let machine = shop(&["mail", "web"]);
    let cleaned = machine.clean().arg("--keep-deployed").json().run().exits(0);
    let lines: Vec<String> = stable_output(&cleaned)
        .lines()
        .map(|line| match serde_json::from_str::<serde_json::Value>(&line.replace(":SOME", ":0")) {
            Ok(event) => serde_json::to_string_pretty(&event).unwrap(),
            Err(_) => line.to_owned(),
        })
        .collect();
    insta::assert_snapshot!("two_services_json", lines.join("\n"));
}

#[test]
fn a_project_of_seven_services_is_reported_in_markdown() {
    let machine = shop(&SERVICES);
    let cleaned = machine.clean().args(&["--keep-deployed", "--format", "markdown"]).run().exits(0);
    insta::assert_snapshot!("seven_services_markdown", stable_output(&cleaned));
}
