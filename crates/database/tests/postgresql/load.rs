//! Backup, damage and restore under load. `TIDEGATE_DATABASE_ROWS` is the number of rows; the
//! outage is printed.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use database::RestoreId;

use crate::support::{SCHEMA, Server, collect, fill, source};

/// A client that asks as often as it can, and connects again whenever it is disconnected.
struct Prober {
    stop: Arc<AtomicBool>,
    longest_gap_us: Arc<AtomicU64>,
    failures: Arc<AtomicU64>,
    task: tokio::task::JoinHandle<()>,
}

impl Prober {
    fn start(server: &Arc<Server>, statement: &'static str) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (longest_gap_us, failures) = (Arc::<AtomicU64>::default(), Arc::<AtomicU64>::default());
        let shared = (server.clone(), stop.clone(), longest_gap_us.clone(), failures.clone());
        let task = tokio::spawn(async move {
            let (server, stop, longest, failures) = shared;
            let (mut client, mut last) = (server.client("app").await.ok(), Instant::now());
            while !stop.load(Ordering::Relaxed) {
                let answered = match &client {
                    Some(client) => client.simple_query(statement).await.is_ok(),
                    None => false,
                };
                if answered {
                    let gap = u64::try_from(last.elapsed().as_micros()).unwrap();
                    longest.fetch_max(gap, Ordering::Relaxed);
                    last = Instant::now();
                } else {
                    failures.fetch_add(1, Ordering::Relaxed);
                    client = server.client("app").await.ok();
                }
            }
        });
        Self { stop, longest_gap_us, failures, task }
    }

    fn reset(&self) {
        self.longest_gap_us.store(0, Ordering::Relaxed);
    }

    fn longest_gap(&self) -> Duration {
        Duration::from_micros(self.longest_gap_us.load(Ordering::Relaxed))
    }

    fn failures(&self) -> u64 {
        self.failures.load(Ordering::Relaxed)
    }

    async fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        self.task.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_is_restored_row_by_row_while_clients_read_and_write() {
    let rows: u32 =
        std::env::var("TIDEGATE_DATABASE_ROWS").map_or(100_000, |text| text.parse().unwrap());
    let server = Arc::new(Server::start().await);
    server.sql("app", SCHEMA);
    server.sql("app", &fill(rows));
    let content = format!(
        "SELECT count(*) || md5(string_agg(md5(u::text), '' ORDER BY id)) FROM users u WHERE id <= {rows}"
    );
    let expected = server.sql("app", &content);
    let writer =
        Prober::start(&server, "INSERT INTO users (mail) VALUES (gen_random_uuid()::text)");
    let reader = Prober::start(&server, "SELECT 1 FROM users WHERE id = 1");
    let postgresql = server.postgresql().await;

    let started = Instant::now();
    let (archive, manifest) = collect(postgresql.dump("app").await.unwrap()).await;
    println!("dump of {} bytes: {:?}", archive.len(), started.elapsed());
    assert!(manifest.facts.rows["public.users"] >= u64::from(rows));
    server.sql(
        "app",
        "DELETE FROM users WHERE id % 2 = 0; UPDATE users SET data = NULL WHERE id % 3 = 0",
    );
    assert_ne!(server.sql("app", &content), expected);

    let (id, started) = (RestoreId::random(), Instant::now());
    postgresql.restore_beside(source(&archive), &manifest, &id).await.unwrap();
    println!("restore beside: {:?}", started.elapsed());
    assert_eq!((writer.failures(), reader.failures()), (0, 0), "nobody notices a restore");
    for action in ["swap", "undo", "swap"] {
        reader.reset();
        match action {
            "swap" => postgresql.swap("app", &id).await.unwrap(),
            _ => postgresql.undo("app", &id).await.unwrap(),
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
        println!("{action}: a client without an answer for {:?}", reader.longest_gap());
    }
    assert_eq!(server.sql("app", &content), expected);
    writer.stop().await;
    reader.stop().await;
    let since = postgresql.facts("app").await.unwrap().rows["public.users"];
    assert!(since > manifest.facts.rows["public.users"], "clients write into the restored one");
}
