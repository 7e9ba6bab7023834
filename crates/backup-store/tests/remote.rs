//! Copies on S3-compatible storage: an S3 server on loopback, with signatures checked.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use backup_retention::BackupKind;
use backup_store::{
    Backup, Damage, DatabaseName, Engine, Entry, Identities, Location, NewBackup, Origin,
    RemoteEntry, RemoteError, RemoteSettings, RemoteStore, Store, StoreError, locations,
};
use jiff::Timestamp;
use journal::Holder;
use s3s::{auth::SimpleAuth, service::S3ServiceBuilder};

const SECRET: &str = "hunter2-hunter2";

struct Scene {
    store: Store,
    endpoint: String,
    folder: tempfile::TempDir,
}

impl Scene {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("s3");
        fs::create_dir_all(root.join("backups")).unwrap();
        let store = Store::new(folder.path().join("store"), holder());
        Self { store, endpoint: serve(&root).await, folder }
    }

    /// Where the server keeps what is under the copy's key.
    fn object(&self, backup: &Backup, name: &str) -> PathBuf {
        let id = backup.id().to_string();
        self.folder.path().join("s3/backups/site/app").join(id).join(name)
    }

    fn settings(&self, bucket: &str, secret: &str) -> RemoteSettings {
        let pairs = [
            ("S3_ENDPOINT", &*self.endpoint),
            ("S3_BUCKET", bucket),
            ("S3_PREFIX", "site"),
            ("S3_ACCESS_KEY_ID", "ada"),
            ("S3_SECRET_ACCESS_KEY", secret),
        ];
        let value = |name: &str| pairs.iter().find(|(key, _)| *key == name).map(|(_, v)| *v);
        RemoteSettings::from_env(|name| value(name).map(str::to_owned)).unwrap().unwrap()
    }

    fn remote(&self) -> RemoteStore {
        RemoteStore::new(self.settings("backups", SECRET)).unwrap()
    }

    async fn backup(&self, bytes: usize) -> Backup {
        let engine = Engine { name: "postgresql".to_owned(), version: "15.14".to_owned() };
        let new = NewBackup::new(app(), BackupKind::Daily, engine, origin());
        let mut writer = self.store.create(new, now()).await.unwrap();
        writer.copy_from(&random(bytes)[..]).await.unwrap();
        writer.finish(BTreeMap::new()).await.unwrap()
    }

    async fn upload(&self, backup: &Backup) -> Result<Backup, StoreError> {
        self.remote().upload(&self.store, &app(), backup.id(), now()).await
    }
}

/// An S3 server that keeps its objects as files below `root`.
async fn serve(root: &Path) -> String {
    let mut builder = S3ServiceBuilder::new(s3s_fs::FileSystem::new(root).unwrap());
    builder.set_auth(SimpleAuth::from_single("ada", SECRET));
    let service = builder.build();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            let io = hyper_util::rt::TokioIo::new(socket);
            let http = hyper::server::conn::http1::Builder::new();
            tokio::spawn(http.serve_connection(io, service.clone()));
        }
    });
    endpoint
}

fn holder() -> Holder {
    Holder {
        operation: "backup-databases".to_owned(),
        user: "ada".to_owned(),
        host: "engine".to_owned(),
        process: std::process::id(),
        since: now(),
    }
}

fn now() -> Timestamp {
    "2026-11-29T20:15:30Z".parse().unwrap()
}

fn origin() -> Origin {
    Origin { docker_engine: "engine".to_owned(), project: "shop".to_owned() }
}

fn app() -> DatabaseName {
    "app".parse().unwrap()
}

/// Bytes that do not become fewer by compression.
fn random(bytes: usize) -> Vec<u8> {
    let mut content = vec![0; bytes];
    fastrand::Rng::with_seed(5).fill(&mut content);
    content
}

fn remote_error(error: StoreError) -> RemoteError {
    let StoreError::Remote(error) = error else { panic!("{error}") };
    error
}

fn flip(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(path, bytes).unwrap();
}

