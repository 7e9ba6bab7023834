use std::{collections::BTreeMap, io, os::unix::fs::PermissionsExt as _, pin::Pin, task};

use backup_retention::BackupKind;
use backup_store::{Entry, NewBackup, Store, StoreError};
use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt as _, ReadBuf};

use crate::scene::{Scene, app, daily, dump, encrypted, holder, key_pair, now};

#[tokio::test]
async fn a_backup_is_listed_with_sizes_and_hashes_and_only_its_owner_reads_it() {
    let scene = Scene::new();
    let content = dump(1 << 20);
    let mut writer = scene.writer().await;
    writer.copy_from(&content[..]).await.unwrap();
    let rows = BTreeMap::from([("rows".to_owned(), serde_json::json!({"users": 3}))]);
    let backup = writer.finish(rows).await.unwrap();

    assert_eq!(backup.id().to_string(), "daily-2026-11-29-201530");
    assert_eq!(backup.manifest.content.bytes, 1 << 20);
    assert!(backup.manifest.stored.bytes < 1 << 19, "it is compressed");
    assert_eq!(backup.manifest.facts["rows"]["users"], 3);
    assert!(!backup.manifest.is_verified());
    assert_eq!(scene.entries(), [Entry::Backup(Box::new(backup.clone()))]);
    assert_eq!(scene.store.latest(&app()).unwrap(), Some(backup.clone()));
    assert_eq!(scene.store.databases().unwrap(), [app()]);

    let folder = scene.backup_path(&backup);
    let modes = [&scene.path(), &scene.database_path(), &folder, &folder.join("content.zst")]
        .map(|path| path.metadata().unwrap().permissions().mode() & 0o777);
    assert_eq!(modes, [0o700, 0o700, 0o700, 0o600]);
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["content.zst", "manifest.json"]);
}

/// The file is what standard tools read, without this program.
#[tokio::test]
async fn the_content_is_a_file_that_the_zstd_program_reads() {
    let scene = Scene::new();
    let content = dump(300_000);
    let backup = scene.backup(&content).await;
    let file = scene.backup_path(&backup).join("content.zst");
    let output = std::process::Command::new("zstd").arg("-dc").arg(file).output().unwrap();
    assert!(output.status.success());
    assert_eq!(output.stdout, content);
}

/// Skyfay/DBackup #154: a failed dump was stored as a success of 0 bytes.
#[tokio::test]
async fn zero_bytes_are_never_a_backup() {
    let scene = Scene::new();
    let mut writer = scene.writer().await;
    assert_eq!(writer.copy_from(tokio::io::empty()).await.unwrap(), 0);
    let error = writer.finish(BTreeMap::new()).await.unwrap_err();
    assert!(matches!(error, StoreError::Empty { .. }), "{error}");
    let encrypted = scene.store.create(encrypted(&key_pair().0), now()).await.unwrap();
    let error = encrypted.finish(BTreeMap::new()).await.unwrap_err();
    assert!(matches!(error, StoreError::Empty { .. }), "{error}");
    assert_eq!(scene.entries(), []);
}

#[tokio::test]
async fn a_writer_that_is_dropped_leaves_nothing() {
    let scene = Scene::new();
    let mut writer = scene.writer().await;
    writer.write(dump(1 << 20)).await.unwrap();
    assert!(matches!(scene.entries()[..], [Entry::Incomplete { .. }]), "it is being written");
    assert_eq!(scene.store.latest(&app()).unwrap(), None);
    drop(writer);
    assert_eq!(scene.entries(), []);
}

/// Gives some bytes, then fails, as a dump does whose server goes away.
struct BreaksOff(usize);

impl AsyncRead for BreaksOff {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut task::Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> task::Poll<io::Result<()>> {
        if self.0 == 0 {
            return task::Poll::Ready(Err(io::Error::other("server closed the connection")));
        }
        self.0 -= 1;
        buffer.put_slice(&[b'x'; 1000][..buffer.remaining().min(1000)]);
        task::Poll::Ready(Ok(()))
    }
}

