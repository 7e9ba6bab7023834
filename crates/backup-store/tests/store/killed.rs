//! Runs that are killed at any moment: nothing that is listed afterwards is unusable.

use std::{
    collections::BTreeMap,
    process::{Command, Stdio},
    time::Duration,
};

use backup_store::{Entry, Identities, IncompleteReason, Pin, Store};

use crate::scene::{Scene, app, daily, dump, holder, now};

/// Where the run that is killed has its store.
const FOLDER: &str = "TIDEGATE_TEST_STORE";

/// The run that is killed: writes, pins and removes without an end. Started by the test
/// below as a process of its own; by itself it does nothing.
#[tokio::test]
async fn the_run_that_is_killed() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let store = Store::new(folder, holder());
    let mut random = fastrand::Rng::new();
    loop {
        let mut writer = store.create(daily(), now()).await.unwrap();
        writer.copy_from(&dump(random.usize(1..300_000))[..]).await.unwrap();
        let backup = writer.finish(BTreeMap::new()).await.unwrap();
        let pin = Pin { holder: "x".to_owned(), reason: "x".to_owned(), since: now() };
        store.pin(&app(), backup.id(), pin).unwrap();
        store.unpin(&app(), backup.id(), "x").unwrap();
        if random.bool() {
            store.remove(&app(), backup.id()).unwrap();
        }
    }
}

#[tokio::test]
async fn whenever_a_run_is_killed_everything_listed_is_usable_and_the_rest_is_cleaned() {
    let scene = Scene::new();
    let mut random = fastrand::Rng::with_seed(3);
    let mut interrupted = 0;
    for _ in 0..40 {
        kill_after(&scene, Duration::from_millis(random.u64(20..250)));
        if !scene.path().join("app").exists() {
            continue;
        }
        for entry in scene.entries() {
            match entry {
                Entry::Backup(backup) => {
                    let content = scene.read(&backup, &Identities::none()).await.unwrap();
                    assert_eq!(content.len() as u64, backup.manifest.content.bytes);
                    assert!(backup.manifest.verifications.is_empty());
                    // Keeps the list short.
                    if !backup.manifest.pins.is_empty() {
                        scene.store.unpin(&app(), backup.id(), "x").unwrap();
                    }
                    scene.store.remove(&app(), backup.id()).unwrap();
                }
                Entry::Incomplete { reason: IncompleteReason::Interrupted, .. } => interrupted += 1,
                entry => panic!("{entry:?}"),
            }
        }
        scene.store.clean(&app()).unwrap();
        assert_eq!(scene.entries(), []);
        assert_eq!(std::fs::read_dir(scene.database_path()).unwrap().count(), 1, "the lock");
    }
    assert!(interrupted > 0, "no kill came while something was written");
}

/// Starts the run and kills it with SIGKILL.
fn kill_after(scene: &Scene, time: Duration) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "killed::the_run_that_is_killed"]).env(FOLDER, scene.path());
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(time);
    assert!(child.try_wait().unwrap().is_none(), "the run ended by itself");
    child.kill().unwrap();
    child.wait().unwrap();
}
