//! Versions that work.

use super::site::{CONFIGURATION, Site};
use crate::harness::Store;

/// On an engine of its own; everything that a deployment does with images.
fn deploys_and_rolls_back(site: &Site) {
    site.compose(&["up", "--detach"]);
    site.publish("demo/api:2", "2", "good");
    site.deploy(&["2"]).exits(0).prints("demo/api:2");
    site.assert_settled("api 2");
    assert_eq!(site.read(".env"), "TAG=2\n");
    assert_eq!(site.ways_back("demo/api").len(), 1);
    site.rollback(&[]).exits(0);
    site.assert_settled("api 1");
    assert_eq!(site.read(".env"), "TAG=1\n");
}

#[test]
fn both_image_stores_deploy_a_version_and_roll_it_back() {
    deploys_and_rolls_back(&Site::new());
    deploys_and_rolls_back(&Site::with(Some(Store::Containerd)));
}

#[test]
fn what_runs_already_is_not_deployed_again() {
    let site = Site::started();
    site.publish("demo/api:2", "2", "good");
    site.deploy(&["2"]).exits(0);
    let before = site.state();
    site.deploy(&["2"]).exits(0).prints("Nothing to deploy");
    site.deploy(&[]).exits(0).prints("Nothing to deploy");
    assert_eq!(site.state(), before);
}

#[test]
fn a_version_that_starts_slowly_is_waited_for() {
    let site = Site::started();
    site.publish("demo/api:2", "2", "slow");
    site.deploy(&["2"]).exits(0);
    site.assert_settled("api 2");
}

#[test]
fn an_old_version_that_ignores_the_request_to_stop_is_replaced() {
    let site = Site::new();
    site.publish("demo/api:1", "1", "deaf");
    site.publish("demo/api:2", "2", "good");
    site.services("  api: {image: 'REG/demo/api:${TAG}', stop_grace_period: 1s}\n");
    site.compose(&["up", "--detach"]);
    site.deploy(&["2"]).exits(0);
    site.assert_settled("api 2");
}

#[test]
fn the_health_check_of_the_compose_file_is_enough() {
    let site = Site::new();
    site.configure("[deploy]\nsoak = '0s'\n");
    site.services(
        "
  api:
    image: REG/demo/api:${TAG}
    healthcheck: {test: [CMD, /service, check], interval: 300ms, retries: 3}
",
    );
    site.compose(&["up", "--detach"]);
    site.publish("demo/api:2", "2", "good");
    site.publish("demo/api:3", "3", "sick");
    site.deploy(&["2"]).exits(0);
    site.assert_settled("api 2");
    site.deploy(&["3"]).exits(1).prints("the health check of");
    site.assert_settled("api 2");
}

#[test]
fn a_project_without_configuration_is_deployed_with_a_warning() {
    let site = Site::started();
    std::fs::remove_file(site.project().join("tidegate.toml")).unwrap();
    site.publish("demo/api:2", "2", "good");
    let deployed = site.deploy(&["2"]).exits(0).prints("api has no health check");
    deployed.prints("watch the services for 10 s");
    site.assert_settled("api 2");
}

#[test]
fn a_version_is_ready_beside_the_old_one_with_start_first() {
    let site = Site::started();
    site.configure(&format!("{CONFIGURATION}service.api.order = 'start-first'\n"));
    site.publish("demo/api:2", "2", "slow");
    let old = site.containers()["api"][0].id.clone();
    let mut both = false;
    let run = site.deploy(&["2"]).start();
    super::run::until("both versions", || site.running() == "api 1 2");
    both |= site.containers()["api"].iter().any(|container| container.id == old);
    let ended = run.wait();
    assert_eq!(ended.code, Some(0), "{ended}");
    assert!(both);
    site.assert_settled("api 2");
}

#[test]
fn keeps_as_many_ways_back_as_are_configured() {
    let site = Site::started();
    site.configure(&format!("{CONFIGURATION}keep = 2\n"));
    for version in ["2", "3", "4"] {
        site.publish(&format!("demo/api:{version}"), version, "good");
        site.deploy(&[version]).exits(0);
    }
    assert_eq!(site.ways_back("demo/api").len(), 2);
    site.rollback(&["1"]).exits(4);
    site.rollback(&["2"]).exits(0);
    site.assert_settled("api 2");
}
