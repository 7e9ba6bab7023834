//! The records of deployments, as files at the target.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    one_off::{CommandEnding, CommandRecord},
    record::{DeploymentRecord, Ending, UnreadableRecord},
    target::{StoredFile, Target, TargetError},
};

/// The end of the name of a deployment's plan.
const PLAN: &str = ".plan.json";
/// The end of the name of a deployment's ending.
const ENDING: &str = ".ending.json";
/// The end of the name of the mark that a way back was removed.
const CLEANED_UP: &str = ".cleaned-up.json";
/// The end of the names of files with what services were configured with.
pub(crate) const SNAPSHOT: &str = ".snapshot.json";
/// The end of the name of a command's record.
const COMMAND: &str = ".command.json";
/// The end of the name of a command's ending.
const COMMAND_ENDING: &str = ".command-ending.json";

/// Every deployment of a target.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct History {
    /// The deployments, the oldest first.
    pub records: Vec<DeploymentRecord>,
    /// The commands that ran in containers of their own, the oldest first.
    pub commands: Vec<CommandRecord>,
    /// The snapshots of configurations, by the name of their file; one that was removed is
    /// not among them.
    pub snapshots: BTreeMap<String, Vec<u8>>,
    /// Files that cannot be read.
    pub unreadable: Vec<UnreadableRecord>,
}

impl History {
    /// Reads the records of a target.
    ///
    /// # Errors
    /// [`TargetError`] when the target does not answer. A record that cannot be read
    /// is part of the result.
    pub async fn read(target: &dyn Target) -> Result<Self, TargetError> {
        Ok(Self::from_files(target.read_files().await?))
    }

    /// Each file is written once; which of them there are is the state of a deployment.
    fn from_files(files: Vec<StoredFile>) -> Self {
        let mut history = Self::default();
        let mut records: BTreeMap<String, DeploymentRecord> = BTreeMap::new();
        for (id, file) in files_ending_in(&files, PLAN) {
            let has_ended = files_ending_in(&files, ENDING).any(|(other, _)| other == id);
            if let Some(record) = history.parse::<DeploymentRecord>(file, !has_ended) {
                records.insert(id.to_owned(), record);
            }
        }
        for (id, file) in files_ending_in(&files, ENDING) {
            let ending = history.parse::<Ending>(file, false).unwrap_or_else(Ending::unreadable);
            if let Some(record) = records.get_mut(id) {
                record.ending = Some(ending);
            }
        }
        for (id, _) in files_ending_in(&files, CLEANED_UP) {
            if let Some(record) = records.get_mut(id) {
                record.is_cleaned_up = true;
            }
        }
        history.records = records.into_values().collect();
        history.snapshots = snapshots_in(&files);
        history.commands = history.commands_of(&files);
        history
    }

    fn commands_of(&mut self, files: &[StoredFile]) -> Vec<CommandRecord> {
        let mut commands = BTreeMap::new();
        for (id, file) in files_ending_in(files, COMMAND) {
            commands.extend(self.parse::<CommandRecord>(file, false).map(|record| (id, record)));
        }
        for (id, file) in files_ending_in(files, COMMAND_ENDING) {
            let ending = self.parse(file, false).unwrap_or_else(CommandEnding::unreadable);
            if let Some(record) = commands.get_mut(id) {
                record.ending = Some(ending);
            }
        }
        commands.into_values().collect()
    }

    /// The time, and a number when another command started in the same second.
    pub(crate) fn new_command_id(&self, at: Timestamp) -> String {
        let time = at.strftime("%Y%m%d-%H%M%S").to_string();
        let numbered = (2..).map(|number| format!("{time}-{number}"));
        let is_taken = |id: &String| self.commands.iter().any(|record| record.id == *id);
        let mut ids = std::iter::once(time.clone()).chain(numbered);
        ids.find(|id| !is_taken(id)).unwrap_or(time)
    }

    fn parse<T: DeserializeOwned>(
        &mut self,
        file: &StoredFile,
        may_be_unfinished: bool,
    ) -> Option<T> {
        match serde_json::from_slice(&file.content) {
            Ok(value) => Some(value),
            Err(error) => {
                let problem = format!("{}: {error}", file.name);
                self.unreadable.push(UnreadableRecord { problem, may_be_unfinished });
                None
            }
        }
    }

