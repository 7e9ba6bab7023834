#![doc = include_str!("../README.md")]

mod archive;
mod container;
mod error;
mod facts;
mod postgresql;
mod redis;
mod restore_id;

pub use archive::{ArchiveDigest, ArchiveSource, DigestHandle, Dump, DumpStream, Manifest};
pub use error::DatabaseError;
pub use facts::{Difference, Facts};
pub use postgresql::{
    DatabaseSummary, ExistingDatabase, Observation, PostgreSql, PostgreSqlLogin, RestoreAction,
    RestoreState, ServerIdentity,
};
pub use redis::{Redis, RedisIdentity, RedisLogin};
pub use restore_id::RestoreId;
