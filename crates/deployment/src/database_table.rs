use project_databases::{BackupState, NewestBackup};
use report::{Table, bytes};

/// The newest verified backup of each database.
pub(crate) fn database_table(databases: &[BackupState]) -> Table {
    let mut table =
        Table::new(&["database", "newest verified backup", "size", "place", "restored as a test"]);
    for state in databases {
        let test = state.last_restore_test.map_or_else(missing, |time| format!("{time:.0}"));
        let [id, size, place] = cells(state.newest.as_ref());
        table.row([state.database.clone(), id, size, place, test]);
    }
    table
}

fn cells(newest: Option<&NewestBackup>) -> [String; 3] {
    let Some(newest) = newest else { return [missing(), missing(), missing()] };
    let place = if newest.is_off_site { "local, off site" } else { "local" };
    [newest.id.to_string(), bytes(newest.bytes), place.to_owned()]
}

fn missing() -> String {
    "–".to_owned()
}
