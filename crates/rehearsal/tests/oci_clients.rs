//! Real clients against the embedded registry.
//!
//! The tests need a Docker Engine and the programs `docker`, `skopeo` and `oras`; a test fails if
//! its program is missing.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod oci_support;

use std::path::Path;
use std::process::{Command, Output};

use oci_support::*;
use rehearsal::Fault;
use rehearsal::oci::{Access, Account, Action, Profile, Registry, RegistryOptions};
use serde_json::Value;
use tempfile::TempDir;

const LABEL: &str = "dev.tidegate.test=rehearsal";

/// A program with a separate home folder, so that it neither uses nor changes a user's credentials.
struct Tool {
    program: &'static str,
    package: &'static str,
    home: TempDir,
}

impl Tool {
    fn new(program: &'static str, package: &'static str) -> Self {
        Self { program, package, home: tempfile::tempdir().unwrap() }
    }

    fn try_run(&self, arguments: &[&str]) -> Output {
        let Self { program, package, .. } = self;
        Command::new(program)
            .args(arguments)
            .current_dir(self.home.path())
            .env("HOME", self.home.path())
            .env("DOCKER_CONFIG", self.home.path())
            .env("REGISTRY_AUTH_FILE", self.home.path().join("auth.json"))
            .output()
            .unwrap_or_else(|_| panic!("`{program}` must be installed ({package})"))
    }

    fn run(&self, arguments: &[&str]) -> String {
        let output = self.try_run(arguments);
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert!(output.status.success(), "{} {arguments:?}\n{out}\n{err}", self.program);
        out
    }
}

fn text(output: &[u8]) -> String {
    String::from_utf8_lossy(output).trim().to_owned()
}

/// A new image, `FROM scratch` with a unique file; removed with the value.
struct LocalImage {
    docker: Tool,
    id: String,
}

impl LocalImage {
    fn build() -> Self {
        let docker = Tool::new("docker", "Debian package docker.io");
        let context = docker.home.path().join("context");
        std::fs::create_dir(&context).unwrap();
        write_unique(&context.join("file"));
        std::fs::write(context.join("Dockerfile"), "FROM scratch\nCOPY file /file\n").unwrap();
        let context = context.display().to_string();
        let id = docker.run(&["build", "--quiet", "--label", LABEL, &context]);
        Self { docker, id }
    }

    fn tag(&self, registry: &Registry, name: &str) -> String {
        let reference = format!("{}/{name}", registry.host());
        self.docker.run(&["tag", &self.id, &reference]);
        reference
    }
}

impl Drop for LocalImage {
    fn drop(&mut self) {
        self.docker.try_run(&["image", "rm", "--force", &self.id]);
    }
}

fn write_unique(path: &Path) {
    let content = format!("{:?} {:?}", std::time::SystemTime::now(), std::thread::current().id());
    std::fs::write(path, content).unwrap();
}

fn tagged_digest(registry: &Registry, name: &str, tag: &str) -> String {
    registry.state().tag(name, tag).expect("the tag should be there").to_string()
}

#[test]
fn docker_pushes_and_pulls() {
    for profile in [Profile::Spec, Profile::Distribution28, Profile::DockerHub] {
        let registry = Registry::start(RegistryOptions::new(profile)).unwrap();
        let image = LocalImage::build();
        let docker = &image.docker;
        let reference = image.tag(&registry, "team/app:1.0");
        docker.run(&["push", &reference]);
        let digest = tagged_digest(&registry, "team/app", "1.0");
        docker.run(&["rmi", &reference]);
        let out = docker.run(&["pull", &reference]);
        assert!(out.contains(&digest), "{profile:?}: {out}");
        let id = docker.run(&["image", "inspect", "--format", "{{.Id}}", &reference]);
        assert_eq!(id, image.id, "{profile:?}");
    }
}

#[test]
fn docker_mounts_layers_from_another_repository() {
    let registry = Registry::start(RegistryOptions::default()).unwrap();
    let image = LocalImage::build();
    image.docker.run(&["push", &image.tag(&registry, "team/one:1")]);
    let reference = image.tag(&registry, "team/two:1");
    registry.clear_requests();
    let out = image.docker.run(&["push", &reference]);
    assert!(out.contains("Mounted from team/one"), "{out}");
    let state = registry.state();
    assert_eq!(state.repositories["team/one"], state.repositories["team/two"]);
}

#[test]
fn docker_pushes_after_a_refused_mount() {
    let registry = Registry::start(RegistryOptions::default().without_mounting()).unwrap();
    let image = LocalImage::build();
    image.docker.run(&["push", &image.tag(&registry, "team/one:1")]);
    image.docker.run(&["push", &image.tag(&registry, "team/two:1")]);
    assert_eq!(registry.open_uploads(), 0);
}

