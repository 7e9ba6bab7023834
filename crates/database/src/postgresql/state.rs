//! Which databases of a restore exist, and what may be done next. Deciding is pure.

use std::fmt;

use serde::Serialize;

/// A database of a restore that exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ExistingDatabase {
    /// Whether it accepts connections.
    pub is_open: bool,
    /// Whether its content was compared with the manifest after it was restored.
    pub is_compared: bool,
    /// Bytes on the server's disk.
    pub bytes: u64,
}

/// Which databases of a restore exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Observation {
    /// `NAME`, which applications use.
    pub current: Option<ExistingDatabase>,
    /// `NAME_tidegate_ID`, the restored one before the swap and after its undo.
    pub beside: Option<ExistingDatabase>,
    /// `NAME_before_ID`, the old one after the swap.
    pub before: Option<ExistingDatabase>,
}

/// How far a restore is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RestoreState {
    /// Only the current database exists: nothing was restored, or everything is done.
    Idle,
    /// A restored database exists that was not compared: the restore was interrupted.
    Unfinished,
    /// The restored database is complete; the current one serves.
    Ready,
    /// The current database accepts no connections, although the restore left it open.
    Closed,
    /// The restored database serves; the old one is kept.
    Swapped,
    /// The restored database has the name and accepts no connections, although the swap left it
    /// open.
    SwappedClosed,
    /// There is no current database, and a restored one that is complete.
    MissingAndRestored,
    /// There is no current database, and the old one is kept.
    MissingAndKept,
    /// Neither a current database nor one to replace it exists.
    Missing,
    /// The old, the current and another restored database exist.
    Conflict,
}

/// What can be done with a restore.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RestoreAction {
    /// Restore a backup beside the current database.
    Restore,
    /// Give the restored database the name.
    Swap,
    /// Give the old database its name back.
    Undo,
    /// Let the current database accept connections again.
    Reopen,
    /// Remove the old database.
    DropKept,
    /// Remove the restored database.
    Discard,
}

impl Observation {
    /// How far the restore is.
    #[must_use]
    pub fn state(&self) -> RestoreState {
        use RestoreState as S;
        let compared = self.beside.is_some_and(|beside| beside.is_compared);
        match (self.current, self.beside, self.before) {
            (Some(_), Some(_), Some(_)) => S::Conflict,
            (Some(current), None, Some(_)) if current.is_open => S::Swapped,
            (Some(_), None, Some(_)) => S::SwappedClosed,
            (Some(current), _, None) if !current.is_open => S::Closed,
            (Some(_), None, None) => S::Idle,
            (Some(_), Some(_), None) if compared => S::Ready,
            (Some(_), Some(_), None) => S::Unfinished,
            (None, _, Some(_)) => S::MissingAndKept,
            (None, Some(_), None) if compared => S::MissingAndRestored,
            (None, _, None) => S::Missing,
        }
    }

    /// What may be done. Nothing in it can lose data that no other database has, except
    /// dropping the old database after the swap, which must be requested.
    #[must_use]
    pub fn allowed(&self) -> Vec<RestoreAction> {
        use RestoreAction as A;
        let compared = self.beside.is_some_and(|beside| beside.is_compared);
        let mut allowed = match self.state() {
            RestoreState::Idle => vec![A::Restore],
            RestoreState::Unfinished => vec![A::Discard],
            RestoreState::Ready => vec![A::Swap, A::Discard],
            RestoreState::Closed => vec![A::Reopen],
            RestoreState::Swapped => vec![A::Undo, A::DropKept],
            RestoreState::SwappedClosed => vec![A::Undo, A::Reopen],
            RestoreState::MissingAndRestored => vec![A::Swap],
            RestoreState::MissingAndKept => vec![A::Undo],
            RestoreState::Missing if self.beside.is_some() => vec![A::Discard],
            RestoreState::Missing => vec![A::Restore],
            RestoreState::Conflict => vec![],
        };
        let replaceable = [RestoreState::Closed, RestoreState::MissingAndKept];
        if replaceable.contains(&self.state()) && compared {
            allowed.push(A::Swap);
        }
        allowed
    }
}

impl fmt::Display for RestoreState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Idle => "the database serves, and there is no other of this restore",
            Self::Unfinished => {
                "a restore was interrupted: the database serves, and an incomplete copy must be \
                 discarded"
            }
            Self::Ready => "a complete restored database waits beside the one that serves",
            Self::Closed => {
                "the database was closed and accepts no connections: reopen it, or swap"
            }
            Self::Swapped => "the restored database serves, and the old one is kept",
            Self::SwappedClosed => {
                "the restored database was closed and accepts no connections: reopen it, or undo \
                 the swap"
            }
            Self::MissingAndRestored => {
                "the database does not exist; a complete restored one can take its name"
            }
            Self::MissingAndKept => {
                "the database does not exist; the old one is kept and can have its name back"
            }
            Self::Missing => "the database does not exist, and none that could replace it",
            Self::Conflict => {
                "the old, the current and another restored database exist: one of them must be \
                 renamed by hand"
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn database() -> impl Strategy<Value = Option<ExistingDatabase>> {
        proptest::option::of(
            (any::<bool>(), any::<bool>()).prop_map(|(is_open, is_compared)| ExistingDatabase {
                is_open,
                is_compared,
                bytes: 1,
            }),
        )
    }

    fn observation() -> impl Strategy<Value = Observation> {
        (database(), database(), database()).prop_map(|(current, beside, before)| Observation {
            current,
            beside,
            before,
        })
    }

    proptest! {
        #[test]
        fn nothing_is_removed_unless_another_database_serves(observed in observation()) {
            let allowed = observed.allowed();
            let serves = observed.current.is_some_and(|current| current.is_open);
            prop_assert!(!allowed.contains(&RestoreAction::DropKept) || serves);
            let compared = observed.beside.is_some_and(|beside| beside.is_compared);
            let may_discard = serves || !compared;
            prop_assert!(!allowed.contains(&RestoreAction::Discard) || may_discard);
        }

        #[test]
        fn only_a_compared_database_takes_the_name(observed in observation()) {
            let compared = observed.beside.is_some_and(|beside| beside.is_compared);
            prop_assert!(!observed.allowed().contains(&RestoreAction::Swap) || compared);
        }

        #[test]
        fn an_interrupted_restore_can_always_be_completed_or_undone(observed in observation()) {
            let state = observed.state();
            prop_assert!(!observed.allowed().is_empty() || state == RestoreState::Conflict);
            prop_assert!(!state.to_string().is_empty());
            let serves = observed.current.is_some_and(|current| current.is_open);
            let brings_back = observed.allowed().iter().any(|action| matches!(
                action,
                RestoreAction::Reopen | RestoreAction::Swap | RestoreAction::Undo
                    | RestoreAction::Restore | RestoreAction::Discard
            ));
            prop_assert!(serves || brings_back || state == RestoreState::Conflict);
        }
    }
}
