//! Other programs beside a deployment: what they do must keep the way back.

use super::{
    run::until,
    site::{API, CONFIGURATION, Site},
};
use crate::harness::Store;

fn deployed() -> Site {
    let site = Site::started();
    site.publish("demo/api:2", "2", "good");
    site.deploy(&["2"]).exits(0);
    site
}

#[test]
fn a_project_that_was_taken_down_is_started_as_deployed_and_rolled_back() {
    let site = deployed();
    site.compose(&["down"]);
    site.compose(&["up", "--detach"]);
    assert_eq!(site.running(), "api 2");
    site.rollback(&[]).exits(0);
    site.assert_settled("api 1");
    site.program("stop-compose", &["--yes"]).exits(0);
    assert!(site.containers().is_empty());
    site.rollback(&["2"]).exits(0);
    site.assert_settled("api 2");
}

/// With its volumes: the records of deployments are not the project's.
#[test]
fn records_survive_the_removal_of_the_projects_volumes() {
    let site = deployed();
    site.compose(&["down", "--volumes"]);
    site.program("stop-compose", &["--yes", "--volumes"]).exits(0);
    site.rollback(&["1"]).exits(0);
    site.assert_settled("api 1");
}

#[test]
fn up_compose_keeps_what_was_rolled_back() {
    let site = Site::new();
    site.services("  api: {image: 'REG/demo/api:latest'}\n");
    site.publish("demo/api:latest", "1", "good");
    site.compose(&["up", "--detach"]);
    site.publish("demo/api:latest", "2", "good");
    site.deploy(&[]).exits(0);
    site.rollback(&[]).exits(0);
    site.program("up-compose", &[]).run();
    assert_eq!(site.running(), "api 1");
}

/// On an engine of its own, because it looks at all images.
#[test]
fn a_clean_up_of_images_keeps_the_way_back() {
    let site = Site::with(Some(Store::GraphDriver));
    site.compose(&["up", "--detach"]);
    site.publish("demo/api:2", "2", "good");
    site.deploy(&["2"]).exits(0);
    let kept = site.ways_back("demo/api");
    let clean = ["--yes", "--all-images", "--with-stopped-containers"];
    site.program("clean-local-images", &clean).exits(0);
    assert_eq!(site.ways_back("demo/api"), kept);
    site.rollback(&[]).exits(0);
    site.assert_settled("api 1");
    site.program("clean-local-images", &clean).exits(0);
    site.rollback(&["2"]).exits(0);
    site.assert_settled("api 2");
}

/// Its processes cannot be listed while it waits for its next start.
#[test]
fn a_service_that_keeps_restarting_does_not_keep_another_from_being_deployed() {
    let site = Site::new();
    site.publish("demo/jobs:1", "1", "exits");
    let jobs = "  jobs: {image: 'REG/demo/jobs:1', restart: always}\n";
    site.services(&format!("{API}{jobs}"));
    site.configure(&CONFIGURATION.replace("[deploy]", "[deploy]\nservices = ['api']"));
    site.compose(&["up", "--detach"]);
    site.publish("demo/api:2", "2", "good");
    until("jobs restarts", || site.containers()["jobs"][0].state == "restarting");
    site.deploy(&["2"]).exits(0);
    assert_eq!(site.containers()["api"][0].version, "2");
}
