use git::CommitId;
use serde::{Deserialize, Serialize};

/// Evidence of the release commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CommitEvidence {
    pub(crate) commit: CommitId,
    /// Its short name, for tags.
    pub(crate) short: String,
    /// The commit that the release is made from.
    pub(crate) base: CommitId,
}
