use database::{CommandDatabase, DatabaseCommands, DatabaseError, InPlaceDatabase as _};

use crate::support::{Container, claimed, collect, source};

/// A "server" whose data is a file, with commands as a project would write them.
fn commands() -> DatabaseCommands {
    let shell = |script: &str| ["sh", "-c", script].map(str::to_owned).to_vec();
    DatabaseCommands {
        back_up: shell("cat /tmp/data && echo end"),
        verify: shell("cat >/tmp/checked && [ \"$(tail -n 1 /tmp/checked)\" = end ]"),
        restore: shell("sed '$d' >/tmp/data"),
    }
}

async fn database(container: &Container, commands: DatabaseCommands) -> CommandDatabase {
    CommandDatabase::in_container(&container.engine, &container.id, commands).await.unwrap()
}

async fn container() -> Container {
    Container::start("commands", &[]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_back_up_verify_and_restore() {
    let container = container().await;
    container.run(&["sh", "-c", "cat >/tmp/data"], "one\ntwo\n");
    let database = database(&container, commands()).await;
    let (archive, manifest) = collect(database.dump().await.unwrap()).await;
    assert_eq!(archive, b"one\ntwo\nend\n");
    database.verify_by_restore(source(&archive), &manifest).await.unwrap();
    container.run(&["sh", "-c", "cat >/tmp/data"], "lost");
    assert_eq!(database.restore(source(&archive), &manifest).await.unwrap(), None);
    assert_eq!(container.run(&["cat", "/tmp/data"], ""), "one\ntwo");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_command_never_passes_as_success() {
    let container = container().await;
    container.run(&["sh", "-c", "cat >/tmp/data"], "one\n");
    let fails = |script: &str| ["sh", "-c", script].map(str::to_owned).to_vec();
    let half = DatabaseCommands { back_up: fails("echo half; exit 3"), ..commands() };
    let dump = database(&container, half).await.dump().await.unwrap();
    let error = futures_util::TryStreamExt::try_collect::<Vec<_>>(dump.stream).await.unwrap_err();
    assert!(matches!(error, DatabaseError::ToolFailed { status: 3, .. }), "{error}");
    assert!(dump.digest.get().is_none());

    let good = database(&container, commands()).await;
    let (archive, manifest) = collect(good.dump().await.unwrap()).await;
    let error = good.verify_by_restore(source(b"cut"), &claimed(&manifest, b"cut")).await;
    assert!(matches!(error.unwrap_err(), DatabaseError::NotAnArchive { .. }));

    let broken = DatabaseCommands { restore: fails("cat >/dev/null; exit 1"), ..commands() };
    let broken = database(&container, broken).await;
    let error = broken.restore(source(&archive), &manifest).await.unwrap_err();
    assert!(matches!(error, DatabaseError::HalfReplaced { .. }), "{error}");

    let missing = DatabaseCommands { restore: vec!["no-such".to_owned()], ..commands() };
    let missing = database(&container, missing).await;
    let error = missing.restore(source(&archive), &manifest).await.unwrap_err();
    assert!(matches!(error, DatabaseError::ToolMissing { .. }), "nothing is changed: {error}");
}
