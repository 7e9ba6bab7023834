//! A server of its own in the same container, which loads an archive.

use std::collections::BTreeMap;

use super::client::{Info, Server, checked, interpret};
use crate::{
    archive::{ArchiveSource, Manifest},
    container::{Session, Tool},
    error::DatabaseError,
};

/// Printed when the archive is loaded.
const MARK: &str = "tidegate-loaded";

/// `$1` is the folder. `cat` reads the archive.
const WRITE: &str = r#"mkdir -m 700 "$1" || exit 1
exec >"$1/dump.rdb""#;

/// `$1` is the folder. Runs until the input is closed; what it leaves is removed in any case.
/// Every process is waited for, because the container's first process may not expect others.
const SERVE: &str = r#"unset REDISCLI_AUTH
folder=$1 port=$3
redis-server --port "$port" --bind 127.0.0.1 --protected-mode no --unixsocket "$folder/socket" \
    --dir "$folder" --dbfilename dump.rdb --save '' --appendonly no --daemonize no \
    --logfile "$folder/log" </dev/null >/dev/null 2>&1 &
server=$!
until [ "$(redis-cli -s "$folder/socket" PING 2>/dev/null)" = PONG ]; do
    if ! kill -0 "$server" 2>/dev/null; then
        wait "$server"
        cat "$folder/log" >&2
        rm -rf "$folder"
        exit 1
    fi
    sleep 0.1
done
echo tidegate-loaded
while IFS= read -r line; do :; done
kill "$server"
wait "$server"
rm -rf "$folder"
exit 0"#;

/// It ends when this is dropped.
pub(super) struct Scratch {
    folder: String,
    pub(super) port: u16,
    _session: Session,
}

impl Scratch {
    /// # Errors
    /// `NotAnArchive` when it cannot be loaded.
    pub(super) async fn load(
        server: &Server,
        doing: &str,
        archive: ArchiveSource,
        manifest: &Manifest,
    ) -> Result<Self, DatabaseError> {
        let folder = format!("/tmp/tidegate-{:016x}", fastrand::u64(..));
        let written = write(server, doing, &folder, archive, manifest).await;
        if let Err(error) = written {
            remove(server, doing, &folder).await?;
            return Err(error);
        }
        let port = fastrand::u16(20_000..60_000);
        let mut session = Session::start(&server.container, serve(doing, &folder, port)).await?;
        session.ask("", MARK).await.map_err(|error| match error {
            DatabaseError::ToolFailed { doing, output, .. } if blames_archive(&output) => {
                DatabaseError::NotAnArchive { doing, reason: output }
            }
            DatabaseError::ToolFailed { doing, output, .. } if output.contains(NEWER) => {
                DatabaseError::ArchiveTooNew { doing, output }
            }
            error => error,
        })?;
        Ok(Self { folder, port, _session: session })
    }

    pub(super) async fn keys(
        &self,
        server: &Server,
        doing: &str,
    ) -> Result<BTreeMap<String, u64>, DatabaseError> {
        let socket = format!("{}/socket", self.folder);
        let arguments = ["redis-cli", "--raw", "-s", &socket, "INFO", "keyspace"];
        let tool = plain(doing, "unset REDISCLI_AUTH", "", &arguments);
        let answer = checked(doing, server.container.run(&tool, "").await?)?;
        Info::parse(doing, &answer).keys()
    }
}

/// What the server's log says of a file of a newer server (`rdb.c`).
const NEWER: &str = "handle RDB format version";

/// Whether the log of a server that did not start says that the file is not good (`rdb.c`). It may
/// have failed for want of memory, or because its port was taken.
fn blames_archive(log: &str) -> bool {
    let faults = [
        "Wrong signature",
        "Wrong RDB checksum",
        "Short read",
        "Unexpected EOF",
        "Internal error in RDB",
        "Unknown RDB",
        "Bad file format",
    ];
    faults.iter().any(|fault| log.contains(fault))
}

async fn write(
    server: &Server,
    doing: &str,
    folder: &str,
    archive: ArchiveSource,
    manifest: &Manifest,
) -> Result<(), DatabaseError> {
    manifest.require_content(doing)?;
    let tool = plain(doing, WRITE, folder, &["cat"]);
    server.container.feed(&tool, archive).await?.check(doing, manifest)
}

fn serve(doing: &str, folder: &str, port: u16) -> Tool {
    plain(doing, SERVE, folder, &[&port.to_string()])
}

async fn remove(server: &Server, doing: &str, folder: &str) -> Result<(), DatabaseError> {
    let tool = plain(doing, "", "", &["rm", "-rf", folder]);
    server.container.run(&tool, "").await.map(drop)
}

/// A tool without a login.
fn plain(doing: &str, prelude: &'static str, subject: &str, arguments: &[&str]) -> Tool {
    Tool { prelude, subject: subject.to_owned(), ..Tool::new(doing, arguments, interpret) }
}
