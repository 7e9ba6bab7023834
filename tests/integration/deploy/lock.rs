//! One deployment at a time; records that cannot be read.

use rustix::process::Signal;

use super::{
    run::{Started, until},
    site::{CONFIGURATION, Site},
};

const SLOW_HOOK: &str = "hooks.before-switch = [{ command = ['sleep', '30'] }]\n";

fn is_locked(site: &Site) -> bool {
    site.docker(&["ps", "--all", "--format", "{{.Names}}"])
        .contains(&format!("tidegate-lock-{}", site.name))
}

fn has_new_container(site: &Site) -> bool {
    site.containers().get("api").is_some_and(|list| list.len() == 2)
}

#[test]
fn a_freeze_keeps_everybody_from_deploying_until_it_is_ended() {
    let site = Site::started();
    site.publish("demo/api:2", "2", "good");
    site.program("deploy", &["--lock-status"]).exits(0).prints("is not locked");
    site.program("deploy", &["--lock", "audit"]).exits(0);
    site.program("deploy", &["--lock-status"]).exits(0).prints("`audit` by ada");
    let before = site.state();
    site.deploy(&["2"]).exits(4).prints("`audit` by ada").prints("`deploy --unlock` ends");
    site.rollback(&[]).exits(4).prints("`audit` by ada");
    site.program("deploy", &["--lock", "me too"]).exits(4).prints("`audit` by ada");
    assert_eq!(site.state(), before);
    site.program("deploy", &["--unlock"]).exits(0);
    site.deploy(&["2"]).exits(0);
    site.assert_settled("api 2");
}

/// From another folder for the state, as from another machine.
#[test]
fn a_second_deployer_is_refused_while_the_first_one_works() {
    let site = Site::started();
    site.publish("demo/api:2", "2", "good");
    site.publish("demo/api:3", "3", "good");
    site.configure(&format!("{CONFIGURATION}{}", SLOW_HOOK.replace("30", "4")));
    let first = site.deploy(&["2"]).start();
    until("the lock", || is_locked(&site));
    site.deploy_elsewhere(&["3"]).exits(4).prints("is locked: `deploy 2` by ada");
    site.deploy(&["3"]).exits(4);
    let waiting = site.deploy(&["3", "--wait-for-lock", "60s"]).exits(0);
    drop(waiting);
    let ended = first.wait();
    assert_eq!(ended.code, Some(0), "{ended}");
    site.assert_settled("api 3");
}

/// It may go on changing the target, so that its lock of this machine stays.
#[test]
fn the_end_of_a_lock_names_the_operation_that_still_runs() {
    let site = Site::started();
    site.publish("demo/api:2", "2", "good");
    site.configure(&format!("{CONFIGURATION}{SLOW_HOOK}"));
    let first = site.deploy(&["2"]).start();
    until("the new container", || has_new_container(&site));
    let process = format!("(process {})", first.id());
    let status = site.program("deploy", &["--lock-status"]).exits(0);
    status.prints("is locked: `deploy 2` by ada").prints(&process);
    let ended = site.program("deploy", &["--unlock"]).exits(0);
    ended.prints("is no longer locked").prints(&format!("with `kill {}`", first.id()));
    site.deploy(&["2"]).exits(4).prints(&process);
    first.signal(Signal::TERM);
    assert_eq!(first.wait().code, Some(130));
    site.program("deploy", &["--unlock"]).exits(0).prints("was not locked");
    site.assert_settled("api 1");
}

#[test]
fn a_lock_needs_a_reason() {
    let site = Site::started();
    for message in ["", " "] {
        site.program("deploy", &["--lock", message]).exits(2).prints("--lock is empty");
    }
    site.program("deploy", &["--lock-status"]).exits(0).prints("is not locked");
}

/// From two folders for the state, so that only the target's lock keeps them apart.
#[test]
fn of_two_deployers_that_start_at_once_one_is_refused() {
    let site = Site::started();
    site.publish("demo/api:2", "2", "good");
    site.publish("demo/api:3", "3", "good");
    site.configure(&format!("{CONFIGURATION}{}", SLOW_HOOK.replace("30", "4")));
    let runs = [site.deploy(&["2"]).start(), site.deploy_elsewhere(&["3"]).start()];
    let [first, second] = runs.map(Started::wait);
    let (winner, version) = if first.code == Some(0) { (&first, 2) } else { (&second, 3) };
    let loser = if version == 2 { &second } else { &first };
    assert_eq!((winner.code, loser.code), (Some(0), Some(4)), "{first}{second}");
    assert!(loser.to_string().contains("is locked"), "{loser}");
    site.assert_settled(&format!("api {version}"));
}