#[test]
fn docker_logs_in_by_token_and_by_password() {
    let account = Account::new("ci", "secret").grant("team/*", [Action::Pull, Action::Push]);
    let without_oauth2 = Access::by_token().without_oauth2();
    for access in [Access::by_token(), without_oauth2, Access::by_password()] {
        let access = access.account(account.clone());
        let registry = Registry::start(RegistryOptions::default().access(access)).unwrap();
        let image = LocalImage::build();
        let reference = image.tag(&registry, "team/app:1.0");
        let docker = &image.docker;
        assert!(!docker.try_run(&["push", &reference]).status.success());
        docker.run(&["login", "--username", "ci", "--password", "secret", &registry.host()]);
        docker.run(&["push", &reference]);
        docker.run(&["rmi", &reference]);
        docker.run(&["pull", &reference]);
        assert_eq!(registry.state().tags("team/app"), ["1.0"]);
    }
}

#[test]
fn docker_reports_a_missing_right() {
    let account = Account::new("ci", "secret").grant("team/*", [Action::Pull, Action::Push]);
    let access = Access::by_token().account(account);
    let registry = Registry::start(RegistryOptions::default().access(access)).unwrap();
    let image = LocalImage::build();
    let docker = &image.docker;
    docker.run(&["login", "--username", "ci", "--password", "secret", &registry.host()]);
    let output = docker.try_run(&["push", &image.tag(&registry, "other/app:1.0")]);
    assert!(!output.status.success());
    assert!(text(&output.stderr).contains("denied"), "{output:?}");
}

#[test]
fn docker_pulls_without_an_account_if_allowed() {
    let access = Access::by_token().anonymous_pull();
    let registry = Registry::start(RegistryOptions::default().access(access)).unwrap();
    let source = Registry::start(RegistryOptions::default()).unwrap();
    let image = LocalImage::build();
    image.docker.run(&["push", &image.tag(&source, "team/app:1")]);
    copy_by_hand(&source, &registry, "team/app", "1");
    image.docker.run(&["pull", &format!("{}/team/app:1", registry.host())]);
}

fn copy_by_hand(from: &Registry, to: &Registry, name: &str, tag: &str) {
    for digest in from.state().repositories[name].blobs.keys() {
        let path = format!("/v2/{name}/blobs/{digest}");
        to.add_blob(name, Client::to(from).get(&path).expect(200).body);
    }
    let (content_type, content) = from.manifest(name, tag).unwrap();
    to.add_manifest(name, Some(tag), &content_type, content).unwrap();
}

#[test]
fn docker_survives_a_busy_registry() {
    let registry = Registry::start(RegistryOptions::default()).unwrap();
    let image = LocalImage::build();
    let reference = image.tag(&registry, "team/app:1");
    let fault = registry.faults().inject(Fault::status(503).method("PUT").path_contains("/blobs/"));
    image.docker.run(&["push", &reference]);
    assert_eq!(registry.faults().triggered(&fault), 1);
    assert_eq!(registry.state().tags("team/app"), ["1"]);
}

#[test]
fn skopeo_copies_lists_inspects_and_deletes() {
    let registry = Registry::start(RegistryOptions::default()).unwrap();
    let host = registry.host();
    let manifest = Client::to(&registry).push_image("team/app", "one");
    let skopeo = Tool::new("skopeo", "Debian package skopeo");
    let copy = ["--insecure-policy", "copy", "--preserve-digests"];
    let plain = ["--src-tls-verify=false", "--dest-tls-verify=false"];
    let source = format!("docker://{host}/team/app:one");
    for target in ["team/app:two", "other/deep/app:two"] {
        let target = format!("docker://{host}/{target}");
        skopeo.run(&[&copy[..], &plain, &[&source, &target]].concat());
    }
    let state = registry.state();
    assert_eq!(state.tag("other/deep/app", "two").unwrap().as_str(), digest(&manifest));

    let reference = format!("docker://{host}/team/app");
    let listed = skopeo.run(&["list-tags", "--tls-verify=false", &reference]);
    let listed: Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(listed["Tags"], serde_json::json!(["one", "two"]));

    let two = format!("{reference}:two");
    let raw = skopeo.run(&["inspect", "--raw", "--tls-verify=false", &two]);
    assert_eq!(raw, text(&manifest));
    skopeo.run(&["delete", "--tls-verify=false", &two]);
    // skopeo resolves the tag to its digest, so that the other tag is deleted as well.
    assert!(registry.state().tags("team/app").is_empty());
}

#[test]
fn skopeo_takes_an_image_to_a_folder_and_back() {
    let access = Access::by_token().account(Account::new("ci", "secret").grant_all());
    let registry = Registry::start(RegistryOptions::default().access(access)).unwrap();
    registry.add_blob("team/app", CONFIG);
    registry.add_blob("team/app", LAYER);
    let manifest = image(OCI_MANIFEST, "one");
    registry.add_manifest("team/app", Some("one"), OCI_MANIFEST, manifest).unwrap();
    let skopeo = Tool::new("skopeo", "Debian package skopeo");
    let copy = ["--insecure-policy", "copy", "--preserve-digests"];
    let source = format!("docker://{}/team/app:one", registry.host());
    let download = ["--src-creds=ci:secret", "--src-tls-verify=false", &source, "oci:folder:one"];
    skopeo.run(&[&copy[..], &download].concat());
    let target = format!("docker://{}/team/back:one", registry.host());
    let upload = ["--dest-creds=ci:secret", "--dest-tls-verify=false", "oci:folder:one", &target];
    skopeo.run(&[&copy[..], &upload].concat());
    let state = registry.state();
    assert_eq!(state.tag("team/back", "one"), state.tag("team/app", "one"));
}

