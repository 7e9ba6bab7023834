//! What others put into the folder of a store.

use std::{fs, os::unix::fs::symlink};

use backup_store::{Entry, Identities, StoreError, UnreadableReason};

use crate::scene::{Scene, app, daily, now};

#[tokio::test]
async fn a_link_in_the_place_of_the_databases_folder_is_refused() {
    let scene = Scene::new();
    let elsewhere = tempfile::tempdir().unwrap();
    fs::create_dir(scene.path()).unwrap();
    symlink(elsewhere.path(), scene.database_path()).unwrap();
    let error = scene.store.create(daily(), now()).await.unwrap_err();
    assert!(matches!(error, StoreError::Symlink { .. }), "{error}");
    assert!(matches!(scene.store.list(&app()), Err(StoreError::Symlink { .. })));
    assert!(matches!(scene.store.databases(), Err(StoreError::Symlink { .. })));
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn links_in_the_place_of_a_backup_or_its_files_are_unreadable_and_not_followed() {
    let scene = Scene::new();
    let backup = scene.backup(b"content").await;
    let folder = scene.backup_path(&backup);
    for name in ["content.zst", "manifest.json"] {
        let aside = scene.folder.path().join(name);
        fs::rename(folder.join(name), &aside).unwrap();
        symlink(&aside, folder.join(name)).unwrap();
        assert!(matches!(
            &scene.entries()[..],
            [Entry::Unreadable { reason: UnreadableReason::Symlink(link), .. }] if link == name
        ));
        let error = scene.read(&backup, &Identities::none()).await.unwrap_err();
        assert!(matches!(error, StoreError::Unreadable { .. }), "{error}");
        fs::rename(&aside, folder.join(name)).unwrap();
    }
    let aside = scene.folder.path().join("aside");
    fs::rename(&folder, &aside).unwrap();
    symlink(&aside, &folder).unwrap();
    assert!(matches!(
        &scene.entries()[..],
        [Entry::Unreadable { reason: UnreadableReason::Symlink(_), .. }]
    ));
    assert!(scene.store.remove(&app(), backup.id()).is_err());
    assert!(scene.store.discard(&app(), &backup.id().to_string()).unwrap(), "the link alone");
    assert!(aside.join("manifest.json").is_file());
}

#[tokio::test]
async fn a_link_in_the_place_of_the_lock_or_of_a_partial_backup_is_refused() {
    let scene = Scene::new();
    let backup = scene.backup(b"content").await;
    let victim = scene.folder.path().join("victim");
    fs::write(&victim, "precious").unwrap();
    let lock = scene.database_path().join(".lock");
    fs::remove_file(&lock).unwrap();
    symlink(&victim, &lock).unwrap();
    let error = scene.store.create(daily(), now()).await.unwrap_err();
    assert!(matches!(error, StoreError::Symlink { .. }), "{error}");
    assert!(matches!(scene.store.remove(&app(), backup.id()), Err(StoreError::Symlink { .. })));
    fs::remove_file(&lock).unwrap();

    let folder = scene.folder.path().join("folder");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("file"), "precious").unwrap();
    symlink(&folder, scene.database_path().join("daily-2026-11-29-201531.partial")).unwrap();
    let error = scene.store.create(daily(), now()).await.unwrap_err();
    assert!(matches!(error, StoreError::Symlink { .. }), "{error}");
    assert_eq!(fs::read_to_string(folder.join("file")).unwrap(), "precious");
    assert_eq!(fs::read_to_string(victim).unwrap(), "precious");
}

#[tokio::test]
async fn other_files_and_folders_are_listed_as_unreadable_and_never_cleaned() {
    let scene = Scene::new();
    let backup = scene.backup(b"content").await;
    fs::write(scene.database_path().join("notes.txt"), "mine").unwrap();
    fs::write(scene.database_path().join("daily-2026-11-30-000000"), "mine").unwrap();
    fs::create_dir(scene.database_path().join("old.partial")).unwrap();
    let kinds: Vec<bool> = scene.entries().iter().map(|entry| entry.backup().is_some()).collect();
    assert_eq!(kinds, [false, true, false, false], "the newest first, nameless ones last");
    assert_eq!(scene.store.latest(&app()).unwrap(), Some(backup));
    assert_eq!(scene.store.clean(&app()).unwrap(), Vec::<String>::new());
    assert!(scene.store.discard(&app(), "notes.txt").unwrap());
}

#[tokio::test]
async fn a_pipe_in_the_place_of_the_content_does_not_stop_the_reader() {
    let scene = Scene::new();
    let backup = scene.backup(b"content").await;
    let content = scene.backup_path(&backup).join("content.zst");
    fs::remove_file(&content).unwrap();
    let made = std::process::Command::new("mkfifo").arg(&content).status().unwrap();
    assert!(made.success());
    let error = scene.read(&backup, &Identities::none()).await.unwrap_err();
    assert!(matches!(error, StoreError::Unreadable { .. }), "{error}");
}
