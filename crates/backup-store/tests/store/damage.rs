//! Backups that something happened to: none of them is read as a good one.

use std::{fs, path::Path};

use backup_store::{
    Backup, Damage, Entry, Identities, IncompleteReason, StoreError, UnreadableReason,
};

use crate::scene::{Scene, app, dump, encrypted, key_pair};

fn content(scene: &Scene, backup: &Backup) -> std::path::PathBuf {
    scene.backup_path(backup).join("content.zst")
}

fn change(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).unwrap();
    change(&mut bytes);
    fs::write(path, bytes).unwrap();
}

fn edit_manifest(scene: &Scene, backup: &Backup, from: &str, to: &str) {
    let path = scene.backup_path(backup).join("manifest.json");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(path, text.replace(from, to)).unwrap();
}

async fn refusal(scene: &Scene, backup: &Backup) -> StoreError {
    scene.read(backup, &Identities::none()).await.unwrap_err()
}

/// k0lter/autopostgresqlbackup #2: months of truncated dumps.
#[tokio::test]
async fn a_truncated_file_and_one_of_zero_bytes_are_incomplete() {
    let scene = Scene::new();
    let backup = scene.backup(&dump(1 << 20)).await;
    for length in [backup.manifest.stored.bytes - 1, 0] {
        change(&content(&scene, &backup), |bytes| bytes.truncate(length as usize));
        assert!(matches!(
            &scene.entries()[..],
            [Entry::Incomplete { reason: IncompleteReason::Size { found, .. }, .. }]
                if *found == length
        ));
        let error = refusal(&scene, &backup).await;
        assert!(matches!(error, StoreError::Incomplete { .. }), "{error}");
        assert_eq!(scene.store.latest(&app()).unwrap(), None);
    }
}

#[tokio::test]
async fn a_flipped_bit_anywhere_is_found_before_the_last_byte_is_handed_on() {
    let scene = Scene::new();
    let original = dump(400_000);
    let backup = scene.backup(&original).await;
    let length = backup.manifest.stored.bytes as usize;
    for place in [0, 5, 100, length / 3, length / 2, length - 5, length - 1] {
        change(&content(&scene, &backup), |bytes| bytes[place] ^= 1);
        let mut reader = scene.store.open(&app(), backup.id(), &Identities::none()).await.unwrap();
        let mut passed = 0;
        let error = loop {
            match reader.next().await {
                Ok(Some(piece)) => passed += piece.len(),
                Ok(None) => panic!("bit {place} was not found"),
                Err(error) => break error,
            }
        };
        assert!(passed < original.len(), "{place}");
        assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
        let stored = scene.store.verify_stored(&app(), backup.id()).await.unwrap_err();
        assert!(
            matches!(stored, StoreError::Damaged { damage: Damage::StoredHash, .. }),
            "{stored}"
        );
        change(&content(&scene, &backup), |bytes| bytes[place] ^= 1);
    }
    assert!(scene.read(&backup, &Identities::none()).await.is_ok());
}

#[tokio::test]
async fn a_flipped_bit_of_an_encrypted_file_is_damage_and_not_a_wrong_key() {
    let scene = Scene::new();
    let (recipient, identities) = key_pair();
    let backup = scene.backup_of(encrypted(&recipient), &dump(400_000)).await;
    let path = scene.backup_path(&backup).join("content.zst.age");
    change(&path, |bytes| *bytes.last_mut().unwrap() ^= 1);
    let error = scene.read(&backup, &identities).await.unwrap_err();
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
}

