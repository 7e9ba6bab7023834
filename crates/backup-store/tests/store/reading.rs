use backup_store::{Entry, Identities, KeyError, Store, StoreError};

use crate::scene::{Scene, app, dump, encrypted, holder, key_pair};

#[tokio::test]
async fn what_is_read_is_what_was_written_of_any_size() {
    let scene = Scene::new();
    for bytes in [1, 127, 128 << 10, (128 << 10) + 1, 3 << 20] {
        let content = dump(bytes);
        let backup = scene.backup(&content).await;
        let read = scene.read(&backup, &Identities::none()).await.unwrap();
        assert!(read == content, "{bytes}");
        scene.store.verify_stored(&app(), backup.id()).await.unwrap();
        scene.store.verify_content(&app(), backup.id(), &Identities::none()).await.unwrap();
    }
}

#[tokio::test]
async fn an_encrypted_backup_is_read_with_its_key_and_with_no_other() {
    let scene = Scene::new();
    let content = dump(1 << 20);
    let (recipient, identities) = key_pair();
    let backup = scene.backup_of(encrypted(&recipient), &content).await;
    let file = scene.backup_path(&backup).join("content.zst.age");
    assert!(std::fs::read(file).unwrap().starts_with(b"age-encryption.org/v1"));
    assert_eq!(backup.manifest.encryption.as_ref().unwrap().recipients, [&*recipient]);
    assert!(scene.read(&backup, &identities).await.unwrap() == content);

    let missing = scene.read(&backup, &Identities::none()).await.unwrap_err();
    assert!(matches!(missing, StoreError::Key { source: KeyError::Missing(_), .. }), "{missing}");
    let wrong = scene.read(&backup, &key_pair().1).await.unwrap_err();
    assert!(matches!(wrong, StoreError::Key { source: KeyError::Wrong(_), .. }), "{wrong}");
    scene.store.verify_stored(&app(), backup.id()).await.expect("needs no key");
}

#[tokio::test]
async fn a_file_with_identities_is_read_and_its_absence_is_an_error() {
    use age::secrecy::ExposeSecret as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.txt");
    let missing = Identities::from_file(&path);
    assert!(matches!(missing, Err(KeyError::Io { .. })));
    let key = age::x25519::Identity::generate();
    std::fs::write(&path, key.to_string().expose_secret()).unwrap();
    assert_eq!(format!("{:?}", Identities::from_file(&path).unwrap()), "Identities(1)");
}

#[tokio::test]
async fn the_newest_is_first_and_a_backup_that_does_not_exist_is_not_found() {
    let scene = Scene::new();
    let first = scene.backup(b"first").await;
    let second = scene.backup(b"second").await;
    assert_eq!(scene.store.latest(&app()).unwrap(), Some(second.clone()));
    let ids: Vec<_> = scene.entries().iter().filter_map(Entry::id).collect();
    assert_eq!(ids, [second.id(), first.id()]);
    assert_eq!(scene.store.find(&app(), first.id()).unwrap(), first);
    let other = "daily-2020-01-01-000000".parse().unwrap();
    let error = scene.store.find(&app(), other).unwrap_err();
    assert!(matches!(error, StoreError::NotFound { .. }), "{error}");
    let other = "users".parse().unwrap();
    assert_eq!(scene.store.list(&other).unwrap(), [], "no backup was made of it");
    let error = scene.store.find(&other, first.id()).unwrap_err();
    assert!(matches!(error, StoreError::NotFound { .. }), "{error}");
}

#[tokio::test]
async fn another_run_reads_what_this_one_wrote() {
    let scene = Scene::new();
    let backup = scene.backup(b"content").await;
    let other = Store::new(scene.path(), holder());
    assert_eq!(other.latest(&app()).unwrap(), Some(backup));
}
