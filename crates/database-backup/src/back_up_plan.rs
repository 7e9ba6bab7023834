use jiff::Timestamp;
use operation::Present;
use project_databases::{ProjectDatabaseError, outdated_replaced};
use report::{Document, Event, Reporter, Table};
use serde::Serialize;
use serde_json::json;

use crate::{BackUpRequest, Databases};

/// What would be backed up.
#[derive(Debug, Clone, Serialize)]
pub struct BackUpPlan {
    /// Where to.
    pub folder: String,
    /// Whether copies go off site.
    pub is_copied: bool,
    /// The databases.
    pub databases: Vec<PlannedBackup>,
}

/// A database that would be backed up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlannedBackup {
    /// The database.
    pub database: String,
    /// The service that runs its server.
    pub service: String,
    /// The server, as it was found.
    pub server: &'static str,
    /// Databases with the data of before a restore that are removed once the backup is good.
    pub removed_databases: Vec<String>,
}

/// Logs in to the selected databases, and changes nothing.
///
/// # Errors
/// When one of them cannot be reached.
pub async fn preview_back_up(
    databases: &Databases,
    request: &BackUpRequest,
) -> Result<BackUpPlan, ProjectDatabaseError> {
    let (mut planned, now) = (Vec::new(), Timestamp::now());
    for declared in databases.selected(&request.databases)? {
        let database = databases.connect(&declared).await?;
        planned.push(PlannedBackup {
            database: declared.name.to_string(),
            service: declared.service,
            server: database.server_name(),
            removed_databases: outdated_replaced(&databases.restore_of(&database), now).await?,
        });
    }
    let settings = &databases.settings;
    Ok(BackUpPlan {
        folder: settings.folder.display().to_string(),
        is_copied: settings.remote.is_some(),
        databases: planned,
    })
}

impl Present for BackUpPlan {
    fn present(&self, reporter: &Reporter) {
        let mut table = Table::new(&["database", "service", "server"]);
        for planned in &self.databases {
            table.row([planned.database.as_str(), &planned.service, planned.server]);
        }
        let copies = if self.is_copied { ", with copies off site" } else { "" };
        let heading = format!("Back up to {}{copies}", self.folder);
        let document = Document::new(json!(self)).heading(heading).table(table);
        reporter.emit(&Event::Plan(document));
        let removed = self.databases.iter().flat_map(|planned| &planned.removed_databases);
        for database in removed {
            reporter.info(format!("{database}, data of before a restore, is removed afterwards"));
        }
    }
}