#[tokio::test]
async fn a_copy_is_read_back_recorded_and_the_local_file_stays() {
    let scene = Scene::new().await;
    // In one request, and in parts.
    for bytes in [10_000, 20 << 20] {
        let backup = scene.backup(bytes).await;
        let copied = scene.upload(&backup).await.unwrap();
        let copy = &copied.manifest.copies[0];
        assert_eq!(copy.key, format!("site/app/{}/content.zst", backup.id()));
        assert!(!format!("{copied:?}").contains(SECRET));
        assert_eq!(scene.store.find(&app(), backup.id()).unwrap(), copied);
        scene.store.verify_stored(&app(), backup.id()).await.unwrap();
        let remote = scene.remote().verify(&app(), backup.id()).await.unwrap();
        assert_eq!(remote, backup.manifest);
        // What is in place is compared, recorded once, and not sent again.
        let again = scene.upload(&backup).await.unwrap();
        assert_eq!(again.manifest.copies.len(), 1);
    }
    let remote = scene.remote().list(&app()).await.unwrap();
    let both = locations(&scene.store.list(&app()).unwrap(), &remote);
    assert_eq!(
        both.iter().map(|(_, location)| *location).collect::<Vec<_>>(),
        [Location::Both, Location::Both]
    );
}

/// Restores from remote storage could never work: a slash was stripped from the name.
#[tokio::test]
async fn a_copy_is_brought_back_into_a_store_that_lost_its_own() {
    let scene = Scene::new().await;
    let backup = scene.backup(9 << 20).await;
    let copied = scene.upload(&backup).await.unwrap();
    let exists = scene.remote().download(&scene.store, &app(), backup.id(), now()).await;
    assert!(matches!(exists, Err(StoreError::Exists { .. })));
    fs::remove_dir_all(scene.folder.path().join("store")).unwrap();
    fs::create_dir(scene.folder.path().join("store")).unwrap();
    let remote = scene.remote().list(&app()).await.unwrap();
    assert_eq!(locations(&[], &remote), [(backup.id(), Location::Remote)]);

    let brought = scene.remote().download(&scene.store, &app(), backup.id(), now()).await.unwrap();
    assert_eq!(brought, copied);
    let none = Identities::none();
    let reader = scene.store.open(&app(), backup.id(), &none).await.unwrap();
    let mut content = Vec::new();
    reader.copy_to(&mut content).await.unwrap();
    assert!(content == random(9 << 20));
}

#[tokio::test]
async fn credentials_that_are_refused_a_bucket_that_is_missing_and_silence_are_different_errors() {
    let scene = Scene::new().await;
    let backup = scene.backup(1000).await;
    let outcome = async |settings: RemoteSettings| {
        let remote = RemoteStore::new(settings).unwrap();
        let listed = remote.list(&app()).await.unwrap_err();
        let uploaded = remote.upload(&scene.store, &app(), backup.id(), now()).await;
        [listed, remote_error(uploaded.unwrap_err())]
    };
    for error in outcome(scene.settings("backups", "wrong-secret")).await {
        assert!(matches!(error, RemoteError::Refused { .. }), "{error:?}");
        assert!(!format!("{error} {error:?}").contains("wrong-secret"));
    }
    // This server makes a bucket for whoever writes into it, so only reading is refused.
    let other = RemoteStore::new(scene.settings("other", SECRET)).unwrap();
    let error = other.list(&app()).await.unwrap_err();
    assert!(matches!(error, RemoteError::NoBucket { .. }), "{error:?}");
    let mut nowhere = scene.settings("backups", SECRET);
    nowhere.endpoint = "http://127.0.0.1:1".parse().unwrap();
    for error in outcome(nowhere).await {
        assert!(matches!(error, RemoteError::Unreachable { .. }), "{error:?}");
    }
    assert!(scene.store.find(&app(), backup.id()).unwrap().manifest.copies.is_empty());
}

