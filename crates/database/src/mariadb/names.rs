//! The names of the databases that take part in a restore.

use crate::{error::DatabaseError, restore_id::RestoreId};

/// Characters of a name that the server accepts (`NAME_CHAR_LEN`).
const LONGEST: usize = 64;

/// What a database beside the one that serves is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Beside {
    /// Becomes the one that serves.
    Restored,
    /// Has the tables of before the restore.
    Before,
    /// Is removed after a verification.
    Verified,
}

impl Beside {
    fn prefix(self, database: &str) -> String {
        let purpose = match self {
            Self::Restored => "tidegate",
            Self::Before => "before",
            Self::Verified => "verify",
        };
        format!("{database}_{purpose}_")
    }

    pub(super) fn name(self, database: &str, id: &RestoreId) -> Result<String, DatabaseError> {
        let name = format!("{}{id}", self.prefix(database));
        match name.chars().count().checked_sub(LONGEST) {
            None | Some(0) => Ok(name),
            Some(excess) => {
                let limit = database.chars().count().saturating_sub(excess);
                Err(DatabaseError::NameTooLong { name: database.to_owned(), limit })
            }
        }
    }

    /// Whether a restore of `database` has made a database of this name. What somebody has
    /// copied as `shop_before_migration` is not taken for one.
    pub(super) fn is_name(self, database: &str, other: &str) -> bool {
        let id = other.strip_prefix(&self.prefix(database));
        id.and_then(|id| id.parse().ok()).is_some_and(|id: RestoreId| id.is_generated())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_leave_room_and_are_recognised() {
        let id: RestoreId = "12345678".parse().unwrap();
        let name = Beside::Before.name("shop", &id).unwrap();
        assert_eq!(name, "shop_before_12345678");
        assert!(Beside::Before.is_name("shop", &name));
        for other in ["shop", "shop_before_", "shop_before_migration", "x_before_12345678"] {
            assert!(!Beside::Before.is_name("shop", other), "{other}");
        }
        assert!(!Beside::Restored.is_name("shop", &name));
        let error = Beside::Restored.name(&"x".repeat(47), &id).unwrap_err();
        assert!(matches!(error, DatabaseError::NameTooLong { limit: 46, .. }));
    }
}
