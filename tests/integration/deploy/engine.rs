//! The engine goes away while a version is deployed.

use super::{
    run::until,
    site::{CONFIGURATION, Site},
};
use crate::harness::{PrivateEngine, RealServer, Store};

const SLOW_HOOK: &str = "hooks.before-switch = [{ command = ['sleep', '5'] }]\n";

/// Containers run on; a deployer cannot reach the engine any longer.
#[test]
fn an_engine_that_ends_during_a_deployment_is_reported_as_half_way() {
    let site = Site::with(Some(Store::GraphDriver));
    site.compose(&["up", "--detach"]);
    site.publish("demo/api:2", "2", "good");
    site.configure(&format!("{CONFIGURATION}{SLOW_HOOK}"));
    let run = site.deploy(&["2"]).start();
    until("the new container", || site.containers()["api"].len() == 2);
    site.engine().kill();
    let ended = run.wait();
    assert_eq!(ended.code, Some(3), "{ended}");
    ended.prints("could not be brought back");
}

/// On an engine that can be started again: nothing outside reaches its containers, so they
/// check themselves, and their images are built there.
fn site_that_restarts() -> Site {
    let engine = PrivateEngine::in_own_network(Store::GraphDriver);
    let site = Site::on(Some(engine), RealServer::docker_registry());
    let check = "{test: [CMD, /service, check], interval: 1s, retries: 20}";
    site.services(&format!(
        "  api: {{image: 'demo/api:${{TAG}}', pull_policy: never, restart: always, \
         healthcheck: {check}}}\n"
    ));
    for version in ["1", "2", "3"] {
        site.build(&format!("demo/api:{version}"), version, "good");
    }
    site.compose(&["up", "--detach"]);
    site
}

#[test]
fn the_next_run_converges_once_an_engine_that_crashed_is_back() {
    let site = site_that_restarts();
    site.configure(&format!("[deploy]\nsoak = '0s'\n{SLOW_HOOK}"));
    let run = site.deploy(&["2"]).start();
    until("the new container", || site.containers()["api"].len() == 2);
    site.engine().kill();
    let ended = run.wait();
    assert_eq!(ended.code, Some(3), "{ended}");
    site.engine().start_again();
    until("the old version", || site.running() == "api 1");
    site.configure("[deploy]\nsoak = '0s'\n");
    site.deploy(&["3"]).exits(0).prints("was not finished: bringing back what ran before it");
    site.assert_settled("api 3");
    site.rollback(&[]).exits(0);
    site.assert_settled("api 1");
}

/// The deployment goes on, or is taken back; either way it is over, and the code says how.
#[test]
fn an_engine_that_is_back_in_time_does_not_leave_two_versions() {
    let site = site_that_restarts();
    site.configure(&format!("[deploy]\nsoak = '0s'\n{SLOW_HOOK}"));
    let run = site.deploy(&["2"]).start();
    until("the new container", || site.containers()["api"].len() == 2);
    site.engine().kill();
    site.engine().start_again();
    let ended = run.wait();
    let version = match ended.code {
        Some(0) => "api 2",
        Some(1) => "api 1",
        _ => panic!("{ended}"),
    };
    site.assert_settled(version);
}
