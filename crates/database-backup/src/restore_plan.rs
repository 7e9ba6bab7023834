use backup_retention::BackupId;
use backup_store::Backup;
use jiff::{SignedDuration, Timestamp};
use operation::Present;
use project_databases::PreparedRestore;
use report::{Document, Event, Reporter};
use serde::Serialize;
use serde_json::json;

/// How many counts that differ are shown.
const SHOWN: usize = 12;

/// What a restore would replace.
#[derive(Debug, Clone, Serialize)]
pub struct RestorePlan {
    /// The database.
    pub database: String,
    /// The backup.
    pub backup: BackupId,
    /// When it was started. What was written since is not in it.
    pub created: Timestamp,
    /// How long ago that is, in seconds.
    pub age: i64,
    /// Counts that are not the same in the backup and in the database: `rows of public.orders:
    /// 120, not 118`.
    pub differences: Vec<String>,
    /// Whether there is no database that the restored one would replace.
    pub is_missing: bool,
}

impl RestorePlan {
    pub(crate) fn new(
        database: &str,
        backup: &Backup,
        prepared: &PreparedRestore,
        now: Timestamp,
    ) -> Self {
        let created = backup.manifest.created;
        let differences = prepared.current.as_ref().map(|now| prepared.restored.differences(now));
        Self {
            database: database.to_owned(),
            backup: backup.id(),
            created,
            age: now.duration_since(created).as_secs(),
            differences: differences.iter().flatten().map(|count| count.to_string()).collect(),
            is_missing: prepared.current.is_none(),
        }
    }

    /// What users lose, in a sentence.
    pub(crate) fn loss(&self) -> String {
        if self.is_missing {
            return format!("Database {} does not exist; nothing is replaced.", self.database);
        }
        let (created, age) = (self.created, SignedDuration::from_secs(self.age));
        format!("What was written since {created:.0} ({age:#} ago) is replaced.")
    }

    fn counts(&self) -> Vec<String> {
        let mut shown: Vec<String> = self.differences.iter().take(SHOWN).cloned().collect();
        if self.differences.is_empty() && !self.is_missing {
            shown.push("the same counts as in the backup".to_owned());
        }
        if let Some(more) = self.differences.len().checked_sub(SHOWN).filter(|more| *more > 0) {
            shown.push(format!("and {more} more"));
        }
        shown
    }
}

impl Present for RestorePlan {
    fn present(&self, reporter: &Reporter) {
        let heading = format!("Restore {} of {}", self.backup, self.database);
        let document = Document::new(json!(self)).heading(heading).text(self.loss());
        let document = document.text("Now, compared with the backup:").list(self.counts());
        reporter.emit(&Event::Plan(document));
    }
}
