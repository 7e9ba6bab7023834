//! Restores beside the database that serves.

use database::{DatabaseError, RestoreId, RestoreState};

use crate::support::{CONTENT, SCHEMA, Server, collect, fill, source};

#[tokio::test(flavor = "multi_thread")]
async fn what_belongs_to_the_database_itself_is_kept() {
    let server = Server::start().await;
    server.sql("postgres", "CREATE ROLE owner; CREATE ROLE reader");
    server.sql(
        "postgres",
        "CREATE DATABASE \"my app\" OWNER owner TEMPLATE template0 \
         ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' CONNECTION LIMIT 77",
    );
    for statement in [
        "ALTER DATABASE \"my app\" SET search_path = \"$user\", public, \"odd, one\"",
        "ALTER DATABASE \"my app\" SET default_transaction_read_only = off",
        "ALTER DATABASE \"my app\" SET my.setting = 'it''s \\ one'",
        "ALTER ROLE reader IN DATABASE \"my app\" SET work_mem = '7MB'",
        "REVOKE ALL ON DATABASE \"my app\" FROM PUBLIC",
        "GRANT CONNECT ON DATABASE \"my app\" TO reader WITH GRANT OPTION",
        "COMMENT ON DATABASE \"my app\" IS 'ours'",
    ] {
        server.sql("postgres", statement);
    }
    server.sql(
        "my app",
        "CREATE TABLE t (x text); INSERT INTO t VALUES ('é'); ALTER TABLE t OWNER TO owner",
    );
    let state = "SELECT datdba::regrole, pg_encoding_to_char(encoding), datconnlimit, datacl, datallowconn, \
                 shobj_description(oid, 'pg_database'), (SELECT array_agg(setrole::regrole || \
                 array_to_string(setconfig, ',') ORDER BY setrole) FROM pg_db_role_setting WHERE setdatabase = d.oid) \
                 FROM pg_database d WHERE datname = 'my app'";
    let before = server.sql("postgres", state);
    let postgresql = server.postgresql().await;
    let (archive, manifest) = collect(postgresql.dump("my app").await.unwrap()).await;
    let id = RestoreId::random();
    postgresql.restore_beside(source(&archive), &manifest, &id).await.unwrap();
    postgresql.swap("my app", &id).await.unwrap();
    assert_eq!(server.sql("postgres", state), before);
    assert_eq!(
        server.sql("my app", "SELECT x || tableowner FROM t, pg_tables WHERE tablename = 't'"),
        "éowner"
    );
    postgresql.drop_kept("my app", &id).await.unwrap();
    assert_eq!(server.databases(), "app my app postgres template0 template1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_was_lost_is_restored_from_its_manifest() {
    let server = Server::start().await;
    server.sql("app", SCHEMA);
    server.sql("app", &fill(100));
    server.sql("app", "ALTER DATABASE app SET work_mem = '9MB'");
    let content = server.sql("app", CONTENT);
    let postgresql = server.postgresql().await;
    let (archive, manifest) = collect(postgresql.dump("app").await.unwrap()).await;
    server.sql("postgres", "DROP DATABASE app");
    let id = RestoreId::random();
    assert_eq!(postgresql.observe("app", &id).await.unwrap().state(), RestoreState::Missing);
    postgresql.restore_beside(source(&archive), &manifest, &id).await.unwrap();
    let state = postgresql.observe("app", &id).await.unwrap().state();
    assert_eq!(state, RestoreState::MissingAndRestored);
    postgresql.swap("app", &id).await.unwrap();
    assert_eq!(server.sql("app", CONTENT), content);
    assert_eq!(server.sql("app", "SHOW work_mem"), "9MB");
    assert_eq!(postgresql.observe("app", &id).await.unwrap().state(), RestoreState::Idle);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_archive_is_an_error_of_its_kind_and_changes_nothing() {
    let server = Server::start().await;
    server.sql("app", SCHEMA);
    server.sql("app", &fill(20_000));
    server.sql("postgres", "CREATE DATABASE other");
    let content = server.sql("app", CONTENT);
    let postgresql = server.postgresql().await;
    let (archive, manifest) = collect(postgresql.dump("app").await.unwrap()).await;
    let (other, _) = collect(postgresql.dump("other").await.unwrap()).await;
    let id = RestoreId::random();

    let mut flipped = archive.clone();
    let position = flipped.windows(5).rposition(|part| part == b"user7").unwrap();
    flipped[position + 4] ^= 1;
    let random: Vec<u8> = (0..5000).map(|_| fastrand::u8(..)).collect();
    type Check = fn(&DatabaseError) -> bool;
    let cases: [(&str, &[u8], Check); 7] = [
        ("empty", &[], |error| matches!(error, DatabaseError::ArchiveEmpty { .. })),
        ("random", &random, |error| matches!(error, DatabaseError::NotAnArchive { .. })),
        ("header", &archive[..30], |error| matches!(error, DatabaseError::ArchiveTruncated { .. })),
        ("half", &archive[..archive.len() / 2], |error| {
            matches!(error, DatabaseError::ArchiveTruncated { .. })
        }),
        ("end", &archive[..archive.len() - 1], |error| {
            matches!(
                error,
                DatabaseError::ArchiveTruncated { .. } | DatabaseError::ArchiveDamaged { .. }
            )
        }),
        ("flipped", &flipped, |error| matches!(error, DatabaseError::ArchiveDamaged { .. })),
        ("other", &other, |error| matches!(error, DatabaseError::OtherDatabase { .. })),
    ];
    for (name, bytes, is_expected) in cases {
        let read = postgresql.verify_by_reading(source(bytes), &manifest).await.unwrap_err();
        assert!(is_expected(&read), "{name}: {read}");
        let restored = postgresql.verify_by_restore(source(bytes), &manifest).await.unwrap_err();
        assert!(is_expected(&restored), "{name}: {restored}");
        let beside = postgresql.restore_beside(source(bytes), &manifest, &id).await.unwrap_err();
        assert!(is_expected(&beside), "{name}: {beside}");
        assert!(postgresql.swap("app", &id).await.is_err(), "{name}");
    }
    assert_eq!(server.databases(), "app other postgres template0 template1");
    assert_eq!(server.sql("app", CONTENT), content);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_whose_content_is_not_what_the_manifest_counts_is_refused() {
    let server = Server::start().await;
    server.sql("app", "CREATE TABLE t (x int); INSERT INTO t VALUES (1), (2)");
    let postgresql = server.postgresql().await;
    let (archive, mut manifest) = collect(postgresql.dump("app").await.unwrap()).await;
    manifest.facts.rows.insert("public.t".to_owned(), 3);
    let error = postgresql.verify_by_restore(source(&archive), &manifest).await.unwrap_err();
    assert!(error.to_string().ends_with("rows of public.t: 2, not 3"), "{error}");
    assert_eq!(server.databases(), "app postgres template0 template1");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_of_a_statement_is_never_a_success() {
    let server = Server::start().await;
    server.sql("app", "CREATE ROLE gone; CREATE TABLE t (x int); ALTER TABLE t OWNER TO gone");
    let postgresql = server.postgresql().await;
    let (archive, manifest) = collect(postgresql.dump("app").await.unwrap()).await;
    server.sql("app", "ALTER TABLE t OWNER TO admin; DROP ROLE gone");
    let error = postgresql.restore_beside(source(&archive), &manifest, &RestoreId::random()).await;
    let error = error.unwrap_err();
    assert!(error.to_string().contains("role \"gone\" does not exist"), "{error}");
    assert_eq!(server.databases(), "app postgres template0 template1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_breaks_off_is_never_taken_for_the_end() {
    use futures_util::StreamExt as _;
    let server = Server::start().await;
    server.sql("app", SCHEMA);
    let postgresql = server.postgresql().await;
    let (archive, manifest) = collect(postgresql.dump("app").await.unwrap()).await;
    // Even when every byte has arrived.
    let broken = || {
        let error = std::io::Error::other("the last block does not decrypt");
        source(&archive).chain(futures_util::stream::iter([Err(error)])).boxed()
    };
    let error =
        postgresql.restore_beside(broken(), &manifest, &RestoreId::random()).await.unwrap_err();
    assert!(matches!(error, DatabaseError::Source { .. }), "{error}");
    let error = postgresql.verify_by_reading(broken(), &manifest).await.unwrap_err();
    assert!(matches!(error, DatabaseError::Source { .. }), "{error}");
    assert_eq!(server.databases(), "app postgres template0 template1");
}
