//! Compares a backup with the zstd program on the same stream: throughput as a ratio, and
//! peak memory.
//!
//! `cargo run --release -p tidegate-backup-store --example throughput [MEGABYTES] [FOLDER]`

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a measurement for developers")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use backup_retention::BackupKind;
use backup_store::{Backup, Engine, Identities, NewBackup, Origin, Recipients, Store};
use jiff::Timestamp;
use journal::Holder;

const ROUNDS: usize = 5;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let megabytes = arguments.next().map_or(512, |text| text.parse().unwrap());
    let folder = arguments.next().map_or_else(std::env::temp_dir, PathBuf::from);
    let folder = folder.join(format!("tidegate-throughput-{}", std::process::id()));
    fs::create_dir(&folder).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(measure(&folder, megabytes));
    fs::remove_dir_all(&folder).unwrap();
}

/// Rounds take turns, so that what else the machine does concerns all alike.
async fn measure(folder: &Path, megabytes: usize) {
    let dump = folder.join("dump");
    write_dump(&dump, megabytes);
    let key = age::x25519::Identity::generate().to_public().to_string();
    let (mut program, mut plain, mut encrypted) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        program.push(zstd(folder, &dump));
        plain.push(back_up(folder, &dump, Recipients::none()).await);
        encrypted.push(back_up(folder, &dump, Recipients::parse([&*key]).unwrap()).await);
    }
    let [program, plain, encrypted] = [program, plain, encrypted].map(median);
    let rate = |time: Duration| megabytes as f64 / time.as_secs_f64();
    let ratio = |time: Duration| program.as_secs_f64() / time.as_secs_f64();
    println!("stream of {megabytes} MiB, median of {ROUNDS}");
    println!("cat | zstd -3, fsync  {:6.0} MiB/s", rate(program));
    println!("backup                {:6.0} MiB/s  ratio {:.2}", rate(plain), ratio(plain));
    println!("backup, encrypted     {:6.0} MiB/s  ratio {:.2}", rate(encrypted), ratio(encrypted));
    println!("reading it back       {:6.0} MiB/s", rate(read_back(folder, &dump).await));
    println!("peak memory           {:6.1} MiB", peak_memory());
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// Rows as of a dump in plain text, which compress to about a third.
fn write_dump(path: &Path, megabytes: usize) {
    use std::io::Write as _;
    let mut file = std::io::BufWriter::new(fs::File::create(path).unwrap());
    let mut random = fastrand::Rng::with_seed(7);
    let mut bytes = 0;
    for row in 0.. {
        let line = format!(
            "{row}\tuser-{}@mail.example\t{:016x}\t2026-11-{:02} {:02}:{:02}\tactive\t{}\n",
            random.u32(..100_000),
            random.u64(..),
            random.u8(1..30),
            random.u8(..24),
            random.u8(..60),
            random.u16(..),
        );
        file.write_all(line.as_bytes()).unwrap();
        bytes += line.len();
        if bytes >= megabytes << 20 {
            break;
        }
    }
    file.flush().unwrap();
}

/// The program in a pipe, its file flushed to the disk as that of a backup is.
fn zstd(folder: &Path, dump: &Path) -> Duration {
    let target = folder.join("dump.zst");
    let begin = Instant::now();
    let mut cat = cat(dump);
    let mut zstd = std::process::Command::new("zstd");
    zstd.args(["-3", "-q", "-f", "-o"]).arg(&target).stdin(cat.stdout.take().unwrap());
    assert!(zstd.status().unwrap().success());
    fs::File::open(&target).unwrap().sync_all().unwrap();
    let time = begin.elapsed();
    cat.wait().unwrap();
    fs::remove_file(target).unwrap();
    time
}

fn cat(dump: &Path) -> std::process::Child {
    let mut cat = std::process::Command::new("cat");
    cat.arg(dump).stdout(Stdio::piped()).spawn().unwrap()
}

async fn back_up(folder: &Path, dump: &Path, recipients: Recipients) -> Duration {
    let begin = Instant::now();
    let (store, backup) = write_backup(folder, dump, recipients).await;
    let time = begin.elapsed();
    store.remove(&backup.manifest.database, backup.id()).unwrap();
    time
}

async fn write_backup(folder: &Path, dump: &Path, recipients: Recipients) -> (Store, Backup) {
    let store = Store::new(folder.join("store"), holder());
    let engine = Engine { name: "postgresql".to_owned(), version: "15".to_owned() };
    let origin = Origin { docker_engine: "engine".to_owned(), project: "shop".to_owned() };
    let new = NewBackup::new("app".parse().unwrap(), BackupKind::Daily, engine, origin);
    let mut writer = store.create(NewBackup { recipients, ..new }, Timestamp::now()).await.unwrap();
    let mut cat = tokio::process::Command::new("cat");
    let mut cat = cat.arg(dump).stdout(Stdio::piped()).spawn().unwrap();
    writer.copy_from(cat.stdout.take().unwrap()).await.unwrap();
    assert!(cat.wait().await.unwrap().success());
    let backup = writer.finish(BTreeMap::new()).await.unwrap();
    (store, backup)
}

async fn read_back(folder: &Path, dump: &Path) -> Duration {
    let (store, backup) = write_backup(folder, dump, Recipients::none()).await;
    let begin = Instant::now();
    let database = &backup.manifest.database;
    let read = store.open(database, backup.id(), &Identities::none()).await.unwrap();
    read.copy_to(&mut tokio::io::sink()).await.unwrap();
    begin.elapsed()
}

fn holder() -> Holder {
    Holder {
        operation: "throughput".to_owned(),
        user: "ada".to_owned(),
        host: "engine".to_owned(),
        process: std::process::id(),
        since: Timestamp::now(),
    }
}

/// The largest resident set that this process had.
fn peak_memory() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    peak.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0
}
