//! Crash proof: whenever the deployer is killed, users are served, and the next run ends
//! with one version and nothing left over.

use std::time::Duration;

use rustix::process::Signal;

use super::site::{CONFIGURATION, Site};
use crate::harness::{RandomNumbers, number_of};

/// Besides those that every deployment has.
const STEPS: &str = r#"
migration = { command = ["/service", "migrate"] }
hooks.before-switch = [{ command = ["true"] }]
service.api.trial = true
"#;
const ORDERS: [&str; 2] = ["start-first", "stop-first"];

fn configure(site: &Site, order: &str) {
    site.configure(&format!("{CONFIGURATION}{STEPS}service.api.order = '{order}'\n"));
}

/// Records that an undisturbed deployment writes.
fn records(site: &Site) -> usize {
    let state = site.folder().join("state");
    let found = std::process::Command::new("find")
        .arg(state)
        .args(["-name", "journal.jsonl"])
        .output()
        .unwrap();
    let paths = String::from_utf8(found.stdout).unwrap();
    // The first line is the header.
    let count = |path: &str| std::fs::read_to_string(path).unwrap().lines().count() - 1;
    paths.lines().map(count).max().unwrap()
}

/// `TAG` and what runs agree, and it is one of these.
#[track_caller]
fn version_that_settled(site: &Site, versions: [&str; 2]) -> String {
    let running = site.running();
    let version = running.trim_start_matches("api ").to_owned();
    assert!(versions.contains(&version.as_str()), "{running} of {versions:?}");
    assert_eq!(site.read(".env"), format!("TAG={version}\n"));
    site.assert_settled(&running);
    version
}

/// Kills a deployment after every second record, each time from the version that the last
/// case ended with, and in the other order. After every record with
/// `TIDEGATE_ALL_KILLS=1`; together the tests kill it after every record all the same.
fn killed_after_records(first: usize, recover: impl Fn(&Site, &str)) {
    let site = Site::started();
    configure(&site, ORDERS[first]);
    site.publish("demo/api:2", "2", "good");
    site.deploy(&["2"]).exits(0);
    let records = records(&site);
    assert!(records > 20, "{records}");
    let step = if std::env::var_os("TIDEGATE_ALL_KILLS").is_some() { 1 } else { 2 };
    let mut old = "2".to_owned();
    for (number, kill) in (1 + first..records).step_by(step).enumerate() {
        let (new, order) = ((kill + 2).to_string(), ORDERS[(first + number) % 2]);
        configure(&site, order);
        site.publish(&format!("demo/api:{new}"), &new, "good");
        let ended = site.deploy(&[&new]).kill_after(kill).run();
        assert_eq!(ended.code, None, "killed after {kill}: {ended}");
        let serving = site.running();
        let is_served = serving.contains(&old) || serving.contains(&new);
        assert!(is_served || order == "stop-first", "killed after {kill}: {serving}");
        recover(&site, &new);
        old = version_that_settled(&site, [&old, &new]);
    }
}

#[test]
fn a_deployment_killed_after_any_record_is_finished_by_the_next_one() {
    killed_after_records(0, |site, new| {
        site.deploy(&[new]).exits(0);
        assert_eq!(site.running(), format!("api {new}"));
    });
}

#[test]
fn a_deployment_killed_after_any_record_is_taken_back_on_request() {
    killed_after_records(1, |site, _| {
        site.program("deploy", &["--abort"]).exits(0);
    });
}

/// The short form of a soak; the long one is `TIDEGATE_RANDOM_KILLS=100`.
#[test]
fn a_deployer_that_is_ended_at_random_times_leaves_nothing_behind() {
    let runs = number_of("TIDEGATE_RANDOM_KILLS", 5);
    let seed = RandomNumbers::seed();
    let mut numbers = RandomNumbers::new(seed);
    println!("TIDEGATE_SEED={seed}");
    let site = Site::started();
    configure(&site, "start-first");
    let mut old = "1".to_owned();
    for run in 0..runs {
        let new = (run + 2).to_string();
        site.publish(&format!("demo/api:{new}"), &new, "good");
        let running = site.deploy(&[&new]).start();
        std::thread::sleep(Duration::from_millis(numbers.below(5000)));
        let signals = [Signal::KILL, Signal::KILL, Signal::TERM, Signal::INT];
        running.signal(signals[usize::try_from(numbers.below(4)).unwrap()]);
        running.wait();
        let serving = site.running();
        assert!(serving.contains(&old) || serving.contains(&new), "{serving}");
        if numbers.below(2) == 0 {
            site.program("deploy", &["--abort"]).exits(0);
        } else {
            site.deploy(&[&new]).exits(0);
        }
        old = version_that_settled(&site, [&old, &new]);
    }
}
