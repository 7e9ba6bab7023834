//! Versions that are not good: the old one serves again, and exit code and report say so.

use std::time::Duration;

use rustix::process::Signal;

use super::{
    run::until,
    site::{API, CONFIGURATION, Site},
};
use crate::harness::Store;

/// Version 2 behaves in this way; the same old container serves afterwards.
#[track_caller]
fn assert_undone(behaviour: &str, configuration: &str, reason: &str) -> Site {
    let site = Site::started();
    site.configure(&format!("{CONFIGURATION}{configuration}"));
    site.publish("demo/api:2", "2", behaviour);
    let before = site.containers();
    site.deploy(&["2"]).exits(1).prints(reason).prints("the old version serves");
    site.assert_settled("api 1");
    assert_eq!(site.containers(), before, "the same container serves");
    assert_eq!(site.read(".env"), "TAG=1\n");
    assert_eq!(site.ways_back("demo/api"), Vec::<String>::new());
    site
}

/// Soak that a version does not survive, with a long end that nobody waits for.
fn soaking(text: &str) -> String {
    text.replace("'0s'", "'25s'")
}

#[test]
fn a_version_that_ends_at_once_is_undone_and_its_output_kept_without_passwords() {
    let site = assert_undone("exits", "", "api");
    let found = std::process::Command::new("grep")
        .args(["-rl", "version 2 starts"])
        .arg(site.folder().join("state"))
        .output()
        .unwrap();
    let path = String::from_utf8(found.stdout).unwrap();
    let log = std::fs::read_to_string(path.lines().next().expect("a file of diagnostics")).unwrap();
    assert!(log.contains("exit code 1"), "{log}");
    assert!(log.contains("postgres://app:***@db/shop"), "{log}");
    site.rollback(&[]).exits(4).prints("nothing was deployed");
}

#[test]
fn a_version_that_lacks_a_variable_of_its_environment_is_undone() {
    assert_undone("needs-token", "", "api");
}

#[test]
fn a_version_that_never_answers_is_undone() {
    let site = Site::started();
    site.configure(&CONFIGURATION.replace("20s", "2s"));
    site.publish("demo/api:2", "2", "never");
    let before = site.containers();
    site.deploy(&["2"]).exits(1).prints("GET /health");
    assert_eq!(site.containers(), before);
    site.assert_settled("api 1");
}

#[test]
fn a_version_that_answers_with_an_error_is_undone() {
    let site = Site::started();
    site.configure(&CONFIGURATION.replace("20s", "2s"));
    site.publish("demo/api:2", "2", "sick");
    site.deploy(&["2"]).exits(1).prints("answers 500, not 200");
    site.assert_settled("api 1");
}

#[test]
fn a_version_with_the_wrong_body_is_undone() {
    let site = Site::started();
    let check = "health = { http = '/', port = 8080, timeout = '2s', body = 'version 3' }";
    site.configure(&format!("[deploy]\nsoak = '0s'\n{check}\n"));
    site.publish("demo/api:2", "2", "good");
    // Nor does the old one have it, which is no reason to leave users without it.
    let ended = site.deploy(&["2"]).exits(1).prints("without `version 3`");
    ended.prints("the old version of api runs: ");
    site.assert_settled("api 1");
}

#[test]
fn a_version_that_ends_while_it_is_watched_is_undone() {
    let site = Site::started();
    site.configure(&soaking(CONFIGURATION));
    site.publish("demo/api:2", "2", "flapping");
    site.deploy(&["2"]).exits(1).prints("the old version serves");
    site.assert_settled("api 1");
}

/// The engine starts it again, so that it looks healthy most of the time.
#[test]
fn a_version_that_restarts_while_it_is_watched_is_undone() {
    let site = Site::new();
    site.services("  api: {image: 'REG/demo/api:${TAG}', restart: always}\n");
    site.compose(&["up", "--detach"]);
    site.configure(&soaking(CONFIGURATION));
    site.publish("demo/api:2", "2", "flapping");
    site.deploy(&["2"]).exits(1);
    site.assert_settled("api 1");
}

#[test]
fn a_version_that_is_killed_for_its_memory_is_undone() {
    let site = Site::new();
    site.services("  api: {image: 'REG/demo/api:${TAG}', mem_limit: 32m, memswap_limit: 32m}\n");
    site.compose(&["up", "--detach"]);
    site.configure(&soaking(CONFIGURATION));
    site.publish("demo/api:2", "2", "leaking");
    site.deploy(&["2"]).exits(1);
    site.assert_settled("api 1");
}

#[test]
fn both_image_stores_bring_an_old_version_back() {
    let site = Site::with(Some(Store::Containerd));
    site.compose(&["up", "--detach"]);
    site.configure(&CONFIGURATION.replace("20s", "2s"));
    site.publish("demo/api:2", "2", "sick");
    let before = site.containers();
    site.deploy(&["2"]).exits(1).prints("answers 500, not 200").prints("the old version serves");
    assert_eq!(site.containers(), before, "the same container serves");
    site.assert_settled("api 1");
    assert_eq!(site.ways_back("demo/api"), Vec::<String>::new());
    site.publish("demo/api:3", "3", "good");
    site.deploy(&["3"]).exits(0);
    site.assert_settled("api 3");
}

/// The old container runs on, as it did before.
#[test]
fn a_before_stop_that_fails_undoes_the_deployment() {
    let site = Site::started();
    site.configure(&format!(
        "{CONFIGURATION}service.api.order = 'start-first'\n\
         service.api.before-stop = ['/service', 'fails']\n"
    ));
    site.publish("demo/api:2", "2", "good");
    let before = site.containers();
    let ended = site.deploy(&["2"]).exits(1).prints("`/service fails` in");
    ended.prints("ended with 7").prints("the old version serves");
    assert_eq!(site.containers(), before, "the same container serves");
    site.assert_settled("api 1");
}

#[test]
fn an_undone_version_is_replaced_by_a_good_one() {
    let site = assert_undone("exits", "", "api");
    site.publish("demo/api:3", "3", "good");
    site.deploy(&["3"]).exits(0);
    site.assert_settled("api 3");
    site.rollback(&[]).exits(0);
    site.assert_settled("api 1");
}

/// The engine goes on stopping it when nobody waits for that any longer.
#[test]
fn an_interruption_while_the_old_version_is_being_stopped_leaves_it_running() {
    let site = Site::new();
    site.publish("demo/api:1", "1", "deaf");
    site.services(&format!("{API}    stop_grace_period: 4s\n"));
    site.compose(&["up", "--detach"]);
    site.publish("demo/api:2", "2", "good");
    let deploy = site.deploy(&["2"]).start();
    until("the new container", || site.containers()["api"].len() == 2);
    std::thread::sleep(Duration::from_secs(1));
    deploy.signal(Signal::INT);
    assert_eq!(deploy.wait().code, Some(130));
    std::thread::sleep(Duration::from_secs(4));
    site.assert_settled("api 1");
}
