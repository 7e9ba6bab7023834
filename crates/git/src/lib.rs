#![doc = include_str!("../README.md")]

mod branch;
mod clone;
mod commit;
mod error;
mod history;
mod object_id;
mod probe;
mod program;
mod push;
mod push_report;
mod redact;
mod refs;
mod remote;
mod repository;
mod status;
mod tags;
mod worktree;

pub use clone::LocalClone;
pub use error::GitError;
pub use history::Commit;
pub use object_id::{CommitId, TagId};
pub use probe::Probe;
pub use program::Git;
pub use push::{PushOutcome, PushRef};
pub use refs::{RemoteRefs, RemoteTag};
pub use remote::RemoteUrl;
pub use repository::Repository;
pub use status::{Change, Head, Status, Upstream};
pub use tags::{Tag, TagKind};
