//! The names of the databases that take part in a restore.

use crate::{error::DatabaseError, restore_id::RestoreId};

/// The server cuts off the rest (`NAMEDATALEN`).
pub(super) const LONGEST: usize = 63;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Names {
    /// What applications use.
    pub(super) current: String,
    /// Where a backup is restored while the current one serves.
    pub(super) beside: String,
    /// What the current one becomes by the swap.
    pub(super) before: String,
    /// Where a backup is restored to verify it.
    pub(super) verify: String,
    /// The comment of a restored database whose content was compared with its manifest.
    pub(super) mark: String,
}

impl Names {
    pub(super) fn new(database: &str, id: &RestoreId) -> Result<Self, DatabaseError> {
        let names = Self {
            current: database.to_owned(),
            beside: format!("{database}_tidegate_{id}"),
            before: format!("{database}_before_{id}"),
            verify: format!("{database}_verify_{id}"),
            mark: format!("tidegate: restored and compared, restore {id} of {database}"),
        };
        match names.beside.len().checked_sub(LONGEST) {
            None | Some(0) => Ok(names),
            Some(excess) => Err(DatabaseError::NameTooLong {
                name: database.to_owned(),
                limit: database.len().saturating_sub(excess),
            }),
        }
    }

    /// The restore of a database that another one belongs to, if it does. What somebody has
    /// copied as `shop_before_migration` is not taken for one.
    pub(super) fn restore_of(database: &str, other: &str) -> Option<RestoreId> {
        let rest = other.strip_prefix(database)?;
        let id = rest.strip_prefix("_tidegate_").or_else(|| rest.strip_prefix("_before_"))?;
        id.parse().ok().filter(RestoreId::is_generated)
    }

    /// Whether a verification of `database` has made a database of this name.
    pub(super) fn is_of_verification(database: &str, other: &str) -> bool {
        let id = other.strip_prefix(database).and_then(|rest| rest.strip_prefix("_verify_"));
        id.and_then(|id| id.parse().ok()).is_some_and(|id: RestoreId| id.is_generated())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_the_server_would_cut_off_is_refused() {
        let id: RestoreId = "12345678".parse().unwrap();
        assert!(Names::new(&"x".repeat(45), &id).is_ok());
        let error = Names::new(&"x".repeat(46), &id).unwrap_err();
        assert!(matches!(error, DatabaseError::NameTooLong { limit: 45, .. }));
    }

    #[test]
    fn the_databases_of_a_restore_are_recognised_by_their_names() {
        let id: RestoreId = "12345678".parse().unwrap();
        let names = Names::new("shop", &id).unwrap();
        for name in [&names.beside, &names.before] {
            assert_eq!(Names::restore_of("shop", name), Some(id.clone()), "{name}");
        }
        assert!(Names::is_of_verification("shop", &names.verify));
        assert!(!Names::is_of_verification("shop", &names.beside));
        for other in
            ["shop", "shop_archive", "shop_before_", "shop_before_migration", "x_before_12345678"]
        {
            assert_eq!(Names::restore_of("shop", other), None, "{other}");
        }
    }
}
