use std::{fmt, str::FromStr};

use backup_retention::BackupId;
use backup_store::DatabaseName;

/// Backups of several databases that were made for one purpose: `shop/daily-2026-11-29-201530`,
/// separated by commas.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BackupSet(pub Vec<(DatabaseName, BackupId)>);

impl fmt::Display for BackupSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, (database, id)) in self.0.iter().enumerate() {
            let separator = if number == 0 { "" } else { "," };
            write!(f, "{separator}{database}/{id}")?;
        }
        Ok(())
    }
}

impl FromStr for BackupSet {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let backups: Option<Vec<_>> = text.split(',').map(read_backup).collect();
        backups.map(Self).ok_or_else(|| {
            format!(
                "`{text}` is no backup; write DATABASE/BACKUP, such as shop/daily-2026-11-29-201530"
            )
        })
    }
}

fn read_backup(text: &str) -> Option<(DatabaseName, BackupId)> {
    let (database, id) = text.split_once('/')?;
    Some((database.parse().ok()?, id.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_read_as_it_is_written() {
        for text in [
            "shop/pre-deployment-2026-11-29-201530",
            "shop/daily-2026-11-29-201530,cache/daily-2026-11-29-201531",
        ] {
            assert_eq!(text.parse::<BackupSet>().unwrap().to_string(), text);
        }
        for text in ["", "shop", "shop/", "/daily-2026-11-29-201530", "shop/x", "a/b/c"] {
            assert!(text.parse::<BackupSet>().is_err(), "{text}");
        }
    }
}