const ORAS: &str = "Debian 13 package oras";

#[test]
fn oras_pushes_tags_fetches_and_pulls_an_artifact() {
    for profile in [Profile::Spec, Profile::Distribution28, Profile::DockerHub] {
        let registry = Registry::start(RegistryOptions::new(profile)).unwrap();
        let oras = Tool::new("oras", ORAS);
        let repository = format!("{}/team/artifact", registry.host());
        let tagged = ["one", "two", "three"].map(|tag| format!("{repository}:{tag}"));
        std::fs::write(oras.home.path().join("notes.txt"), "what changed").unwrap();
        let kind = ["--artifact-type", "application/vnd.example.notes"];
        oras.run(&["push", "--plain-http", kind[0], kind[1], &tagged[0], "notes.txt:text/plain"]);
        oras.run(&["tag", "--plain-http", &tagged[0], "two", "three"]);
        let digest = tagged_digest(&registry, "team/artifact", "one");
        assert_eq!(tagged_digest(&registry, "team/artifact", "three"), digest, "{profile:?}");

        let fetched = oras.run(&["manifest", "fetch", "--plain-http", &tagged[1]]);
        let (_, kept) = registry.manifest("team/artifact", "two").unwrap();
        assert_eq!(fetched, text(&kept), "{profile:?}");

        std::fs::create_dir(oras.home.path().join("out")).unwrap();
        oras.run(&["pull", "--plain-http", "--output", "out", &tagged[2]]);
        let pulled = std::fs::read_to_string(oras.home.path().join("out/notes.txt")).unwrap();
        assert_eq!(pulled, "what changed", "{profile:?}");
        let tags = oras.run(&["repo", "tags", "--plain-http", &repository]);
        assert_eq!(tags.lines().count(), 3, "{profile:?}: {tags}");
    }
}

#[test]
fn oras_attaches_and_discovers_with_and_without_the_referrers_api() {
    let plain = RegistryOptions::default;
    for options in [plain(), plain().without_referrers()] {
        let registry = Registry::start(options).unwrap();
        let subject = Client::to(&registry).push_image("team/app", "one");
        let oras = Tool::new("oras", ORAS);
        std::fs::write(oras.home.path().join("sbom.json"), "{}").unwrap();
        let reference = format!("{}/team/app:one", registry.host());
        let kind = ["--artifact-type", "application/vnd.example.sbom"];
        oras.run(&["attach", "--plain-http", kind[0], kind[1], &reference, "sbom.json"]);
        let found = oras.run(&["discover", "--plain-http", "--format", "json", &reference]);
        assert!(found.contains("application/vnd.example.sbom"), "{found}");
        let subject: rehearsal::oci::Digest = digest(&subject).parse().unwrap();
        let state = registry.state();
        let referrers = state.repositories["team/app"].manifests.values();
        assert_eq!(
            referrers.filter(|manifest| manifest.subject.as_ref() == Some(&subject)).count(),
            1
        );
    }
}

#[test]
fn oras_follows_the_pages_of_a_tag_list() {
    let registry = Registry::start(RegistryOptions::default().longest_page(2)).unwrap();
    let client = Client::to(&registry);
    for tag in ["a", "b", "c", "d", "e"] {
        client.push_image("team/app", tag);
    }
    let repository = format!("{}/team/app", registry.host());
    let oras = Tool::new("oras", ORAS);
    let tags = oras.run(&["repo", "tags", "--plain-http", &repository]);
    assert_eq!(tags, "a\nb\nc\nd\ne");
}

#[test]
fn oras_mounts_when_it_copies_inside_one_registry() {
    let access = Access::by_token().account(Account::new("ci", "secret").grant_all());
    let registry = Registry::start(RegistryOptions::default().access(access)).unwrap();
    registry.add_blob("team/one", CONFIG);
    registry.add_blob("team/one", LAYER);
    let manifest = image(OCI_MANIFEST, "one");
    registry.add_manifest("team/one", Some("1"), OCI_MANIFEST, manifest).unwrap();
    let oras = Tool::new("oras", ORAS);
    let login = ["login", "--plain-http", "--username", "ci", "--password", "secret"];
    oras.run(&[&login[..], &[&registry.host()]].concat());
    let [source, target] =
        ["team/one", "team/two"].map(|name| format!("{}/{name}:1", registry.host()));
    oras.run(&["copy", "--from-plain-http", "--to-plain-http", &source, &target]);
    let state = registry.state();
    assert_eq!(state.repositories["team/one"], state.repositories["team/two"]);
    let requests = registry.requests();
    let mut mounts = requests.iter().filter(|request| request.path_and_query.contains("mount="));
    assert!(mounts.any(|mount| mount.status == Some(http::StatusCode::CREATED)));
}
