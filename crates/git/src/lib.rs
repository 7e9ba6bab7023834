#![doc = include_str!("../README.md")]

mod branch;
mod clone;
mod commit;
mod error;
mod history;
mod local_settings;
mod message_file;
mod object_id;
mod private_checkout;
mod program;
mod push;
mod redact;
mod ref_name;
mod remote;
mod remote_refs;
mod repository;
mod runner;
mod status;
mod tags;
mod worktrees;

pub use clone::LocalClone;
pub use error::GitError;
pub use history::Commit;
pub use object_id::{CommitId, ObjectIdError, TagId};
pub use private_checkout::{private_checkout, remove_private_checkout};
pub use program::Git;
pub use push::{PushOutcome, PushRef};
pub use remote::{Remote, RemoteBranchProbe, RemoteUrl};
pub use remote_refs::{RemoteRefs, RemoteTag, RemoteTagProbe};
pub use repository::Repository;
pub use status::{Change, Head, Status, Upstream};
pub use tags::{LocalTagProbe, Tag, TagKind, Tags};