#[tokio::test]
async fn a_stream_that_breaks_off_leaves_nothing() {
    let scene = Scene::new();
    let mut writer = scene.writer().await;
    let error = writer.copy_from(BreaksOff(1000)).await.unwrap_err();
    assert!(matches!(error, StoreError::Source { .. }), "{error}");
    drop(writer);
    assert_eq!(scene.entries(), []);
}

#[tokio::test]
async fn backups_of_one_second_get_different_identifiers_also_at_the_same_time() {
    let scene = Scene::new();
    let hourly = NewBackup { kind: BackupKind::Hourly, ..daily() };
    let mut writers = Vec::new();
    for new in [daily(), daily(), hourly] {
        let mut writer = scene.store.create(new, now()).await.unwrap();
        writer.write(Bytes::from_static(b"x")).await.unwrap();
        writers.push(writer);
    }
    for writer in writers {
        writer.finish(BTreeMap::new()).await.unwrap();
    }
    scene.backup(b"y").await;
    let ids: Vec<String> =
        scene.entries().iter().map(|entry| entry.id().unwrap().to_string()).collect();
    assert_eq!(
        ids,
        [
            "daily-2026-11-29-201533",
            "hourly-2026-11-29-201532",
            "daily-2026-11-29-201531",
            "daily-2026-11-29-201530"
        ]
    );
}

#[tokio::test]
async fn many_backups_that_are_written_at_the_same_time_are_all_listed() {
    let scene = Scene::new();
    let content = dump(100_000);
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let (store, content) = (scene.store.clone(), content.clone());
            tokio::spawn(async move {
                let mut writer = store.create(daily(), now()).await.unwrap();
                writer.copy_from(&content[..]).await.unwrap();
                writer.finish(BTreeMap::new()).await.unwrap().id()
            })
        })
        .collect();
    let mut ids = Vec::new();
    for task in tasks {
        ids.push(task.await.unwrap());
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 8);
    assert_eq!(scene.entries().iter().filter_map(Entry::backup).count(), 8);
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_an_error_of_its_own() {
    // Root may write everywhere but in a file system of the kernel's.
    let store = Store::new("/proc/tidegate-backups", holder());
    let error = store.create(daily(), now()).await.unwrap_err();
    assert!(matches!(error, StoreError::Denied { .. } | StoreError::Io { .. }), "{error:?}");
    let folder = tempfile::tempdir().unwrap();
    let missing = Store::new(folder.path().join("not-mounted/backups"), holder());
    assert!(matches!(missing.create(daily(), now()).await, Err(StoreError::Io { .. })));
    assert!(missing.list(&app()).is_err(), "a disk that is not mounted has no empty list");
}

/// Where the machine permits no file system of its own, nothing is tried.
#[tokio::test]
async fn a_disk_that_is_full_leaves_nothing_that_is_listed() {
    let Some(disk) = SmallDisk::mount() else { return };
    let store = Store::new(disk.path().join("backups"), holder());
    let mut random = vec![0; 4 << 20];
    fastrand::Rng::with_seed(1).fill(&mut random);
    let mut writer = store.create(daily(), now()).await.unwrap();
    let copied = writer.copy_from((&random[..]).chain(&random[..])).await;
    let error = match copied {
        Err(error) => {
            drop(writer);
            error
        }
        Ok(_) => writer.finish(BTreeMap::new()).await.unwrap_err(),
    };
    assert!(matches!(error, StoreError::DiskFull { .. }), "{error:?}");
    assert_eq!(store.list(&app()).unwrap(), []);
    assert_eq!(store.latest(&app()).unwrap(), None);
    assert!(store.create(daily(), now()).await.is_ok(), "the space is free again");
}

/// A file system of 2 MiB; `None` where the machine does not permit one.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mut mount = std::process::Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=2m", "tidegate-test"]).arg(folder.path());
        let mounted = mount.output().is_ok_and(|output| output.status.success());
        mounted.then_some(Self(folder))
    }

    fn path(&self) -> &std::path::Path {
        self.0.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg("-l").arg(self.0.path()).output();
    }
}
