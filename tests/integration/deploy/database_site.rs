use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    run::{Ended, Run},
    site::{CONFIGURATION, Site},
};
use crate::harness::DebianImage;

/// A site with PostgreSQL as `db` and Redis as `cache`.
pub(super) struct DatabaseSite {
    pub(super) site: Site,
    _images: Vec<Arc<DebianImage>>,
}

/// What the servers ask for; no program may show it.
pub(super) const PASSWORD: &str = "hush-4711";

impl DatabaseSite {
    /// With 100 orders in `db` and one key in `cache`; `configuration` follows that of
    /// deployments and of the folder of backups.
    pub(super) fn started(configuration: &str) -> Self {
        let site = Site::new();
        let images: Vec<_> = ["postgresql", "redis"].map(DebianImage::of).into();
        site.services(&format!(
            "  api: {{image: 'REG/demo/api:${{TAG}}'}}\n  db:\n    image: {}\n    environment:\n      \
             POSTGRES_USER: shop\n      POSTGRES_DB: shop\n      POSTGRES_PASSWORD: {PASSWORD}\n    \
             command: [postgres, -c, fsync=off]\n  cache:\n    image: {}\n    command: [redis-server, \
             --protected-mode, 'no', --appendonly, 'yes']\n",
            images[0].reference(),
            images[1].reference()
        ));
        site.configure(&format!("{CONFIGURATION}\n[backups]\ndirectory = 'kept'\n{configuration}"));
        site.compose(&["up", "--detach"]);
        let started = Self { site, _images: images };
        started.wait();
        started.sql("CREATE TABLE orders AS SELECT generate_series(1, 100) AS id");
        started.redis(&["SET", "greeting", "hello"]);
        started
    }

    fn wait(&self) {
        let deadline = Instant::now() + Duration::from_secs(60);
        let is_ready = || {
            let mut command = self.site.command("docker-compose");
            let command = command.args(["exec", "-T", "db", "psql", "-U", "shop", "-c", ""]);
            command.output().is_ok_and(|output| output.status.success())
        };
        while !is_ready() {
            assert!(Instant::now() < deadline, "the server does not start");
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// The answer of PostgreSQL.
    #[track_caller]
    pub(super) fn sql(&self, statement: &str) -> String {
        let psql = ["exec", "-T", "db", "psql", "-XqAt", "-U", "shop", "-c", statement];
        self.site.compose(&psql)
    }

    #[track_caller]
    pub(super) fn orders(&self) -> String {
        self.sql("SELECT count(*) FROM orders")
    }

    #[track_caller]
    pub(super) fn redis(&self, command: &[&str]) -> String {
        let client = ["exec", "-T", "cache", "redis-cli", "--raw"];
        self.site.compose(&[&client[..], command].concat())
    }

    pub(super) fn back_up(&self, arguments: &[&str]) -> Run {
        self.site.program("backup-databases", arguments)
    }

    pub(super) fn restore(&self, arguments: &[&str]) -> Run {
        self.site.program("restore-database", arguments).arg("--yes")
    }

    /// The identifier of a backup of one database that succeeds.
    #[track_caller]
    pub(super) fn backed_up(&self, arguments: &[&str]) -> String {
        let Ended { stdout, .. } = self.back_up(arguments).exits(0);
        stdout.trim().to_owned()
    }

    /// Changes one byte in the middle of the content of a backup.
    #[track_caller]
    pub(super) fn damage(&self, database: &str, id: &str) {
        let path = self.site.project().join(format!("kept/{database}/{id}/content.zst"));
        let mut content = std::fs::read(&path).unwrap();
        let middle = content.len() / 2;
        content[middle] ^= 1;
        std::fs::write(path, content).unwrap();
    }
}

impl Drop for DatabaseSite {
    fn drop(&mut self) {
        let mut command = self.site.command("docker-compose");
        let _ = command.args(["down", "--volumes", "--timeout", "0"]).output();
    }
}
