use operation::Present;
use report::{Document, Event, Reporter, Table};
use serde::Serialize;
use serde_json::json;

use super::{
    planned::PlannedCommand,
    record::{CommandEnding, CommandOutcome, CommandRecord},
};

/// What became of a command.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CommandReport {
    /// Identifies it in the history.
    pub id: String,
    /// What ran.
    #[serde(flatten)]
    pub command: PlannedCommand,
    /// How it ended: `outcome`, and `code` for its exit code.
    #[serde(flatten)]
    pub outcome: CommandOutcome,
    /// How long it took.
    pub seconds: f64,
}

impl Present for CommandReport {
    fn present(&self, reporter: &Reporter) {
        let PlannedCommand { service, image_name, program, .. } = &self.command;
        let (result, time) = (self.outcome.to_string(), format!("{:.1} s", self.seconds));
        let mut table = Table::new(&["command", "service", "image", "result", "time"]);
        table.row([program.clone(), service.clone(), image_name.clone(), result, time]);
        let document = Document::new(json!(self)).heading(format!("Command {}", self.id));
        reporter.emit(&Event::Report(document.table(table)));
    }
}

/// A command of the history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ListedCommand {
    /// What was recorded when it was started.
    #[serde(flatten)]
    pub record: CommandRecord,
    /// How it ended; `None` while it runs, and after its program was killed.
    pub ending: Option<CommandEnding>,
}

impl From<CommandRecord> for ListedCommand {
    fn from(record: CommandRecord) -> Self {
        let ending = record.ending.clone();
        Self { record, ending }
    }
}

/// These commands, for people.
pub(crate) fn command_table(commands: &[ListedCommand]) -> Table {
    let mut table = Table::new(&["command", "since", "by", "service", "program", "result"]);
    for ListedCommand { record, ending } in commands {
        let CommandRecord { id, performer, started, service, program, .. } = record;
        let result = ending.as_ref().map(|ending| ending.outcome.to_string());
        let result = result.unwrap_or_else(|| "has not ended".to_owned());
        let started = format!("{started:.0}");
        table.row([id, &started, performer, service, program, &result].map(String::to_owned));
    }
    table
}
