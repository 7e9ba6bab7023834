//! Verifications, pins, removal, and retention of what is listed.

use backup_retention::{RetentionCounts, plan_retention};
use backup_store::{Backup, Entry, Identities, Pin, StoreError, Verification, VerificationMethod};

use crate::scene::{Scene, app, now};

fn verification(method: VerificationMethod, passed: bool) -> Verification {
    Verification { method, time: now(), passed, detail: String::new() }
}

fn pin(holder: &str) -> Pin {
    Pin { holder: holder.to_owned(), reason: "restore".to_owned(), since: now() }
}

fn verified(scene: &Scene, backup: &Backup) -> Backup {
    let passed = verification(VerificationMethod::Read, true);
    scene.store.record_verification(&app(), backup.id(), passed).unwrap()
}

#[tokio::test]
async fn a_backup_is_verified_when_the_latest_of_each_method_passed() {
    let scene = Scene::new();
    let backup = scene.backup(b"content").await;
    for (method, passed, is_verified) in [
        (VerificationMethod::Read, true, true),
        (VerificationMethod::Restore, false, false),
        (VerificationMethod::Read, true, false),
        (VerificationMethod::Restore, true, true),
    ] {
        let record = verification(method, passed);
        let recorded = scene.store.record_verification(&app(), backup.id(), record).unwrap();
        assert_eq!(recorded.manifest.is_verified(), is_verified);
        assert_eq!(scene.store.find(&app(), backup.id()).unwrap(), recorded);
    }
    assert_eq!(scene.store.latest(&app()).unwrap().unwrap().manifest.verifications.len(), 2);
}

/// antistatique/capdrupal #37: retention removed the dump that was being restored.
#[tokio::test]
async fn what_is_pinned_or_being_read_is_not_removed() {
    let scene = Scene::new();
    let backup = scene.backup(b"content").await;
    scene.store.pin(&app(), backup.id(), pin("restore-1")).unwrap();
    scene.store.pin(&app(), backup.id(), pin("restore-2")).unwrap();
    let pinned = scene.store.pin(&app(), backup.id(), pin("restore-1")).unwrap();
    assert_eq!(pinned.manifest.pins.len(), 2);
    let error = scene.store.remove(&app(), backup.id()).unwrap_err();
    assert!(matches!(error, StoreError::Pinned { .. }), "{error}");
    scene.store.unpin(&app(), backup.id(), "restore-1").unwrap();
    assert!(scene.store.remove(&app(), backup.id()).is_err());
    scene.store.unpin(&app(), backup.id(), "restore-2").unwrap();

    let reader = scene.store.open(&app(), backup.id(), &Identities::none()).await.unwrap();
    // The reader's thread may have ended already; a second one waits for its reader.
    drop(reader);
    let large = scene.backup(&crate::scene::dump(16 << 20)).await;
    let reader = scene.store.open(&app(), large.id(), &Identities::none()).await.unwrap();
    let error = scene.store.remove(&app(), large.id()).unwrap_err();
    assert!(matches!(error, StoreError::InUse { .. }), "{error}");
    let mut content = Vec::new();
    reader.copy_to(&mut content).await.unwrap();
    assert_eq!(content.len(), 16 << 20);
}

#[tokio::test]
async fn a_backup_that_is_removed_goes_with_its_manifest() {
    let scene = Scene::new();
    let backup = scene.backup(b"content").await;
    let other = scene.backup(b"other").await;
    scene.store.remove(&app(), backup.id()).unwrap();
    assert!(!scene.backup_path(&backup).exists());
    assert_eq!(scene.entries(), [Entry::Backup(Box::new(other))]);
    let error = scene.store.remove(&app(), backup.id()).unwrap_err();
    assert!(matches!(error, StoreError::NotFound { .. }), "{error}");
}

/// Each attempt to restore made a backup and pruned to three: retries removed the target.
#[tokio::test]
async fn retries_never_remove_the_target_of_a_restore_and_retention_leaves_no_half() {
    let scene = Scene::new();
    let target = verified(&scene, &scene.backup(b"target").await);
    scene.store.pin(&app(), target.id(), pin("restore")).unwrap();
    let counts = RetentionCounts { daily: 3, ..RetentionCounts::default() };
    for _ in 0..6 {
        verified(&scene, &scene.backup(b"safety").await);
        let backups: Vec<_> =
            scene.entries().iter().filter_map(|entry| entry.for_retention(&app())).collect();
        let later = "2026-11-30T00:00:00Z".parse().unwrap();
        for removal in plan_retention(&backups, &counts, later).removals() {
            scene.store.remove(&app(), removal.id).unwrap();
        }
    }
    assert_eq!(scene.entries().iter().filter_map(Entry::backup).count(), 4);
    assert!(scene.read(&target, &Identities::none()).await.is_ok());
    let names = std::fs::read_dir(scene.database_path()).unwrap().count();
    assert_eq!(names, 5, "four backups and the lock");
}

#[tokio::test]
async fn records_that_are_made_at_the_same_time_are_all_kept() {
    let scene = Scene::new();
    let backup = scene.backup(b"content").await;
    std::thread::scope(|scope| {
        for number in 0..8 {
            let (store, id) = (&scene.store, backup.id());
            scope.spawn(move || store.pin(&app(), id, pin(&format!("run {number}"))).unwrap());
        }
    });
    assert_eq!(scene.store.find(&app(), backup.id()).unwrap().manifest.pins.len(), 8);
}
