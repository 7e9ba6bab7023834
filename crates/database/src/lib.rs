#![doc = include_str!("../README.md")]

mod archive;
mod commands;
mod container;
mod error;
mod facts;
mod in_place;
mod mariadb;
mod postgresql;
mod redis;
mod restore_id;
mod sqlite;

pub use archive::{ArchiveDigest, ArchiveSource, DigestHandle, Dump, DumpStream, Manifest};
pub use commands::{CommandDatabase, DatabaseCommands};
pub use error::DatabaseError;
pub use facts::{Difference, Facts};
pub use in_place::InPlaceDatabase;
pub use mariadb::MariaDb;
pub use postgresql::{
    DatabaseSummary, ExistingDatabase, Observation, PostgreSql, PostgreSqlLogin, RestoreAction,
    RestoreState, ServerIdentity,
};
pub use redis::{Redis, RedisIdentity, RedisLogin};
pub use restore_id::RestoreId;
pub use sqlite::Sqlite;
