use backup_retention::{RetentionPlan, RetentionVerdict};
use operation::{Environment, FailureKind, OperationError, Present, counted};
use project_databases::{ProjectDatabaseError, Prune, PrunedBackup, prune};
use report::{Document, Event, Reporter, Table};
use serde::Serialize;
use serde_json::json;

use crate::StoredBackups;

/// What becomes of the backups of each database.
#[derive(Debug, Clone, Serialize)]
pub struct PruneReport {
    /// Whether nothing was removed, because that was only planned.
    pub is_preview: bool,
    /// The databases.
    pub databases: Vec<Prune>,
}

/// Removes the backups that the project does not keep, or only plans that.
///
/// # Errors
/// [`operation::OperationError::Declined`]; when backups cannot be listed.
pub async fn prune_backups(
    stored: &StoredBackups,
    environment: &Environment,
    is_preview: bool,
) -> Result<PruneReport, ProjectDatabaseError> {
    let planned = prune_each(stored, true).await?;
    let removals: usize = planned.iter().map(|database| database.plan.removals().count()).sum();
    let planned = PruneReport { is_preview: true, databases: planned };
    if is_preview || removals == 0 {
        return Ok(planned);
    }
    planned.present(&environment.reporter);
    environment.confirm(&format!("Remove {}?", counted(removals, "backup")))?;
    let pruned = PruneReport { is_preview: false, databases: prune_each(stored, false).await? };
    pruned.require_all_removed()?;
    Ok(pruned)
}

async fn prune_each(
    stored: &StoredBackups,
    is_preview: bool,
) -> Result<Vec<Prune>, ProjectDatabaseError> {
    let mut pruned = Vec::new();
    for database in &stored.databases {
        pruned.push(prune(&stored.settings, database, None, is_preview).await?);
    }
    Ok(pruned)
}

impl Present for PruneReport {
    fn present(&self, reporter: &Reporter) {
        for PrunedBackup { database, id, reason } in self.removed() {
            reporter.ok(format!("removed {id} of {database}: {reason}"));
        }
        let document = Document::new(json!(self));
        reporter.emit(&Event::Report(match self.is_preview {
            true => document.heading("Backups").table(self.table()),
            false => document,
        }));
    }
}

impl PruneReport {
    fn removed(&self) -> impl Iterator<Item = &PrunedBackup> {
        self.databases.iter().flat_map(|database| &database.removed)
    }

    /// # Errors
    /// With each backup that should be removed and is not.
    fn require_all_removed(&self) -> Result<(), OperationError> {
        let items: Vec<String> =
            self.databases.iter().flat_map(|database| database.problems.clone()).collect();
        if items.is_empty() {
            return Ok(());
        }
        let kind = match self.removed().next() {
            Some(_) => FailureKind::HalfWay,
            None => FailureKind::Failed,
        };
        let problem = format!("{} not removed", counted(items.len(), "backup"));
        Err(OperationError::Several { problem, items, kind, advice: None })
    }

    fn table(&self) -> Table {
        let mut table = Table::new(&["database", "backup", "decision", "reason"]);
        for database in &self.databases {
            add_rows(&mut table, &database.plan);
        }
        table
    }
}

fn add_rows(table: &mut Table, plan: &RetentionPlan) {
    for decision in &plan.decisions {
        let (what, reason) = match &decision.verdict {
            RetentionVerdict::Goes(reason) => ("remove", reason.to_string()),
            RetentionVerdict::Stays(reasons) => {
                let reasons: Vec<String> = reasons.iter().map(ToString::to_string).collect();
                ("keep", reasons.join("; "))
            }
        };
        table.row([decision.database.clone(), decision.id.to_string(), what.to_owned(), reason]);
    }
}