/// The lock of a process that is gone is no lock, and what it left is taken back first.
#[test]
fn a_deployer_that_was_killed_does_not_lock_others_out() {
    let site = Site::started();
    site.publish("demo/api:2", "2", "good");
    site.publish("demo/api:3", "3", "good");
    site.configure(&format!("{CONFIGURATION}{SLOW_HOOK}"));
    let killed = site.deploy(&["2"]).start();
    until("the new container", || has_new_container(&site));
    site.deploy_elsewhere(&["3"]).exits(4);
    killed.signal(Signal::KILL);
    assert_eq!(killed.wait().code, None);
    assert!(is_locked(&site), "the lock is left behind");
    site.configure(&format!("{CONFIGURATION}{}", SLOW_HOOK.replace("30", "4")));
    // Both find the lock that was left behind.
    let runs = [site.deploy(&["3"]).start(), site.deploy_elsewhere(&["3"]).start()];
    let [first, second] = runs.map(Started::wait);
    let (winner, loser) = if first.code == Some(0) { (first, second) } else { (second, first) };
    assert_eq!((winner.code, loser.code), (Some(0), Some(4)), "{winner}{loser}");
    winner.prints("was not finished: bringing back what ran before it");
    site.assert_settled("api 3");
    site.rollback(&[]).exits(0);
    site.assert_settled("api 1");
}

#[test]
fn an_interruption_before_the_switch_leaves_the_old_version_as_it_was() {
    let site = Site::started();
    site.publish("demo/api:2", "2", "good");
    site.configure(&format!("{CONFIGURATION}{SLOW_HOOK}"));
    let before = site.containers();
    let run = site.deploy(&["2"]).start();
    until("the new container", || has_new_container(&site));
    std::thread::sleep(std::time::Duration::from_millis(300));
    run.signal(Signal::INT);
    let ended = run.wait();
    assert_eq!(ended.code, Some(130), "{ended}");
    assert_eq!(site.containers(), before);
    site.assert_settled("api 1");
}

#[test]
fn an_interruption_after_the_switch_brings_the_old_version_back() {
    let site = Site::started();
    site.publish("demo/api:2", "2", "good");
    site.configure(&CONFIGURATION.replace("'0s'", "'30s'"));
    let run = site.deploy(&["2"]).start();
    until("the new version", || site.running() == "api 2");
    run.signal(Signal::TERM);
    let ended = run.wait();
    assert_eq!(ended.code, Some(130), "{ended}");
    site.assert_settled("api 1");
}

fn write_record(site: &Site, name: &str, content: &str) {
    let volume = format!("tidegate-deployments-{}", site.name);
    let mountpoint = site.docker(&["volume", "inspect", "--format", "{{.Mountpoint}}", &volume]);
    let names: Vec<_> = std::fs::read_dir(&mountpoint).unwrap().map(Result::unwrap).collect();
    let newest = names.iter().map(|entry| entry.file_name().into_string().unwrap());
    let newest = newest.filter(|file| file.ends_with(name)).max().unwrap();
    std::fs::write(std::path::Path::new(&mountpoint).join(newest), content).unwrap();
}

/// Nobody knows how it ended: it is not taken back, and nothing is deployed over it in
/// silence.
#[test]
fn an_ending_that_cannot_be_read_is_reported_and_what_runs_stays() {
    let site = Site::started();
    site.publish("demo/api:2", "2", "good");
    site.publish("demo/api:3", "3", "good");
    site.deploy(&["2"]).exits(0);
    write_record(&site, ".ending.json", "{");
    site.rollback(&["--list"]).exits(0).prints("a record cannot be read");
    assert_eq!(site.running(), "api 2");
    site.deploy(&["3"]).exits(0).prints("cannot be read");
    site.assert_settled("api 3");
}

#[test]
fn a_plan_that_cannot_be_read_and_may_be_unfinished_is_refused() {
    let site = Site::started();
    site.publish("demo/api:2", "2", "good");
    site.publish("demo/api:3", "3", "good");
    site.deploy(&["2"]).kill_after(4).run();
    write_record(&site, ".plan.json", "{");
    let before = site.containers();
    site.deploy(&["3"]).exits(4).prints("cannot be read");
    assert_eq!(site.containers(), before);
}