#[tokio::test]
async fn swapped_files_of_two_backups_are_refused() {
    let scene = Scene::new();
    // Of one size, compressed as well, so that only the hashes differ.
    let first = scene.backup(b"aaaaaaaaaaaaaaaa-1").await;
    let second = scene.backup(b"aaaaaaaaaaaaaaaa-2").await;
    let (one, other) = (content(&scene, &first), content(&scene, &second));
    let aside = scene.path().join("aside");
    fs::rename(&one, &aside).unwrap();
    fs::rename(&other, &one).unwrap();
    fs::rename(&aside, &other).unwrap();
    for backup in [&first, &second] {
        let error = refusal(&scene, backup).await;
        assert!(
            matches!(error, StoreError::Damaged { .. } | StoreError::Incomplete { .. }),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_manifest_of_another_database_or_backup_is_foreign() {
    let scene = Scene::new();
    let backup = scene.backup(b"content").await;
    edit_manifest(&scene, &backup, "\"app\"", "\"users\"");
    let error = refusal(&scene, &backup).await;
    assert!(
        matches!(&error, StoreError::Unreadable { reason: UnreadableReason::Foreign(_), .. }),
        "{error}"
    );
    edit_manifest(&scene, &backup, "\"users\"", "\"app\"");
    let copy = scene.database_path().join("success-2026-11-30-000000");
    fs::rename(scene.backup_path(&backup), copy).unwrap();
    assert!(matches!(
        scene.entries()[..],
        [Entry::Unreadable { reason: UnreadableReason::Foreign(_), .. }]
    ));
}

/// Backups were compared with a checksum that was null, and names were stripped of a slash.
#[tokio::test]
async fn a_manifest_without_a_hash_or_of_another_format_is_unreadable() {
    let scene = Scene::new();
    let backup = scene.backup(b"content").await;
    let hash = format!("\"{}\"", backup.manifest.stored.sha256);
    for (from, to) in [
        (&*hash, "null"),
        (&*hash, "\"\""),
        ("\"format\": 1", "\"format\": 2"),
        ("\"format\": 1", "\"format\": \"1\""),
        ("\"facts\"", "\"surprise\": 1, \"facts\""),
        ("\"bytes\": 7", "\"bytes\": 0"),
        ("{", ""),
    ] {
        edit_manifest(&scene, &backup, from, to);
        let error = refusal(&scene, &backup).await;
        assert!(matches!(error, StoreError::Unreadable { .. }), "{to}: {error}");
        assert!(matches!(scene.entries()[..], [Entry::Unreadable { .. }]), "{to}");
        assert_eq!(scene.store.latest(&app()).unwrap(), None);
        let json = serde_json::to_vec_pretty(&backup.manifest).unwrap();
        fs::write(scene.backup_path(&backup).join("manifest.json"), json).unwrap();
    }
    assert!(scene.read(&backup, &Identities::none()).await.is_ok());
}

/// Data was pruned, metadata was not: identifiers of nothing.
#[tokio::test]
async fn a_manifest_without_data_and_data_without_a_manifest_are_incomplete() {
    let scene = Scene::new();
    let first = scene.backup(b"first").await;
    let second = scene.backup(b"second").await;
    fs::remove_file(content(&scene, &first)).unwrap();
    fs::remove_file(scene.backup_path(&second).join("manifest.json")).unwrap();
    let reasons: Vec<String> = scene
        .entries()
        .iter()
        .map(|entry| match entry {
            Entry::Incomplete { reason, .. } => reason.to_string(),
            entry => panic!("{entry:?}"),
        })
        .collect();
    assert_eq!(reasons, ["it has no manifest", "its content is missing"]);
    assert!(matches!(refusal(&scene, &first).await, StoreError::Incomplete { .. }));
    assert!(scene.store.discard(&app(), &first.id().to_string()).unwrap());
    assert!(!scene.store.discard(&app(), &first.id().to_string()).unwrap());
    assert_eq!(scene.entries().len(), 1);
}

/// A file that grows without end when it is decompressed is given up at the size that its
/// manifest has.
#[tokio::test]
async fn more_content_than_was_dumped_is_refused_as_it_comes() {
    let scene = Scene::new();
    let backup = scene.backup(&vec![0; 4 << 20]).await;
    edit_manifest(&scene, &backup, &(4 << 20).to_string(), "1000000");
    let error = refusal(&scene, &backup).await;
    let StoreError::Damaged { damage: Damage::ContentSize { expected, found }, .. } = error else {
        panic!("{error}");
    };
    assert_eq!(expected, 1_000_000);
    assert!(found < 1_200_000, "{found}");
}
