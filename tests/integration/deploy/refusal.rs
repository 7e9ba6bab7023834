//! What is refused before anything is changed.

use super::{
    run::until,
    site::{CONFIGURATION, Site},
};

#[track_caller]
fn assert_refused(site: &Site, arguments: &[&str], reason: &str) {
    let before = site.state();
    site.deploy(arguments).exits(4).prints(reason);
    assert_eq!(site.state(), before);
    site.assert_no_helper();
}

/// Never `latest` in its place.
#[test]
fn a_tag_that_the_registry_does_not_have_is_refused() {
    let site = Site::started();
    site.publish("demo/api:latest", "9", "good");
    assert_refused(&site, &["2"], "demo/api:2");
}

/// Also when the engine has an image of that name: nobody knows which.
#[test]
fn a_registry_that_does_not_answer_is_refused() {
    let mut site = Site::started();
    site.publish("demo/api:2", "2", "good");
    site.registry.stop();
    assert_refused(&site, &["2"], "demo/api:2");
}

#[test]
fn what_is_no_tag_is_refused() {
    assert_refused(&Site::started(), &["a b"], "`a b` is neither a tag nor a digest");
}

#[test]
fn infrastructure_and_unknown_services_are_refused() {
    let site = Site::new();
    site.build("redis:tidegate-it", "7", "good");
    site.services("  api: {image: 'REG/demo/api:${TAG}'}\n  cache: {image: 'redis:tidegate-it'}\n");
    site.compose(&["up", "--detach"]);
    site.publish("demo/api:2", "2", "good");
    assert_refused(&site, &["2", "--service", "cache"], "cache is infrastructure (it runs redis)");
    assert_refused(&site, &["2", "--service", "web"], "there is no service web");
    let cache = site.containers()["cache"].clone();
    site.deploy(&["2"]).exits(0);
    assert_eq!(site.containers()["cache"], cache, "infrastructure is not touched");
}

#[test]
fn a_service_of_an_inactive_profile_is_refused_with_the_flag() {
    let site = Site::new();
    site.services(
        "
  api: {image: 'REG/demo/api:${TAG}'}
  worker: {image: 'REG/demo/worker:1', profiles: [jobs]}
",
    );
    site.publish("demo/worker:1", "1", "good");
    site.compose(&["up", "--detach"]);
    // Its settings are no mistake.
    site.configure(&format!("{CONFIGURATION}service.worker.order = 'stop-first'\n"));
    site.deploy(&["--dry-run"]).exits(0);
    let reason = "worker: it is of the profile jobs, which is not active; add --profile jobs";
    assert_refused(&site, &["--service", "worker"], reason);
    site.deploy(&["--service", "worker", "--profile", "jobs", "--dry-run"]).exits(0);
}

#[test]
fn a_folder_without_a_project_is_a_mistake_of_the_call() {
    let site = Site::new();
    for file in ["compose.yaml", "tidegate.toml", ".env"] {
        std::fs::remove_file(site.project().join(file)).unwrap();
    }
    for program in ["deploy", "rollback", "deployment-status"] {
        site.program(program, &[]).exits(2).prints("docker-compose.yml not found in");
    }
    std::fs::create_dir(site.project().join("tidegate.toml")).unwrap();
    site.program("deploy", &[]).exits(2).prints("cannot read").prints("Is a directory");
}

#[test]
fn a_service_whose_dependency_does_not_run_is_refused() {
    let site = Site::new();
    site.services(
        "
  api: {image: 'REG/demo/api:${TAG}', depends_on: [db]}
  db: {image: 'REG/demo/api:1'}
",
    );
    site.compose(&["up", "--detach"]);
    site.compose(&["stop", "db"]);
    site.configure(&format!("{CONFIGURATION}infrastructure = ['db']\n"));
    site.publish("demo/api:2", "2", "good");
    assert_refused(&site, &["2"], "api needs db, which is not running");
}

#[test]
fn a_service_whose_dependency_is_unhealthy_is_refused() {
    let site = Site::new();
    site.publish("demo/db:1", "1", "sick");
    let check = "{test: [CMD, /service, check], interval: 1s, retries: 1}";
    site.services(&format!(
        "  api: {{image: 'REG/demo/api:${{TAG}}', depends_on: [db]}}\n  \
         db: {{image: 'REG/demo/db:1', healthcheck: {check}}}\n"
    ));
    site.compose(&["up", "--detach"]);
    site.configure(&format!("{CONFIGURATION}infrastructure = ['db']\n"));
    site.publish("demo/api:2", "2", "good");
    let health = ["ps", "--filter", "health=unhealthy", "--format", "{{.Names}}"];
    until("the failing check", || site.docker(&health).contains(&site.name));
    assert_refused(&site, &["2"], "api needs db, which is unhealthy");
}

/// By the image at the registry and the Compose file, before anything is pulled.
#[test]
fn a_new_version_without_a_required_variable_is_refused() {
    let site = Site::started();
    site.publish("demo/api:2", "2", "good");
    site.configure(&format!(
        "{CONFIGURATION}require-env = ['SERVICE_*', 'S3_*', 'DATABASE_URL']\n"
    ));
    let missing = "api has no environment variable S3_*, DATABASE_URL, which `deploy.require-env`";
    assert_refused(&site, &["2"], missing);
    site.services(
        "
  api:
    image: REG/demo/api:${TAG}
    environment: {S3_BUCKET: canary, DATABASE_URL: 'postgres://app:canary@db/shop'}
",
    );
    site.deploy(&["2"]).exits(0);
    site.assert_settled("api 2");
}

#[test]
fn a_proxy_that_is_configured_wrongly_is_refused() {
    let site = Site::started();
    site.publish("demo/api:2", "2", "good");
    site.configure(&format!("{CONFIGURATION}proxy = {{ service = 'web' }}\n"));
    assert_refused(&site, &["2"], "there is no service web");
}

#[test]
fn two_versions_on_one_port_are_refused() {
    let site = Site::new();
    let port = crate::harness::RealServer::free_port();
    site.services(&format!(
        "  api: {{image: 'REG/demo/api:${{TAG}}', ports: ['127.0.0.1:{port}:8080']}}\n"
    ));
    site.compose(&["up", "--detach"]);
    site.configure(&format!("{CONFIGURATION}service.api.order = 'start-first'\n"));
    site.publish("demo/api:2", "2", "good");
    assert_refused(&site, &["2"], &format!("it publishes port {port} of the host"));
}

#[test]
fn a_dry_run_changes_nothing() {
    let site = Site::started();
    site.publish("demo/api:2", "2", "good");
    let before = site.state();
    let volumes = site.docker(&["volume", "ls", "--quiet"]);
    let shown = site.deploy(&["2", "--dry-run"]).exits(0);
    let shown = shown.prints("TAG=1 becomes TAG=2").prints("the old version stops first");
    shown.prints("keep the image that api runs as rollback-backup-");
    assert_eq!(site.state(), before);
    let ours = format!("tidegate-deployments-{}", site.name);
    assert!(!volumes.contains(&ours) && !site.docker(&["volume", "ls", "--quiet"]).contains(&ours));
    site.assert_no_helper();
    site.deploy(&["2"]).exits(0);
    let before = site.state();
    site.rollback(&["--dry-run"]).exits(0).prints("TAG=2 becomes TAG=1");
    assert_eq!(site.state(), before);
}