#[tokio::test]
async fn an_upload_that_was_interrupted_is_incomplete_and_is_sent_again() {
    let scene = Scene::new().await;
    let backup = scene.backup(10_000).await;
    let content = scene.object(&backup, "content.zst");
    fs::create_dir_all(content.parent().unwrap()).unwrap();
    fs::write(&content, b"half").unwrap();
    let entries = scene.remote().list(&app()).await.unwrap();
    assert!(matches!(entries[..], [RemoteEntry::Incomplete { .. }]), "{entries:?}");
    let error = scene.remote().verify(&app(), backup.id()).await.unwrap_err();
    assert!(matches!(error, RemoteError::NotFound { .. }), "{error}");
    scene.upload(&backup).await.unwrap();
    let entries = scene.remote().list(&app()).await.unwrap();
    assert!(matches!(entries[..], [RemoteEntry::Backup(_)]), "{entries:?}");

    // Content that is gone while the manifest stayed.
    fs::remove_file(&content).unwrap();
    let entries = scene.remote().list(&app()).await.unwrap();
    assert!(matches!(entries[..], [RemoteEntry::Incomplete { .. }]), "{entries:?}");
    scene.upload(&backup).await.unwrap();
    scene.remote().verify(&app(), backup.id()).await.unwrap();
}

#[tokio::test]
async fn a_copy_that_was_changed_is_found_is_not_downloaded_and_is_sent_again() {
    let scene = Scene::new().await;
    let backup = scene.backup(10_000).await;
    scene.upload(&backup).await.unwrap();
    flip(&scene.object(&backup, "content.zst"));
    let error = scene.remote().verify(&app(), backup.id()).await.unwrap_err();
    assert!(matches!(error, RemoteError::Damaged { damage: Damage::StoredHash, .. }), "{error}");
    let other = Store::new(scene.folder.path().join("other"), holder());
    let error = scene.remote().download(&other, &app(), backup.id(), now()).await.unwrap_err();
    assert!(matches!(remote_error(error), RemoteError::Damaged { .. }));
    assert_eq!(other.list(&app()).unwrap(), [], "nothing is left of it");
    scene.upload(&backup).await.unwrap();
    scene.remote().verify(&app(), backup.id()).await.unwrap();
}

#[tokio::test]
async fn a_local_file_that_was_changed_is_not_copied() {
    let scene = Scene::new().await;
    for bytes in [10_000, 20 << 20] {
        let backup = scene.backup(bytes).await;
        let local = scene.folder.path().join("store/app").join(backup.id().to_string());
        flip(&local.join("content.zst"));
        let error = scene.upload(&backup).await.unwrap_err();
        assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
    }
    let entries = scene.remote().list(&app()).await.unwrap();
    assert_eq!(entries, [], "not even in part");
}

#[tokio::test]
async fn another_backup_of_the_same_name_is_not_overwritten() {
    let scene = Scene::new().await;
    let backup = scene.backup(10_000).await;
    scene.upload(&backup).await.unwrap();
    scene.store.remove(&app(), backup.id()).unwrap();
    let other = scene.backup(20_000).await;
    assert_eq!(other.id(), backup.id());
    let error = remote_error(scene.upload(&other).await.unwrap_err());
    assert!(matches!(error, RemoteError::Differs { .. }), "{error}");
    let local: Vec<Entry> = scene.store.list(&app()).unwrap();
    let remote = scene.remote().list(&app()).await.unwrap();
    assert_eq!(locations(&local, &remote), [(other.id(), Location::Local)]);
}

#[tokio::test]
async fn a_manifest_of_another_database_is_unreadable_and_a_removed_copy_is_gone() {
    let scene = Scene::new().await;
    let backup = scene.backup(10_000).await;
    scene.upload(&backup).await.unwrap();
    let path = scene.object(&backup, "manifest.json");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("\"app\"", "\"users\"")).unwrap();
    let entries = scene.remote().list(&app()).await.unwrap();
    assert!(matches!(entries[..], [RemoteEntry::Unreadable { .. }]), "{entries:?}");
    let error = remote_error(scene.upload(&backup).await.unwrap_err());
    assert!(matches!(error, RemoteError::Unreadable { .. }), "{error}");
    scene.remote().remove(&app(), backup.id()).await.unwrap();
    scene.remote().remove(&app(), backup.id()).await.expect("is gone already");
    assert_eq!(scene.remote().list(&app()).await.unwrap(), []);
    assert!(scene.store.find(&app(), backup.id()).is_ok(), "the local one stays");
}