    /// The deployment that was started and has not ended.
    #[must_use]
    pub fn unfinished(&self) -> Option<&DeploymentRecord> {
        self.records.iter().rev().find(|record| !record.is_ended())
    }

    /// The deployment with this identifier.
    #[must_use]
    pub fn record(&self, id: &str) -> Option<&DeploymentRecord> {
        self.records.iter().find(|record| record.plan.id == id)
    }
}

/// No file of a target is removed: what is not needed any longer is empty.
fn snapshots_in(files: &[StoredFile]) -> BTreeMap<String, Vec<u8>> {
    let files = files.iter().filter(|file| file.name.ends_with(SNAPSHOT));
    let files = files.filter(|file| !file.content.is_empty());
    files.map(|file| (file.name.clone(), file.content.clone())).collect()
}

fn files_ending_in<'a>(
    files: &'a [StoredFile],
    end: &'a str,
) -> impl Iterator<Item = (&'a str, &'a StoredFile)> {
    files.iter().filter_map(move |file| Some((file.name.strip_suffix(end)?, file)))
}

/// Records that a deployment starts.
///
/// # Errors
/// [`TargetError`].
pub(crate) async fn record_plan(
    target: &dyn Target,
    record: &DeploymentRecord,
) -> Result<(), TargetError> {
    write(target, &record.plan.id, PLAN, record).await
}

/// Records how a deployment ended.
///
/// # Errors
/// [`TargetError`].
pub(crate) async fn record_ending(
    target: &dyn Target,
    id: &str,
    ending: &Ending,
) -> Result<(), TargetError> {
    write(target, id, ENDING, ending).await
}

/// Records that the way back of a deployment was removed.
///
/// # Errors
/// [`TargetError`].
pub(crate) async fn record_clean_up(target: &dyn Target, id: &str) -> Result<(), TargetError> {
    write(target, id, CLEANED_UP, &true).await
}

/// Writes a snapshot of a configuration.
///
/// # Errors
/// [`TargetError`].
pub(crate) async fn record_snapshot(
    target: &dyn Target,
    name: &str,
    snapshot: &impl Serialize,
) -> Result<(), TargetError> {
    let content = serde_json::to_vec_pretty(snapshot)
        .map_err(TargetError::unavailable(format!("write the snapshot {name}")))?;
    target.write_file(&StoredFile { name: name.to_owned(), content }).await
}

/// Removes what a snapshot has.
///
/// # Errors
/// [`TargetError`].
pub(crate) async fn remove_snapshot(target: &dyn Target, name: &str) -> Result<(), TargetError> {
    target.write_file(&StoredFile { name: name.to_owned(), content: Vec::new() }).await
}

/// Records that a command starts.
///
/// # Errors
/// [`TargetError`].
pub(crate) async fn record_command(
    target: &dyn Target,
    record: &CommandRecord,
) -> Result<(), TargetError> {
    write(target, &record.id, COMMAND, record).await
}

/// Records how a command ended.
///
/// # Errors
/// [`TargetError`].
pub(crate) async fn record_command_ending(
    target: &dyn Target,
    id: &str,
    ending: &CommandEnding,
) -> Result<(), TargetError> {
    write(target, id, COMMAND_ENDING, ending).await
}

async fn write(
    target: &dyn Target,
    id: &str,
    end: &str,
    value: &impl Serialize,
) -> Result<(), TargetError> {
    let content = serde_json::to_vec_pretty(value)
        .map_err(TargetError::unavailable(format!("write the record of deployment {id}")))?;
    target.write_file(&StoredFile { name: format!("{id}{end}"), content }).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, content: &str) -> StoredFile {
        StoredFile { name: name.to_owned(), content: content.as_bytes().to_vec() }
    }

    #[test]
    fn a_plan_that_cannot_be_read_may_be_of_an_unfinished_deployment() {
        let ended = file(
            "1.ending.json",
            r#"{"at": "2026-11-29T20:00:00Z", "outcome": "succeeded", "images": {}}"#,
        );
        let history =
            History::from_files(vec![file("1.plan.json", "{"), ended, file("2.plan.json", "")]);
        let doubts: Vec<bool> =
            history.unreadable.iter().map(|record| record.may_be_unfinished).collect();
        assert_eq!(doubts, [false, true]);
        assert!(history.unreadable[1].problem.starts_with("2.plan.json: "));
        assert_eq!(history.records, []);
    }
}
